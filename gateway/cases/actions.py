"""What a person can do with an open case: pay, choose, withdraw. Each change makes the journey due."""

from __future__ import annotations

from gateway.cases.model import ActionType, Case, Event, now
from gateway.cases.portals import Portals
from gateway.connectors.contract import CaseStatus, Refused


class NotOpen(Exception):
    """The case does not wait for this action."""


class NotAnOption(Exception):
    """The answer is not one of those offered."""

    def __init__(self, options: list[str]) -> None:
        super().__init__(options)
        self.options = options


class TooLate(Exception):
    """The law or the portal no longer allows it."""


class Ended(Exception):
    """The case has ended; nothing about it changes any more."""


def expect(case: Case, action: ActionType) -> None:
    """Raise unless the case waits for this action."""
    if case.ended:
        raise Ended
    if case.state.action is None or case.state.action.type is not action or case.state.ending is not None:
        raise NotOpen


def choose(case: Case, choice: str) -> Event:
    """Answer an open `confirm`."""
    expect(case, ActionType.CONFIRM)
    action = case.state.action
    assert action is not None
    if case.state.answer:
        raise NotOpen
    if choice not in action.options:
        raise NotAnOption(action.options)
    case.state.answer = choice
    case.move(CaseStatus.IN_PROGRESS)
    case.due_at = now()
    return Event(code="chosen", data={"choice": choice})


async def withdraw(case: Case, portals: Portals) -> list[Event]:
    """Bind the case for withdrawal. What the portal holds already is taken back there first, while the person waits.

    Raises `TooLate` where the portal refuses or the parcel is under way, `Ended`, or the portal's own error.
    """
    if case.ended:
        raise Ended
    state = case.state
    if state.ending is CaseStatus.WITHDRAWN:
        return []
    if state.ending is not None or state.shipment or "ship" in state.intents:
        raise TooLate
    events = [Event(code="withdrawal_asked")]
    if state.reference:
        try:
            await portals.call(state.portal, "withdraw", state.reference)
        except Refused as error:
            raise TooLate from error
        state.taken_back = True
        events.append(Event(code="withdrawn_at_portal", portal=state.portal))
    state.ending, state.reason = CaseStatus.WITHDRAWN, "withdrawn_by_person"
    state.action = None
    case.move(CaseStatus.IN_PROGRESS)
    case.due_at = now()
    return events

"""What a person can do with an open case: pay, choose, withdraw. Each change makes the journey due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.cases.model import Action, ActionType, Answered, Case, Event, Personal, State, now
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


class Busy(Exception):
    """What was answered before is still on its way."""


class Ended(Exception):
    """The case has ended; nothing about it changes any more."""


_CHOSEN: Final = frozenset({ActionType.CONFIRM, ActionType.RATE, ActionType.APPEAL})
"""Answered by one of the options. Those of other actions only say more: which documents are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person answers to an action, as it was sent."""

    choice: str = ""
    text: str = ""
    attachments: tuple[str, ...] = ()


def expect(case: Case, action: ActionType) -> Action:
    """The open action of this type; raises unless there is one. Offers outlive the end of a case."""
    state = case.state
    offer = next((each for each in open_offers(state) if each.type is action), None)
    if case.ended:
        if offer is None:
            raise Ended
        return offer
    if state.ending is not None:
        raise NotOpen
    if state.action is not None and state.action.type is action and state.wanted is None:
        return state.action
    if offer is None:
        raise NotOpen
    return offer


def open_offers(state: State) -> list[Action]:
    """What the person may do besides, while there is time for it. The portal's own appeal stands for the gateway's."""
    moment = now()
    timely = [each for each in state.offers if each.until is None or each.until > moment]
    theirs = {each.type for each in timely if each.asked}
    return [each for each in timely if each.asked or each.type not in theirs]


def charge_due(case: Case) -> int:
    """Which of the charges an open `pay` is for."""
    expect(case, ActionType.PAY)
    due = case.state.due
    if due is None:
        raise NotOpen
    return due


def answer(case: Case, personal: Personal, action: ActionType, given: Answer) -> Event:
    """Answer an open action. A question of the gateway's own journey is answered in place; for one of the portal's the
    answer is queued, with the words in `personal`."""
    opened = expect(case, action)
    state = case.state
    if state.answer:
        raise NotOpen
    if action in _CHOSEN and given.choice not in opened.options and (opened.options or given.choice):
        raise NotAnOption(opened.options)
    case.due_at = now()
    if not opened.asked and not opened.optional:
        state.answer = given.choice
        case.move(CaseStatus.IN_PROGRESS)
        return Event(code="chosen", data={"choice": given.choice})
    answered = Answered(action=opened, choice=given.choice, attachments=list(given.attachments))
    state.answers = [*state.answers, answered]
    if given.text:
        personal.words[action.value] = given.text
    if opened.optional:
        state.offers = [each for each in state.offers if not each.same(opened)]
    else:
        state.action = None
        case.move(CaseStatus.IN_PROGRESS)
    return Event(code="answered", data={"action": action.value, "why": opened.code})


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

"""What a person can do with an open case: pay, choose, answer. Each change makes the journey due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.cases.model import Case, Event, Personal, now
from gateway.cases.state import Action, ActionType, QueuedReply, State
from gateway.connectors.contract import CaseStatus


class NotOpen(Exception):
    """The case does not wait for this action."""


class NotAnOption(Exception):
    """The answer is not one of those offered. `pointer`: where in the request body."""

    def __init__(self, options: list[str], pointer: str = "/choice") -> None:
        super().__init__(options)
        self.options = options
        self.pointer = pointer


class TooLate(Exception):
    """The law or the portal no longer allows it."""


class Busy(Exception):
    """An earlier reply has not reached the portal yet."""


class Ended(Exception):
    """The case has ended; nothing about it changes any more."""


_CHOSEN: Final = frozenset({ActionType.CONFIRM, ActionType.RATE, ActionType.APPEAL})
"""Actions that are answered by one of their options. Options of other actions only inform: which documents are
missing."""

_TOLD_OTHERWISE: Final = frozenset({ActionType.PAY, ActionType.CHOOSE_SLOT})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReply:
    """A person's answer to an action, as it was sent."""

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
    if state.ending.status is not None:
        raise NotOpen
    if state.action is not None and state.action.type is action and state.appointment.pending is None:
        return state.action
    if offer is None:
        raise NotOpen
    return offer


def open_offers(state: State) -> list[Action]:
    """The optional actions that are still in time. An appeal of the portal's replaces the gateway's own."""
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


def answer(case: Case, personal: Personal, action: ActionType, given: ActionReply) -> Event:
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
    answered = QueuedReply(action=opened, choice=given.choice, attachments=list(given.attachments))
    state.answers = [*state.answers, answered]
    if given.text:
        personal.words[action.value] = given.text
    if opened.optional:
        state.offers = [each for each in state.offers if not each.same(opened)]
    else:
        state.action = None
        case.move(CaseStatus.IN_PROGRESS)
    return Event(code="answered", data={"action": action.value, "why": opened.code})


def drop_answers(state: State) -> list[Event]:
    """Drop the answers that the portal has not received; returns timeline entries for those with text of the person,
    which the timeline had reported as `answered`. Payments and bookings have timeline entries of their own when they
    are undone."""
    dropped = [each for each in state.answers if each.action.type not in _TOLD_OTHERWISE]
    state.answers = []
    return [
        Event(
            code="answer_not_delivered",
            portal=state.filing.portal,
            data={"action": each.action.type.value, "why": each.action.code},
        )
        for each in dropped
    ]

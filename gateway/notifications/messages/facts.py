"""What a person is told: which lines of her case's timeline are facts to her, and whether one still holds. Pure.

Told are: something waits for her; an appointment nears; her parcel was posted, is out for delivery or could not be
handed over; her case has ended. What comes with one of these is not told by itself: a delivered parcel ends the case,
and one that is lost waits for her choice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec

from gateway.cases.model import Case
from gateway.cases.state import ActionType
from gateway.connectors.contract import Milestone
from gateway.notifications.case_change import CaseChange


class FactKind(StrEnum):
    ACTION = "action"
    """Something waits for her."""
    APPOINTMENT = "appointment"
    PARCEL = "parcel"
    END = "end"
    CODE = "code"
    """Of no case: the code by which she shows that an address is hers."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to tell. Nothing in it is personal."""

    kind: FactKind
    what: str
    """Of an action: its type, `pay`, or `parcel_lost`. Of a parcel: the milestone. Of an end: the status."""
    key: str
    """The same however often it is found, and another one for each fact of a case."""
    start: datetime | None = None
    """Of an appointment."""


_ACTIONS: Final = {
    "payment_due": ActionType.PAY,
    "slot_due": ActionType.CHOOSE_SLOT,
    "appointment_not_booked": ActionType.CHOOSE_SLOT,
}
_TYPES: Final = frozenset(each.value for each in ActionType)
_LOST: Final = ("parcel_lost", "parcel_returned")
_ASKED: Final = ("asked", "answer_refused")
_MOVES: Final = (Milestone.OUT_FOR_DELIVERY, Milestone.DELIVERY_FAILED)


def fact_of(change: CaseChange) -> Fact | None:
    """The fact that this line of the timeline tells, if it is one."""
    key, data = f"event:{change.seq}", change.data
    if change.ends_case:
        return Fact(kind=FactKind.END, what=change.status.value, key="end")
    if change.code in _ACTIONS:
        return Fact(kind=FactKind.ACTION, what=_ACTIONS[change.code].value, key=key)
    if change.code in _LOST:
        return Fact(kind=FactKind.ACTION, what=change.code, key=key)
    if change.code in _ASKED and str(data.get("action")) in _TYPES:
        return Fact(kind=FactKind.ACTION, what=str(data["action"]), key=key)
    if change.code == "appointment_booked" and isinstance(start := data.get("start"), str):
        return Fact(kind=FactKind.APPOINTMENT, what="near", key=key, start=datetime.fromisoformat(start))
    if change.code == "shipped":
        return Fact(kind=FactKind.PARCEL, what=Milestone.POSTED.value, key=key)
    if change.code == "portal_step" and data.get("milestone") in _MOVES:
        return Fact(kind=FactKind.PARCEL, what=str(data["milestone"]), key=key)
    return None


def still_holds(fact: Fact, case: Case) -> bool:
    """Whether it is worth telling now: what was asked may be done, and an appointment moved."""
    match fact.kind:
        case FactKind.ACTION:
            action = case.state.action
            return not case.ended and action is not None and fact.what in (action.type.value, action.code)
        case FactKind.APPOINTMENT:
            booked = case.state.appointment.booked
            same = booked is not None and booked.state == "booked" and booked.slot.start == fact.start
            return same and fact.start is not None and fact.start > datetime.now(UTC)
        case FactKind.PARCEL:
            return not case.ended
        case FactKind.END | FactKind.CODE:
            return True

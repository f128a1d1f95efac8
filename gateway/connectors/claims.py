"""Does what came back say what the operation claims? Asked of every result, so that no connector can forget.

A stamp is void when the portal says so of this stamp, not because a request to void it was answered. Whatever does
not say it is an answer that nobody expected: asked again, or, after a creation, left to the finder.
"""

from __future__ import annotations

from typing import Any, Final

from gateway.connectors.contract import (
    Appointment,
    CaseStatus,
    CheckFinding,
    Checkout,
    Fee,
    Filing,
    Operation,
    Paying,
    Payment,
    Progress,
    Refund,
    Settlement,
    Slot,
    Stamp,
    StampOrder,
    StampState,
)

_ABOUT_ONE_DEMAND: Final[frozenset[Operation[..., Any]]] = frozenset({Filing.progress, Filing.act, Filing.withdraw})
_STAMP_BECAME: Final[dict[Operation[..., Any], StampState]] = {
    Paying.void: StampState.CANCELLED,
    Paying.consume: StampState.CONSUMED,
}
_ABOUT_ONE_STAMP: Final[frozenset[Operation[..., Any]]] = frozenset({*_STAMP_BECAME, Paying.stamp})


def kept(operation: Operation[..., Any], asked: tuple[Any, ...], result: Any) -> bool:
    """Whether `result` is about what was `asked` (the operation's arguments) and says that it is done."""
    subject = asked[0] if asked else None
    match result:
        case Progress() if operation in _ABOUT_ONE_DEMAND:
            done = operation is not Filing.withdraw or result.status is CaseStatus.WITHDRAWN
            return done and result.reference == subject
        case _ if operation is Filing.progress_many:
            return isinstance(result, list) and all(isinstance(each, Progress) for each in result)
        case _ if operation is Filing.check:
            return isinstance(result, list) and all(isinstance(each, CheckFinding) for each in result)
        case Stamp() if operation in _ABOUT_ONE_STAMP:
            became = _STAMP_BECAME.get(operation, result.state)
            return (result.serial, result.state) == (subject, became)
        case Stamp() if isinstance(subject, StampOrder):
            return result.amount == subject.payment.amount
        case Checkout() if isinstance(subject, Fee):
            return result.oid == subject.oid
        case Settlement() if operation is Paying.payment:
            return bool(result.oid == subject)
        case Refund() if isinstance(subject, Payment):
            return (result.oid, result.amount) == (subject.oid, subject.amount)
        case Appointment() if isinstance(subject, Slot):
            return result.slot.id == subject.id
    return True

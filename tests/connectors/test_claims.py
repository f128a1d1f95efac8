"""What came back must say what the operation claims, about the thing that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateway.connectors.contract import (
    Appointment,
    Booking,
    CaseStatus,
    Connector,
    Filing,
    Money,
    Paying,
    Payment,
    Person,
    Portal,
    Progress,
    Refund,
    Settlement,
    Slot,
    Stamp,
    StampOrder,
    StampState,
    Unavailable,
)
from gateway.outbound.invoke import Callee, invoke

MONEY, LESS = Money(amount=2000), Money(amount=1900)
PAID = Payment(case_id="case_1", oid="o_1", amount=MONEY, transaction="1")
ORDER = StampOrder(key="k", payment=PAID, service="s")
START = datetime(2026, 12, 1, 9, tzinfo=UTC)
SLOT = Slot(id="lyon-1", post="lyon", service="cnie", start=START, end=START + timedelta(minutes=15))
ME = Person(key="k", name="A. Person", national_id="AB123456")
SERIAL, OTHER = "1234567890123456", "6543210987654321"


def demand(status: CaseStatus, reference: str = "D-1") -> Progress:
    return Progress(reference=reference, status=status, portal_status="x")


def stamp(state: StampState, serial: str = SERIAL, amount: Money = MONEY) -> Stamp:
    return Stamp(serial=serial, state=state, amount=amount)


def other_slot() -> Appointment:
    return Appointment(reference="R-1", slot=Slot(id="paris-1", post="paris", service="cnie", start=START, end=START))


class Says(Connector, Filing, Paying, Booking):
    """Answers every operation with one thing, whatever was asked."""

    said: Any = None

    def __getattribute__(self, name: str) -> Any:
        if name not in Says.declared:
            return super().__getattribute__(name)

        async def answer(*_: Any) -> Any:
            return self.said

        return answer


async def result(operation: Callable[..., Any], asked: tuple[Any, ...], said: Any) -> Any:
    async with httpx.AsyncClient() as client:
        connector = Says(Portal(id="says", http=client, secrets={}))
        connector.said = said
        return await invoke(Callee("says", connector), operation, *asked)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("operation", "asked", "said"),
    [
        (Filing.withdraw, ("D-1",), demand(CaseStatus.IN_PROGRESS)),
        (Filing.withdraw, ("D-1",), demand(CaseStatus.COMPLETED)),
        (Filing.withdraw, ("D-1",), demand(CaseStatus.WITHDRAWN, "D-2")),
        (Filing.progress, ("D-1",), demand(CaseStatus.COMPLETED, "D-2")),
        (Filing.act, ("D-1", "confirm", {}), demand(CaseStatus.IN_PROGRESS, "D-2")),
        (Paying.void, (SERIAL,), stamp(StampState.CONSUMED)),
        (Paying.void, (SERIAL,), stamp(StampState.ISSUED)),
        (Paying.void, (SERIAL,), stamp(StampState.CANCELLED, OTHER)),
        (Paying.consume, (SERIAL, "D-1"), stamp(StampState.RESERVED)),
        (Paying.stamp, (SERIAL,), stamp(StampState.ISSUED, OTHER)),
        (Paying.issue, (ORDER,), stamp(StampState.ISSUED, amount=LESS)),
        (Paying.refund, (PAID,), Refund(oid="o_2", reference="R", amount=MONEY)),
        (Paying.refund, (PAID,), Refund(oid="o_1", reference="R", amount=LESS)),
        (Paying.payment, ("o_1",), Settlement(oid="o_2", state="paid", amount=MONEY)),
        (Booking.book, (SLOT, ME), other_slot()),
    ],
)
async def test_an_answer_that_claims_something_else_is_no_result(
    operation: Callable[..., Any], asked: tuple[Any, ...], said: Any
) -> None:
    with pytest.raises(Unavailable, match="portal_answer_unexpected"):
        await result(operation, asked, said)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("operation", "asked", "said"),
    [
        (Filing.withdraw, ("D-1",), demand(CaseStatus.WITHDRAWN)),
        (Filing.progress, ("D-1",), demand(CaseStatus.REJECTED)),
        (Paying.void, (SERIAL,), stamp(StampState.CANCELLED)),
        (Paying.consume, (SERIAL, "D-1"), stamp(StampState.CONSUMED)),
        (Paying.issue, (ORDER,), stamp(StampState.RESERVED)),
        (Paying.refund, (PAID,), Refund(oid="o_1", reference="R", amount=MONEY)),
        (Booking.book, (SLOT, ME), Appointment(reference="R-1", slot=SLOT)),
    ],
)
async def test_an_answer_that_keeps_its_claim_is_the_result(
    operation: Callable[..., Any], asked: tuple[Any, ...], said: Any
) -> None:
    assert await result(operation, asked, said) == said

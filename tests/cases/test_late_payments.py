"""A payment that comes when nothing is due any more: held money is left, money that was taken is told of."""

from __future__ import annotations

import pytest
import structlog
from sqlalchemy import select

from gateway.api.views import payment_state
from gateway.audit.entry import Entry
from gateway.cases.state import Charge, Part
from gateway.cases.store import Damaged
from gateway.connectors.contract import (
    Callback,
    CaseStatus,
    Money,
    Paying,
    PaymentState,
    Reply,
    Settlement,
    Verdict,
)
from gateway.storage.tables import payments
from gateway.telemetry.metrics import REGISTRY
from tests.database_sessions import transaction

from .conftest import CaseHarness, Damage
from .states import state_of

FEE = Money(amount=1000)
CALLBACK = Callback(method="POST", path="payment", headers={}, body=b"")


class CardPortal(Paying):
    def answer(self, verdict: Verdict) -> Reply:
        return Reply(body=verdict.value.encode())


@pytest.fixture
async def paying(harness: CaseHarness) -> CaseHarness:
    """A case whose fee is due, with two card pages open."""
    harness.portals.connector = lambda portal: CardPortal()  # type: ignore[attr-defined]
    charge = Charge(code="fee_due", portal="etimbre", amount=FEE)
    await harness.become(state_of(parts=[Part.FEE, Part.FILING, Part.FOLLOW], portal="echo", charges=[charge]))
    case = await harness.case()
    async with transaction(harness.services.cases.storage) as tx:
        for oid in ("pay_1", "pay_2"):
            await tx.run_sync(harness.services.payments.announce, case, 0, oid)
    return harness


async def told(paying: CaseHarness, state: PaymentState, oid: str = "pay_1") -> tuple[Verdict, str]:
    """The portal calls back, and says the same when it is asked."""
    success = Settlement(oid=oid, state=PaymentState.PAID, amount=FEE, transaction=f"T-{oid}")
    paying.portals.says(Paying.settle, success)
    paying.portals.says(Paying.payment, Settlement(oid=oid, state=state, amount=FEE, transaction=f"T-{oid}"))
    verdict, _, code = await paying.services.payments.callback(
        "etimbre", CALLBACK, 5.0, Entry(call_id="call_1", kind="call")
    )
    return verdict, code


async def rows(paying: CaseHarness) -> dict[str, str]:
    async with transaction(paying.services.cases.storage) as tx:
        return {row.oid: row.state for row in (await tx.execute(select(payments))).all()}


async def stated(paying: CaseHarness) -> str:
    case = await paying.case()
    return payment_state(case, case.state.payment.charges[0])


def counted() -> float:
    return REGISTRY.get_sample_value("mre_gateway_payments_too_late_total", {"portal": "etimbre"}) or 0.0


async def end(paying: CaseHarness) -> None:
    await paying.change(lambda state: setattr(state.ending, "status", CaseStatus.WITHDRAWN))


async def test_held_money_is_told_of_while_the_case_is_still_ending(paying: CaseHarness) -> None:
    await end(paying)
    assert await told(paying, PaymentState.AUTHORISED) == (Verdict.NOTED, "payment_not_needed")
    assert await told(paying, PaymentState.AUTHORISED) == (Verdict.NOTED, "payment_not_needed")
    assert await paying.codes() == ["payment_not_needed"]
    assert (await stated(paying), (await rows(paying))["pay_1"]) == ("cancelled", "pending")


async def test_money_taken_while_the_case_ends_is_told_of_once(paying: CaseHarness) -> None:
    await end(paying)
    before = counted()
    with structlog.testing.capture_logs() as logged:
        assert await told(paying, PaymentState.PAID) == (Verdict.NOTED, "payment_too_late")
        assert await told(paying, PaymentState.PAID) == (Verdict.NOTED, "payment_too_late")
    lines = [each for each in logged if each["event"] == "payment_too_late"]
    assert [(each["log_level"], each["case_id"], each["reference"]) for each in lines] == [
        ("error", paying.case_id, "pay_1")
    ]
    assert counted() == before + 1
    events = await paying.services.cases.events(paying.case_id)
    assert [(each.code, each.data) for each in events] == [("payment_too_late", {"amount": 1000})]
    assert (await stated(paying), (await rows(paying))["pay_1"]) == ("paid", "paid")


async def test_money_that_was_held_and_then_taken_is_told_of_again(paying: CaseHarness) -> None:
    await end(paying)
    await told(paying, PaymentState.AUTHORISED)
    await told(paying, PaymentState.PAID)
    assert await paying.codes() == ["payment_not_needed", "payment_too_late"]


async def test_money_taken_after_the_end_is_told_of(paying: CaseHarness) -> None:
    await end(paying)
    assert (await paying.run()).ended
    assert await told(paying, PaymentState.PAID) == (Verdict.NOTED, "payment_too_late")
    assert (await paying.codes())[-1] == "payment_too_late"
    assert await stated(paying) == "paid"
    assert (await paying.case()).due_at is None


async def test_money_taken_on_a_second_page_is_told_of(paying: CaseHarness) -> None:
    assert (await told(paying, PaymentState.PAID))[0] is Verdict.CAPTURE
    assert await told(paying, PaymentState.PAID, "pay_2") == (Verdict.NOTED, "payment_too_late")
    assert await paying.codes() == ["paid", "payment_too_late"]
    assert await rows(paying) == {"pay_1": "paid", "pay_2": "paid"}
    await paying.change(lambda state: setattr(state.payment.charges[0], "refunded", "RF1"))
    assert await stated(paying) == "paid", "the other page's money has not been given back"


async def test_callback_about_a_damaged_case_changes_nothing(paying: CaseHarness, damage: Damage) -> None:
    mend = await damage(paying)
    with pytest.raises(Damaged):
        await told(paying, PaymentState.PAID)
    assert paying.portals.called[Paying.payment] == 0
    assert (await rows(paying))["pay_1"] == "pending"
    await mend()
    assert await told(paying, PaymentState.PAID) == (Verdict.CAPTURE, "payment_settled")

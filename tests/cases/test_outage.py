"""Portals that do not answer: how long the journey waits, what it forgets, and when it gives up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.cases.model import now
from gateway.cases.portals import NotAvailable
from gateway.cases.state import Action, ActionType, Outage, Part, State
from gateway.connectors.contract import (
    CaseStatus,
    Filing,
    Milestone,
    Paying,
    PaymentState,
    Refund,
    Settlement,
    Unavailable,
    Unknown,
)
from tests.database_sessions import transaction

from .conftest import CaseHarness, filed, paid

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
LONG_AGO = timedelta(days=29)


def outage_since(before: timedelta) -> Outage:
    return Outage(since=now() - before, count=3, code="portal_timeout")


async def begun(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, filed())
    case = await harness.run()
    assert case.state.filing.milestone is Milestone.PROCESSING


async def test_each_failure_in_a_row_waits_up_to_twice_as_long_until_the_ceiling(harness: CaseHarness) -> None:
    harness = harness.hurried(retry_base_seconds=2.0, retry_max_seconds=40.0)
    harness.portals.says(Filing.file, Unavailable())
    for ceiling in (2.0, 4.0, 8.0, 16.0, 32.0, 40.0, 40.0):
        assert ceiling / 2 <= (await harness.step()).seconds <= ceiling
    assert (await harness.codes()).count("portal_unavailable") == 1


async def test_a_portal_that_asks_for_more_time_gets_it_within_reason(harness: CaseHarness) -> None:
    harness = harness.hurried(retry_base_seconds=1.0, retry_max_seconds=500.0)
    harness.portals.says(Filing.file, Unavailable(retry_after=120.0), Unavailable(retry_after=1e9))
    assert (await harness.step()).seconds == 120.0
    assert (await harness.step()).seconds == 500.0


async def test_an_answer_without_news_ends_the_trouble(harness: CaseHarness) -> None:
    """Else one failure a month would add up to a portal that never answered."""
    await begun(harness)
    await harness.change(lambda state: setattr(state, "outage", outage_since(LONG_AGO)))
    assert (await harness.step()).seconds == 300.0
    assert (await harness.case()).state.outage is None
    harness.portals.says(Filing.progress, Unavailable())
    await harness.hurried(give_up_seconds=86400.0).step()
    assert (await harness.case()).state.ending.status is None


async def test_a_portal_that_only_answers_questions_is_given_up_all_the_same(harness: CaseHarness) -> None:
    harness = harness.hurried(give_up_seconds=86400.0, settle_seconds=1e-6)
    harness.portals.says(Filing.file, Unknown())
    harness.portals.says(Filing.find, None)
    await harness.step()
    await harness.change(lambda state: setattr(state, "outage", outage_since(LONG_AGO)))
    case = await harness.run()
    assert (case.status, case.state.ending.reason) == (CaseStatus.FAILED, "portal_unavailable")
    assert "given_up" in await harness.codes()


async def test_a_service_that_is_no_longer_offered_rests(harness: CaseHarness) -> None:
    async with transaction(harness.services.cases.storage) as tx:
        case = await harness.case()
        case.service = "gone.service"
        await tx.run_sync(harness.services.cases.save, case)
    assert (await harness.step()).seconds == harness.services.settings.retry_max_seconds


@pytest.fixture
async def fee(harness: CaseHarness) -> CaseHarness:
    """Paid and stamped; the filing's outcome is unknown, and the portal has said nothing for a month."""
    await harness.become(paid())
    harness.portals.says(Filing.file, Unknown())
    harness.portals.says(Filing.find, Unavailable())
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, Refund(oid="pay_1", reference="R1", amount=paid().fee.amount))
    await harness.step()
    await harness.change(lambda state: setattr(state, "outage", outage_since(LONG_AGO)))
    return harness.hurried(give_up_seconds=86400.0)


async def test_the_money_does_not_wait_for_a_portal_that_never_answers(fee: CaseHarness) -> None:
    case = await fee.run()
    assert (case.status, case.state.fee.refunded, case.state.fee.voided) == (CaseStatus.FAILED, "R1", True)


async def test_a_withdrawal_waits_for_the_open_outcome_but_not_for_ever(fee: CaseHarness) -> None:
    def withdrawn(state: State) -> None:
        state.ending.status, state.ending.reason, state.outage = CaseStatus.WITHDRAWN, "withdrawn_by_person", None

    await fee.change(withdrawn)
    case = await fee.run()
    assert (case.ended, case.state.fee.refunded, "file" in case.state.intents) == (False, "", True)
    await fee.change(lambda state: setattr(state, "outage", outage_since(LONG_AGO)))
    case = await fee.run()
    assert (case.status, case.state.fee.refunded) == (CaseStatus.WITHDRAWN, "R1")


async def test_a_quarantined_portal_is_waited_for_and_in_the_end_given_up(fee: CaseHarness) -> None:
    fee.portals.says(Filing.find, NotAvailable("echo", "not enabled"))
    patient = fee.hurried(give_up_seconds=60 * 86400.0)
    assert (await patient.step()).seconds > 0
    assert (await patient.case()).state.outage.code == "connector_quarantined"
    assert (await fee.run()).state.fee.refunded == "R1"


async def test_a_stamp_of_unknown_outcome_is_waited_for_since_its_money_lies_at_the_same_portal(
    harness: CaseHarness,
) -> None:
    await harness.become(paid(stamp=""))
    harness.portals.says(Paying.issue, Unknown())
    harness.portals.says(Paying.find_stamp, Unavailable())
    await harness.step()
    await harness.change(lambda state: setattr(state, "outage", outage_since(LONG_AGO)))
    case = await harness.hurried(give_up_seconds=86400.0).run()
    assert (case.state.ending.status, case.ended, "issue" in case.state.intents) == (CaseStatus.FAILED, False, True)


async def test_a_payer_who_has_little_time_left_is_looked_after_in_time(harness: CaseHarness) -> None:
    def unpaid(state: State) -> None:
        state.parts, state.payment.charges = [Part.FEE, *state.parts], paid(paid_oid="", stamp="").payment.charges
        state.action = Action(type=ActionType.PAY, code="fee_due", until=now() + timedelta(seconds=20))

    await harness.change(unpaid)
    harness.portals.says(Paying.payment, Settlement(oid="x", state=PaymentState.PENDING, amount=paid().fee.amount))
    assert 0 < (await harness.step()).seconds <= 20
    assert harness.portals.called[Filing.file] == 0

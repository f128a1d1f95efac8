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

from .conftest import Desk, filed, paid

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
LONG_AGO = timedelta(days=29)


def troubled_since(before: timedelta) -> Outage:
    return Outage(since=now() - before, count=3, code="portal_timeout")


async def begun(desk: Desk) -> None:
    desk.portals.says(Filing.file, filed())
    case = await desk.run()
    assert case.state.filing.milestone is Milestone.PROCESSING


async def test_each_failure_in_a_row_waits_up_to_twice_as_long_until_the_ceiling(desk: Desk) -> None:
    desk = desk.hurried(retry_base_seconds=2.0, retry_max_seconds=40.0)
    desk.portals.says(Filing.file, Unavailable())
    for ceiling in (2.0, 4.0, 8.0, 16.0, 32.0, 40.0, 40.0):
        assert ceiling / 2 <= (await desk.step()).seconds <= ceiling
    assert (await desk.codes()).count("portal_unavailable") == 1


async def test_a_portal_that_asks_for_more_time_gets_it_within_reason(desk: Desk) -> None:
    desk = desk.hurried(retry_base_seconds=1.0, retry_max_seconds=500.0)
    desk.portals.says(Filing.file, Unavailable(retry_after=120.0), Unavailable(retry_after=1e9))
    assert (await desk.step()).seconds == 120.0
    assert (await desk.step()).seconds == 500.0


async def test_an_answer_without_news_ends_the_trouble(desk: Desk) -> None:
    """Else one failure a month would add up to a portal that never answered."""
    await begun(desk)
    await desk.change(lambda state: setattr(state, "outage", troubled_since(LONG_AGO)))
    assert (await desk.step()).seconds == 300.0
    assert (await desk.case()).state.outage is None
    desk.portals.says(Filing.progress, Unavailable())
    await desk.hurried(give_up_seconds=86400.0).step()
    assert (await desk.case()).state.ending.status is None


async def test_a_portal_that_only_answers_questions_is_given_up_all_the_same(desk: Desk) -> None:
    desk = desk.hurried(give_up_seconds=86400.0, settle_seconds=1e-6)
    desk.portals.says(Filing.file, Unknown())
    desk.portals.says(Filing.find, None)
    await desk.step()
    await desk.change(lambda state: setattr(state, "outage", troubled_since(LONG_AGO)))
    case = await desk.run()
    assert (case.status, case.state.ending.reason) == (CaseStatus.FAILED, "portal_unavailable")
    assert "given_up" in await desk.codes()


async def test_a_service_that_is_no_longer_offered_rests(desk: Desk) -> None:
    async with transaction(desk.services.cases.storage) as tx:
        case = await desk.case()
        case.service = "gone.service"
        await tx.run_sync(desk.services.cases.save, case)
    assert (await desk.step()).seconds == desk.services.settings.retry_max_seconds


@pytest.fixture
async def fee(desk: Desk) -> Desk:
    """Paid and stamped; the filing's outcome is unknown, and the portal has said nothing for a month."""
    await desk.become(paid())
    desk.portals.says(Filing.file, Unknown())
    desk.portals.says(Filing.find, Unavailable())
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, Refund(oid="pay_1", reference="R1", amount=paid().fee.amount))
    await desk.step()
    await desk.change(lambda state: setattr(state, "outage", troubled_since(LONG_AGO)))
    return desk.hurried(give_up_seconds=86400.0)


async def test_the_money_does_not_wait_for_a_portal_that_never_answers(fee: Desk) -> None:
    case = await fee.run()
    assert (case.status, case.state.fee.refunded, case.state.fee.voided) == (CaseStatus.FAILED, "R1", True)


async def test_a_withdrawal_waits_for_the_open_outcome_but_not_for_ever(fee: Desk) -> None:
    def withdrawn(state: State) -> None:
        state.ending.status, state.ending.reason, state.outage = CaseStatus.WITHDRAWN, "withdrawn_by_person", None

    await fee.change(withdrawn)
    case = await fee.run()
    assert (case.ended, case.state.fee.refunded, "file" in case.state.intents) == (False, "", True)
    await fee.change(lambda state: setattr(state, "outage", troubled_since(LONG_AGO)))
    case = await fee.run()
    assert (case.status, case.state.fee.refunded) == (CaseStatus.WITHDRAWN, "R1")


async def test_a_quarantined_portal_is_waited_for_and_in_the_end_given_up(fee: Desk) -> None:
    fee.portals.says(Filing.find, NotAvailable("echo", "not enabled"))
    patient = fee.hurried(give_up_seconds=60 * 86400.0)
    assert (await patient.step()).seconds > 0
    assert (await patient.case()).state.outage.code == "connector_quarantined"
    assert (await fee.run()).state.fee.refunded == "R1"


async def test_a_stamp_of_unknown_outcome_is_waited_for_since_its_money_lies_at_the_same_portal(desk: Desk) -> None:
    await desk.become(paid(stamp=""))
    desk.portals.says(Paying.issue, Unknown())
    desk.portals.says(Paying.find_stamp, Unavailable())
    await desk.step()
    await desk.change(lambda state: setattr(state, "outage", troubled_since(LONG_AGO)))
    case = await desk.hurried(give_up_seconds=86400.0).run()
    assert (case.state.ending.status, case.ended, "issue" in case.state.intents) == (CaseStatus.FAILED, False, True)


async def test_a_payer_who_has_little_time_left_is_looked_after_in_time(desk: Desk) -> None:
    def unpaid(state: State) -> None:
        state.parts, state.payment.charges = [Part.FEE, *state.parts], paid(paid_oid="", stamp="").payment.charges
        state.action = Action(type=ActionType.PAY, code="fee_due", until=now() + timedelta(seconds=20))

    await desk.change(unpaid)
    desk.portals.says(Paying.payment, Settlement(oid="x", state=PaymentState.PENDING, amount=paid().fee.amount))
    assert 0 < (await desk.step()).seconds <= 20
    assert desk.portals.called[Filing.file] == 0

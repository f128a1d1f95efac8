"""Undoing what a case that ends without its result has caused: each thing once, and nothing for ever."""

from __future__ import annotations

import msgspec
import pytest

from gateway.cases.model import Action, ActionType, Intent, Part, State, now
from gateway.connectors.contract import CaseStatus, Milestone, Refund, Refused, Shipment, Stamp, StampState, Unavailable

from .conftest import Desk, filed, paid, progress

REFUND = Refund(oid="pay_1", reference="R1", amount=paid().fee.amount)

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def ending(status: CaseStatus = CaseStatus.REJECTED, **more: object) -> State:
    return paid(ending=status, reason="because", **more)


async def test_the_stamp_is_cancelled_first_then_the_fee_goes_back_then_the_case_ends(desk: Desk) -> None:
    await desk.become(ending())
    desk.portals.says("void", None)
    desk.portals.says("refund", REFUND)
    case = await desk.run()
    assert (case.status, case.state.fee.refunded, case.due_at) == (CaseStatus.REJECTED, "R1", None)
    assert await desk.codes() == ["stamp_voided", "refunded", "rejected"]
    assert await desk.step() is None
    assert desk.portals.called == {"void": 1, "refund": 1}


async def test_a_stamp_that_cannot_be_cancelled_does_not_keep_the_fee(desk: Desk) -> None:
    await desk.become(ending())
    desk.portals.says("void", Refused("stamp_expired"))
    desk.portals.says("refund", REFUND)
    assert (await desk.run()).state.fee.refunded == "R1"


async def test_what_was_never_taken_is_not_given_back(desk: Desk) -> None:
    await desk.become(ending(stamp_used=True))
    desk.portals.says("refund", Refused("payment_not_captured"))
    case = await desk.run()
    assert case.status is CaseStatus.REJECTED
    assert await desk.codes() == ["payment_not_taken", "rejected"]


async def test_a_refund_that_is_refused_for_good_is_told_and_the_case_ends(desk: Desk) -> None:
    await desk.become(ending(stamp_used=True))
    desk.portals.says("refund", Refused("amount_mismatch"))
    case = await desk.run()
    assert (case.status, case.state.reason, case.state.fee.refunded) == (CaseStatus.REJECTED, "because", "")
    assert case.state.fee.refund_refused == "amount_mismatch"
    assert await desk.codes() == ["refund_refused", "rejected"]
    assert desk.portals.called["refund"] == 1


async def test_a_search_that_is_refused_is_repeated_at_leisure_and_not_in_circles(desk: Desk) -> None:
    await desk.become(ending(intents={"issue": Intent(key="k", at=now())}, stamp=""))
    desk.portals.says("find_stamp", Refused("portal_refused"), Refused("portal_refused"), None)
    for _ in range(2):
        assert (await desk.step()).seconds > 0
    case = await desk.case()
    assert (case.state.ending, case.state.reason) == (CaseStatus.REJECTED, "because")
    desk.portals.says("refund", REFUND)
    assert (await desk.hurried(settle_seconds=1e-6).run()).state.fee.refunded == "R1"


@pytest.mark.parametrize("found", [True, False])
async def test_a_stamp_of_unknown_outcome_is_found_and_cancelled(desk: Desk, found: bool) -> None:
    stamp = Stamp(serial="1111222233334444", state=StampState.ISSUED, amount=paid().fee.amount)
    await desk.become(ending(intents={"issue": Intent(key="k", at=now())}, stamp=""))
    desk.portals.says("find_stamp", stamp if found else None)
    desk.portals.says("void", None)
    desk.portals.says("refund", REFUND)
    case = await desk.hurried(settle_seconds=1e-6).run()
    assert (case.status, case.state.fee.refunded) == (CaseStatus.REJECTED, "R1")
    assert desk.portals.called["void"] == (1 if found else 0)


async def test_a_parcel_of_unknown_outcome_is_known_before_the_case_ends(desk: Desk) -> None:
    intents = {"ship": Intent(key="k", at=now())}
    await desk.become(ending(intents=intents, reference="E1", stamp_used=True, delivery_portal="barid"))
    desk.portals.says("find_shipment", Shipment(number="RR123456785MA"))
    desk.portals.says("refund", REFUND)
    assert (await desk.run()).state.shipment == "RR123456785MA"


async def test_a_demand_found_while_withdrawing_gets_its_receipt_and_is_taken_back(desk: Desk) -> None:
    await desk.become(ending(CaseStatus.WITHDRAWN, intents={"file": Intent(key="case_1:file", at=now())}))
    desk.portals.says("find", filed())
    desk.portals.says("withdraw", progress(status=CaseStatus.WITHDRAWN))
    desk.portals.says("void", None)
    desk.portals.says("refund", REFUND)
    case = await desk.run()
    assert (case.status, case.state.reference) == (CaseStatus.WITHDRAWN, "E00000001")
    assert case.state.filed_at is not None
    assert case.deadline_on is not None
    assert await desk.codes() == [
        "filed", "portal_step", "withdrawn_at_portal", "stamp_voided", "refunded", "withdrawn",
    ]  # fmt: skip


async def test_a_withdrawal_that_the_portal_refuses_lets_the_case_go_on(desk: Desk) -> None:
    await desk.become(ending(CaseStatus.WITHDRAWN, reference="E00000001", stamp_used=True))
    desk.portals.says("withdraw", Refused("too_late"))
    desk.portals.says("progress", progress(Milestone.READY, status=CaseStatus.COMPLETED))
    case = await desk.run()
    assert (case.status, case.state.ending, case.state.reason) == (CaseStatus.COMPLETED, None, "")
    assert desk.portals.called == {"withdraw": 1, "progress": 1}


async def test_a_demand_that_the_portal_has_closed_is_not_withdrawn_there_again(desk: Desk) -> None:
    """A portal may refuse to take back what is taken back already; that must not set the case going again."""
    await desk.become(paid(reference="E00000001", stamp_used=True))
    desk.portals.says("progress", progress(status=CaseStatus.WITHDRAWN))
    desk.portals.says("withdraw", Refused("too_late"))
    desk.portals.says("refund", REFUND)
    case = await desk.run()
    assert (case.status, case.state.reason) == (CaseStatus.WITHDRAWN, "withdrawn_at_portal")
    assert desk.portals.called["withdraw"] == 0


@pytest.mark.parametrize("status", [CaseStatus.REJECTED, CaseStatus.FAILED])
async def test_an_end_without_a_reason_has_a_general_one(desk: Desk, status: CaseStatus) -> None:
    await desk.become(State(parts=[Part.FILING, Part.FOLLOW], portal="echo", reference="E00000001"))
    desk.portals.says("progress", progress(status=status))
    case = await desk.run()
    assert (case.status, case.state.reason) == (status, "portal_refused")


async def test_whatever_was_asked_of_the_person_is_no_longer_asked(desk: Desk) -> None:
    action = Action(type=ActionType.CONFIRM, code="parcel_lost", options=["reissue", "refund"])
    await desk.become(ending(action=action, answer="refund", stamp_used=True))
    desk.portals.says("refund", Unavailable(), REFUND)
    await desk.step()
    case = await desk.case()
    assert (case.state.action, case.state.answer) == (None, "")
    assert (await desk.run()).ended


async def test_an_unknown_portal_status_is_neither_an_end_nor_news_for_ever(desk: Desk) -> None:
    await desk.become(State(parts=[Part.FILING, Part.FOLLOW], portal="echo", reference="E00000001"))
    odd = msgspec.structs.replace(progress(), portal_status="on_the_moon", warnings=["portal_status_unknown"])
    desk.portals.says("progress", odd)
    for _ in range(3):
        case = await desk.run()
        assert (case.ended, case.state.portal_status, case.state.milestone) == (False, "on_the_moon", None)
    version = case.version
    await desk.run()
    assert (await desk.case()).version == version

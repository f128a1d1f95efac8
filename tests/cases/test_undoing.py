"""Undoing what a case that ends without its result has caused: each thing once, and nothing for ever."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from gateway.cases.model import Case, now
from gateway.cases.state import (
    Action,
    ActionType,
    BookedAppointment,
    Charge,
    Intent,
    Part,
    PendingBooking,
    QueuedReply,
    State,
)
from gateway.connectors.contract import (
    Appointment,
    Booking,
    CaseStatus,
    Filing,
    Milestone,
    Paying,
    Post,
    Refund,
    Refused,
    Shipment,
    Shipping,
    Slot,
    Stamp,
    StampState,
    Unavailable,
)
from tests.database_sessions import transaction

from .conftest import CaseHarness, filed, paid, progress
from .states import state_of

REFUND = Refund(oid="pay_1", reference="R1", amount=paid().fee.amount)

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def appointment(reference: str) -> BookedAppointment:
    start = now() + timedelta(days=3)
    slot = Slot(id="s", post="lyon", service="visit", start=start, end=start + timedelta(minutes=30))
    post = Post(id="lyon", name={"fr": "Lyon"}, country="FR", city="Lyon", timezone="Europe/Paris")
    return BookedAppointment(key="k", reference=reference, portal="echo", slot=slot, post=post)


def ending(status: CaseStatus = CaseStatus.REJECTED, **more: object) -> State:
    return paid(**({"ending": status, "reason": "because"} | more))


async def test_the_stamp_is_cancelled_first_then_the_fee_goes_back_then_the_case_ends(harness: CaseHarness) -> None:
    await harness.become(ending())
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, REFUND)
    case = await harness.run()
    assert (case.status, case.state.fee.refunded, case.due_at) == (CaseStatus.REJECTED, "R1", None)
    assert await harness.codes() == ["stamp_voided", "refunded", "rejected"]
    assert await harness.step() is None
    assert harness.portals.called == {Paying.void: 1, Paying.refund: 1}


@pytest.mark.parametrize("why", ["stamp_expired", "stamp_not_found"])
async def test_a_stamp_that_is_not_cancelled_keeps_no_fee_and_is_told(harness: CaseHarness, why: str) -> None:
    await harness.become(ending())
    harness.portals.says(Paying.void, Refused(why))
    harness.portals.says(Paying.refund, REFUND)
    case = await harness.run()
    assert (case.state.fee.refunded, case.state.fee.voided, case.state.fee.void_refused) == ("R1", False, why)
    assert await harness.codes() == ["stamp_not_voided", "refunded", "rejected"]
    assert harness.portals.called == {Paying.void: 1, Paying.refund: 1}


async def test_fee_of_a_stamp_used_elsewhere_is_not_refunded(harness: CaseHarness) -> None:
    """No demand of this case can have used it: somebody did, and has the worth of it."""
    await harness.become(ending())
    harness.portals.says(Paying.void, Refused("stamp_already_used"))
    case = await harness.run()
    assert (case.status, case.state.fee.refunded, case.state.fee.kept) == (CaseStatus.REJECTED, "", True)
    assert await harness.codes() == ["stamp_not_voided", "stamp_used_elsewhere", "rejected"]
    assert harness.portals.called == {Paying.void: 1}


@pytest.mark.parametrize("ours", [True, False])
async def test_stamp_that_this_demand_used_gives_its_fee_back(harness: CaseHarness, ours: bool) -> None:
    """Its consumption was asked for and the answer lost. The same demand again changes nothing, another is refused."""
    await harness.become(ending(reference="E00000001", taken_back=True))
    used = Stamp(serial="1111222233334444", state=StampState.CONSUMED, amount=paid().fee.amount)
    harness.portals.says(Paying.void, Refused("stamp_already_used"))
    harness.portals.says(Paying.consume, used if ours else Refused("stamp_already_used"))
    harness.portals.says(Paying.refund, REFUND)
    case = await harness.run()
    assert (case.state.fee.refunded, case.state.fee.kept) == (("R1", False) if ours else ("", True))
    assert (await harness.codes())[1] == ("refunded" if ours else "stamp_used_elsewhere")
    assert harness.portals.called[Paying.refund] == (1 if ours else 0)


async def test_a_stamp_that_was_cancelled_before_counts_as_cancelled(harness: CaseHarness) -> None:
    """The portal's own word for a second request: what we want is so."""
    await harness.become(ending())
    harness.portals.says(Paying.void, Refused("stamp_cancelled"))
    harness.portals.says(Paying.refund, REFUND)
    assert (await harness.run()).state.fee.voided
    assert await harness.codes() == ["stamp_voided", "refunded", "rejected"]


@pytest.mark.parametrize("status", [None, CaseStatus.REJECTED])
async def test_a_replaced_booking_that_stands_is_told(harness: CaseHarness, status: CaseStatus | None) -> None:
    more = {"reference": "E00000001", "stamp_used": True, "cancelling": ["B1"], "appointment": appointment("B2")}
    await harness.become(paid(**more) if status is None else ending(status, **more))
    harness.portals.says(Booking.cancel, Refused("too_late"), None)
    harness.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    harness.portals.says(Filing.progress, progress())
    harness.portals.says(Paying.refund, REFUND)
    await harness.run()
    codes = [code for code in await harness.codes() if code != "withdrawn_at_portal"]
    assert "appointment_replaced" not in codes
    assert codes[0] == "former_appointment_kept"
    assert (await harness.case()).state.appointment.replaced == []


async def test_a_replaced_booking_that_is_cancelled_is_told(harness: CaseHarness) -> None:
    await harness.become(ending(stamp_used=True, cancelling=["B1"], appointment=appointment("B2")))
    harness.portals.says(Booking.cancel, None)
    harness.portals.says(Paying.refund, REFUND)
    await harness.run()
    assert await harness.codes() == ["appointment_replaced", "appointment_cancelled", "refunded", "rejected"]


async def test_what_was_never_taken_is_not_given_back(harness: CaseHarness) -> None:
    await harness.become(ending(stamp_used=True))
    harness.portals.says(Paying.refund, Refused("payment_not_captured"))
    case = await harness.run()
    assert case.status is CaseStatus.REJECTED
    assert await harness.codes() == ["payment_not_taken", "rejected"]


async def test_a_refund_that_is_refused_for_good_is_told_and_the_case_ends(harness: CaseHarness) -> None:
    await harness.become(ending(stamp_used=True))
    harness.portals.says(Paying.refund, Refused("amount_mismatch"))
    case = await harness.run()
    assert (case.status, case.state.ending.reason, case.state.fee.refunded) == (CaseStatus.REJECTED, "because", "")
    assert case.state.fee.refund_refused == "amount_mismatch"
    assert await harness.codes() == ["refund_refused", "rejected"]
    assert harness.portals.called[Paying.refund] == 1


async def test_a_search_that_is_refused_is_repeated_at_leisure_and_not_in_circles(harness: CaseHarness) -> None:
    await harness.become(ending(intents={"issue": Intent(portal="etimbre", key="k", at=now())}, stamp=""))
    harness.portals.says(Paying.find_stamp, Refused("portal_refused"), Refused("portal_refused"), None)
    for _ in range(2):
        assert (await harness.step()).seconds > 0
    case = await harness.case()
    assert (case.state.ending.status, case.state.ending.reason) == (CaseStatus.REJECTED, "because")
    harness.portals.says(Paying.refund, REFUND)
    assert (await harness.hurried(settle_seconds=1e-6).run()).state.fee.refunded == "R1"


@pytest.mark.parametrize("found", [True, False])
async def test_a_stamp_of_unknown_outcome_is_found_and_cancelled(harness: CaseHarness, found: bool) -> None:
    stamp = Stamp(serial="1111222233334444", state=StampState.ISSUED, amount=paid().fee.amount)
    await harness.become(ending(intents={"issue": Intent(portal="etimbre", key="k", at=now())}, stamp=""))
    harness.portals.says(Paying.find_stamp, stamp if found else None)
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, REFUND)
    case = await harness.hurried(settle_seconds=1e-6).run()
    assert (case.status, case.state.fee.refunded) == (CaseStatus.REJECTED, "R1")
    assert harness.portals.called[Paying.void] == (1 if found else 0)


async def test_a_parcel_of_unknown_outcome_is_known_before_the_case_ends(harness: CaseHarness) -> None:
    intents = {"ship": Intent(portal="barid", key="k", at=now())}
    await harness.become(ending(intents=intents, reference="E1", stamp_used=True, delivery_portal="barid"))
    harness.portals.says(Shipping.find_shipment, Shipment(number="RR123456785MA"))
    harness.portals.says(Paying.refund, REFUND)
    assert (await harness.run()).state.shipment.number == "RR123456785MA"


async def test_a_demand_found_while_withdrawing_gets_its_receipt_and_is_taken_back(harness: CaseHarness) -> None:
    await harness.become(
        ending(CaseStatus.WITHDRAWN, intents={"file": Intent(portal="echo", key="case_1:file", at=now())})
    )
    harness.portals.says(Filing.find, filed())
    harness.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, REFUND)
    case = await harness.run()
    assert (case.status, case.state.filing.reference) == (CaseStatus.WITHDRAWN, "E00000001")
    assert case.state.filing.filed_at is not None
    assert case.deadline_on is not None
    assert await harness.codes() == [
        "filed", "portal_step", "withdrawn_at_portal", "stamp_voided", "refunded", "withdrawn",
    ]  # fmt: skip


async def test_a_withdrawal_that_the_portal_refuses_lets_the_case_go_on(harness: CaseHarness) -> None:
    await harness.become(ending(CaseStatus.WITHDRAWN, reference="E00000001", stamp_used=True))
    harness.portals.says(Filing.withdraw, Refused("too_late"))
    harness.portals.says(Filing.progress, progress(Milestone.READY, status=CaseStatus.COMPLETED))
    case = await harness.run()
    assert (case.status, case.state.ending.status, case.state.ending.reason) == (CaseStatus.COMPLETED, None, "")
    assert harness.portals.called == {Filing.withdraw: 1, Filing.progress: 1}


async def test_a_demand_that_the_portal_has_closed_is_not_withdrawn_there_again(harness: CaseHarness) -> None:
    """A portal may refuse to take back what is taken back already; that must not set the case going again."""
    await harness.become(paid(reference="E00000001", stamp_used=True))
    harness.portals.says(Filing.progress, progress(status=CaseStatus.WITHDRAWN))
    harness.portals.says(Filing.withdraw, Refused("too_late"))
    harness.portals.says(Paying.refund, REFUND)
    case = await harness.run()
    assert (case.status, case.state.ending.reason) == (CaseStatus.WITHDRAWN, "withdrawn_at_portal")
    assert harness.portals.called[Filing.withdraw] == 0


@pytest.mark.parametrize("status", [CaseStatus.REJECTED, CaseStatus.FAILED])
async def test_an_end_without_a_reason_has_a_general_one(harness: CaseHarness, status: CaseStatus) -> None:
    await harness.become(state_of(parts=[Part.FILING, Part.FOLLOW], portal="echo", reference="E00000001"))
    harness.portals.says(Filing.progress, progress(status=status))
    case = await harness.run()
    assert (case.status, case.state.ending.reason) == (status, "portal_refused")


async def test_whatever_was_asked_of_the_person_is_no_longer_asked(harness: CaseHarness) -> None:
    action = Action(type=ActionType.CONFIRM, code="parcel_lost", options=["reissue", "refund"])
    await harness.become(ending(action=action, answer="refund", stamp_used=True))
    harness.portals.says(Paying.refund, Unavailable(), REFUND)
    await harness.step()
    case = await harness.case()
    assert (case.state.action, case.state.answer) == (None, "")
    assert (await harness.run()).ended


async def test_an_unknown_portal_status_is_neither_an_end_nor_news_for_ever(harness: CaseHarness) -> None:
    await harness.become(state_of(parts=[Part.FILING, Part.FOLLOW], portal="echo", reference="E00000001"))
    odd = msgspec.structs.replace(progress(), portal_status="on_the_moon", warnings=["portal_status_unknown"])
    harness.portals.says(Filing.progress, odd)
    for _ in range(3):
        case = await harness.run()
        assert (case.ended, case.state.filing.portal_status, case.state.filing.milestone) == (
            False,
            "on_the_moon",
            None,
        )
    version = case.version
    await harness.run()
    assert (await harness.case()).version == version


# --- What stands at the filing portal, whatever the ending ---------------------------------------------------------


async def ends(harness: CaseHarness) -> Case:
    """Step until the case has ended, and no further."""
    for _ in range(20):
        if (case := await harness.case()).ended:
            return case
        await harness.step()
    raise AssertionError(await harness.codes())


def given_up(**more: object) -> State:
    """Filed, and the stamp's portal has said nothing for too long."""
    return ending(CaseStatus.FAILED, reference="E00000001", **more)


@pytest.mark.parametrize("end", [CaseStatus.FAILED, CaseStatus.REJECTED])
async def test_a_demand_is_taken_back_whatever_the_ending(harness: CaseHarness, end: CaseStatus) -> None:
    await harness.become(ending(end, reference="E00000001"))
    harness.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, REFUND)
    assert (await harness.run()).status is end
    assert await harness.codes() == ["withdrawn_at_portal", "stamp_voided", "refunded", end.value]


async def test_giving_up_takes_back_what_was_filed(harness: CaseHarness) -> None:
    """The issue's own case: eTimbre is silent, the filing portal is well."""
    await harness.become(paid(reference="E00000001"))
    harness.portals.says(Paying.consume, Unavailable())
    harness.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, REFUND)
    hasty = harness.hurried(give_up_seconds=1e-6)
    await hasty.step()
    case = await hasty.run()
    assert (case.status, case.state.ending.taken_back, case.state.fee.refunded) == (CaseStatus.FAILED, True, "R1")
    assert "withdrawn_at_portal" in await harness.codes()


async def test_what_is_given_up_and_not_given_back_goes_on(harness: CaseHarness) -> None:
    """The portal answers, carries the demand out and keeps it: that is no failed case."""
    await harness.become(given_up(reason="portal_unavailable"))
    harness.portals.says(Filing.withdraw, Refused("too_late"))
    harness.portals.says(Paying.consume, None)
    harness.portals.says(Filing.progress, progress(), progress(Milestone.READY, status=CaseStatus.COMPLETED))
    case = await harness.run()
    assert (case.status, case.state.fee.refunded, case.state.ending.reason) == (CaseStatus.COMPLETED, "", "")
    codes = await harness.codes()
    assert codes[0] == "withdrawal_refused"
    assert not {"stamp_voided", "refunded", "failed"} & set(codes)


async def test_a_demand_that_the_portal_keeps_keeps_its_fee(harness: CaseHarness) -> None:
    """Refused elsewhere, and the filing portal goes on with it: what it was paid for is done."""
    await harness.become(ending(reference="E00000001"))
    harness.portals.says(Filing.withdraw, Refused("too_late"))
    harness.portals.says(Filing.progress, progress())
    case = await harness.run()
    assert (case.status, case.state.fee.voided, case.state.fee.refunded) == (CaseStatus.REJECTED, False, "")
    assert await harness.codes() == ["demand_kept", "fee_kept", "rejected"]


async def test_what_is_kept_and_can_reach_nobody_is_refunded(harness: CaseHarness) -> None:
    """Ready for the post, which takes no parcel: the office keeps the paper, the person gets the fee."""
    await harness.become(ending(reference="E00000001", stamp_used=True, followed=True))
    harness.portals.says(Filing.withdraw, Refused("too_late"))
    harness.portals.says(Filing.progress, progress(Milestone.READY))
    harness.portals.says(Paying.refund, REFUND)
    assert (await harness.run()).state.fee.refunded == "R1"
    assert await harness.codes() == ["demand_kept", "refunded", "rejected"]


@pytest.mark.parametrize("said", [progress(status=CaseStatus.REJECTED), Refused("not_found_at_portal")])
async def test_what_the_portal_itself_has_ended_is_refunded(harness: CaseHarness, said: object) -> None:
    await harness.become(ending(reference="E00000001", stamp_used=True))
    harness.portals.says(Filing.withdraw, Refused("too_late"))
    harness.portals.says(Filing.progress, said)
    harness.portals.says(Paying.refund, REFUND)
    assert (await harness.run()).state.fee.refunded == "R1"
    assert await harness.codes() == ["refunded", "rejected"]


async def test_the_portals_own_refusal_is_not_withdrawn_there(harness: CaseHarness) -> None:
    await harness.become(paid(reference="E00000001", stamp_used=True))
    harness.portals.says(Filing.progress, progress(status=CaseStatus.REJECTED, reason="no"))
    harness.portals.says(Filing.withdraw, Refused("too_late"))
    harness.portals.says(Paying.refund, REFUND)
    assert (await harness.run()).status is CaseStatus.REJECTED
    assert harness.portals.called[Filing.withdraw] == 0


async def test_money_goes_first_and_a_silent_portals_demand_later(harness: CaseHarness) -> None:
    """Neither waits for the other for ever: the case ends, and what may stand is taken back when the portal answers."""
    await harness.become(given_up())
    harness.portals.says(Filing.withdraw, Unavailable())
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, REFUND)
    case = await ends(harness.hurried(give_up_seconds=1e-6))
    assert (case.status, case.state.fee.refunded, case.state.ending.postponed) == (CaseStatus.FAILED, "R1", ["demand"])
    assert case.due_at is not None
    harness.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    case = await harness.run()
    assert (case.status, case.due_at, case.state.ending.postponed) == (CaseStatus.FAILED, None, [])
    assert (await harness.codes())[-2:] == ["failed", "withdrawn_at_portal"]


async def test_a_filing_that_is_known_after_the_end_is_taken_back(harness: CaseHarness) -> None:
    await harness.become(
        ending(CaseStatus.FAILED, intents={"file": Intent(portal="echo", key="case_1:file", at=now())})
    )
    harness.portals.says(Filing.find, Unavailable())
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, REFUND)
    assert (await ends(harness.hurried(give_up_seconds=1e-6))).status is CaseStatus.FAILED
    harness.portals.says(Filing.find, filed())
    harness.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    case = await harness.run()
    assert (case.state.filing.reference, case.state.ending.taken_back, case.due_at) == ("E00000001", True, None)
    assert (await harness.codes())[-3:] == ["failed", "filed", "withdrawn_at_portal"]


async def test_a_booking_known_after_the_end_is_cancelled_at_last(harness: CaseHarness) -> None:
    """Its portal fails once more in between: the booking is not forgotten."""
    slot = appointment("B1")
    wanted = PendingBooking(portal="echo", slot=slot.slot, post=slot.post)
    intents = {"book": Intent(portal="echo", key="case_1:book:1", at=now())}
    await harness.become(ending(CaseStatus.FAILED, intents=intents, pending_booking=wanted))
    harness.portals.says(Booking.find_booking, Unavailable())
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, REFUND)
    assert (await ends(harness.hurried(give_up_seconds=1e-6))).status is CaseStatus.FAILED
    harness.portals.says(Booking.find_booking, Appointment(reference="B1", slot=slot.slot))
    harness.portals.says(Booking.cancel, Unavailable(), None)
    await harness.run()
    case = await harness.run()
    assert (case.due_at, case.state.intents, case.state.ending.postponed) == (None, {}, [])
    assert case.state.appointment.booked is not None
    assert (case.state.appointment.booked.state, harness.portals.called[Booking.cancel]) == ("cancelled", 2)
    assert (await harness.codes())[-1] == "appointment_cancelled"


async def test_what_stands_at_a_portal_that_never_answers_is_told(harness: CaseHarness) -> None:
    await harness.become(given_up())
    harness.portals.says(Filing.withdraw, Unavailable())
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, REFUND)
    hasty = harness.hurried(give_up_seconds=1e-6)
    for _ in range(10):
        await hasty.step()
    case = await harness.case()
    assert (case.status, case.due_at, case.state.ending.postponed) == (CaseStatus.FAILED, None, [])
    assert (await harness.codes())[-1] == "not_taken_back"


async def test_the_refund_does_not_wait_for_the_appointments_portal(harness: CaseHarness) -> None:
    await harness.become(ending(stamp_used=True, appointment=appointment("B1")))
    harness.portals.says(Booking.cancel, Unavailable())
    harness.portals.says(Paying.refund, REFUND)
    assert (await ends(harness.hurried(give_up_seconds=1e-6))).state.fee.refunded == "R1"
    harness.portals.says(Booking.cancel, None)
    await harness.run()
    assert (await harness.codes())[-2:] == ["rejected", "appointment_cancelled"]


async def test_an_answer_is_not_lost_by_a_refused_withdrawal(harness: CaseHarness) -> None:
    """What the person had paid and answered before goes on its way when the case does."""
    rate = Action(type=ActionType.CONFIRM, code="sure", options=["yes"], asked=True)
    more = {"stamp_used": True, "answers": [QueuedReply(action=rate, choice="yes")]}
    await harness.become(ending(CaseStatus.WITHDRAWN, reference="E00000001", **more))
    harness.portals.says(Filing.withdraw, Refused("too_late"))
    harness.portals.says(Filing.act, progress(Milestone.READY, status=CaseStatus.COMPLETED))
    harness.portals.says(Filing.progress, progress(Milestone.READY, status=CaseStatus.COMPLETED))
    await harness.run()
    assert (await harness.codes())[:2] == ["withdrawal_refused", "handed_over"]


async def test_answers_that_reach_no_portal_are_told(harness: CaseHarness) -> None:
    """The case ends while the person's words wait: `answered` stands in the timeline, and must not be all."""
    asked = [Action(type=ActionType(each), code=each, options=["yes"], asked=True) for each in ("confirm", "appeal")]
    paid_for = QueuedReply(action=Action(type=ActionType.PAY, code="later"), charge=0)
    await harness.become(ending(answers=[*(QueuedReply(action=each, choice="yes") for each in asked), paid_for]))
    case = await harness.case()
    personal = await harness.services.cases.personal(case)
    personal.words = {"appeal": "Je ne suis pas d'accord."}
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case, personal=personal)
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, REFUND)
    case = await harness.run()
    assert await harness.codes() == ["answer_not_delivered"] * 2 + ["stamp_voided", "refunded", "rejected"]
    events = await harness.services.cases.events(harness.case_id)
    assert [each.data.get("action") for each in events[:2]] == ["confirm", "appeal"]
    assert (case.state.answers, (await harness.services.cases.personal(case)).words) == ([], {})


async def test_a_parcel_under_way_is_not_given_up(harness: CaseHarness) -> None:
    """It cannot be called back, and it arrives whether or not the post tells us."""
    parts = [Part.FEE, Part.FILING, Part.FOLLOW, Part.SHIPPING]
    more = {"parts": parts, "stamp_used": True, "followed": True, "shipment": "RR123456785MA"}
    await harness.become(paid(reference="E00000001", delivery_portal="barid", **more))
    harness.portals.says(Shipping.trace, Unavailable())
    hasty = harness.hurried(give_up_seconds=1e-6)
    for _ in range(3):
        await hasty.step()
    case = await harness.case()
    assert (case.state.ending.status, case.ended) == (None, False)


async def test_parcel_of_ours_that_the_post_does_not_know_goes_on(harness: CaseHarness) -> None:
    """The post shows a new parcel hours after it has taken it: "Aucune information" ends nothing."""
    parts = [Part.FEE, Part.FILING, Part.FOLLOW, Part.SHIPPING]
    more = {"parts": parts, "stamp_used": True, "followed": True, "shipment": "RR123456785MA"}
    await harness.become(paid(reference="E00000001", delivery_portal="barid", **more))
    there = progress(Milestone.DELIVERED, status=CaseStatus.COMPLETED)
    harness.portals.says(Shipping.trace, Refused("tracking_number_unknown"), Refused("tracking_number_unknown"), there)
    for _ in range(2):
        assert (await harness.step()).seconds > 0
        case = await harness.case()
        assert (case.state.ending.status, case.state.ending.reason, case.ended) == (None, "", False)
    case = await harness.run()
    assert (case.status, case.state.shipment.number) == (CaseStatus.COMPLETED, "RR123456785MA")


@pytest.mark.parametrize("status", [CaseStatus.WITHDRAWN, CaseStatus.FAILED])
async def test_a_refused_payment_is_judged_by_what_the_demand_is(harness: CaseHarness, status: CaseStatus) -> None:
    """The issue's own case: withdrawn at the portal, the answer lost, and the late payment handed over."""
    amount = paid().fee.amount
    charge = Charge(code="tax", portal="etimbre", amount=amount, paid_oid="pay_2", stamp="2" * 16)
    pay = Action(type=ActionType.PAY, code="tax", portal="etimbre", amount=amount, asked=True)
    known = paid(reference="E00000001", stamp_used=True, answers=[QueuedReply(action=pay, charge=1)])
    known.payment.charges.append(charge)
    await harness.become(known)
    harness.portals.says(Filing.act, Refused("action_not_supported"))
    harness.portals.says(Filing.progress, progress(Milestone.READY, status=status))
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, REFUND)
    case = await harness.run()
    assert case.status is status
    assert [each.refunded for each in case.state.payment.charges] == ["R1", "R1"]
    assert harness.portals.called[Filing.withdraw] == 0

"""Undoing what a case that ends without its result has caused: each thing once, and nothing for ever."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from gateway.cases.model import Case, now
from gateway.cases.state import Action, ActionType, Answered, Charge, Intent, Meeting, Part, State, Wanted
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

from .conftest import Desk, filed, paid, progress
from .states import state_of

REFUND = Refund(oid="pay_1", reference="R1", amount=paid().fee.amount)

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def meeting(reference: str) -> Meeting:
    start = now() + timedelta(days=3)
    slot = Slot(id="s", post="lyon", service="visit", start=start, end=start + timedelta(minutes=30))
    post = Post(id="lyon", name={"fr": "Lyon"}, country="FR", city="Lyon", timezone="Europe/Paris")
    return Meeting(key="k", reference=reference, portal="echo", slot=slot, post=post)


def ending(status: CaseStatus = CaseStatus.REJECTED, **more: object) -> State:
    return paid(**({"ending": status, "reason": "because"} | more))


async def test_the_stamp_is_cancelled_first_then_the_fee_goes_back_then_the_case_ends(desk: Desk) -> None:
    await desk.become(ending())
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, REFUND)
    case = await desk.run()
    assert (case.status, case.state.fee.refunded, case.due_at) == (CaseStatus.REJECTED, "R1", None)
    assert await desk.codes() == ["stamp_voided", "refunded", "rejected"]
    assert await desk.step() is None
    assert desk.portals.called == {Paying.void: 1, Paying.refund: 1}


@pytest.mark.parametrize("why", ["stamp_expired", "stamp_not_found"])
async def test_a_stamp_that_is_not_cancelled_keeps_no_fee_and_is_told(desk: Desk, why: str) -> None:
    await desk.become(ending())
    desk.portals.says(Paying.void, Refused(why))
    desk.portals.says(Paying.refund, REFUND)
    case = await desk.run()
    assert (case.state.fee.refunded, case.state.fee.voided, case.state.fee.void_refused) == ("R1", False, why)
    assert await desk.codes() == ["stamp_not_voided", "refunded", "rejected"]
    assert desk.portals.called == {Paying.void: 1, Paying.refund: 1}


async def test_fee_of_a_stamp_used_elsewhere_is_not_refunded(desk: Desk) -> None:
    """No demand of this case can have used it: somebody did, and has the worth of it."""
    await desk.become(ending())
    desk.portals.says(Paying.void, Refused("stamp_already_used"))
    case = await desk.run()
    assert (case.status, case.state.fee.refunded, case.state.fee.kept) == (CaseStatus.REJECTED, "", True)
    assert await desk.codes() == ["stamp_not_voided", "stamp_used_elsewhere", "rejected"]
    assert desk.portals.called == {Paying.void: 1}


@pytest.mark.parametrize("ours", [True, False])
async def test_stamp_that_this_demand_used_gives_its_fee_back(desk: Desk, ours: bool) -> None:
    """Its consumption was asked for and the answer lost. The same demand again changes nothing, another is refused."""
    await desk.become(ending(reference="E00000001", taken_back=True))
    used = Stamp(serial="1111222233334444", state=StampState.CONSUMED, amount=paid().fee.amount)
    desk.portals.says(Paying.void, Refused("stamp_already_used"))
    desk.portals.says(Paying.consume, used if ours else Refused("stamp_already_used"))
    desk.portals.says(Paying.refund, REFUND)
    case = await desk.run()
    assert (case.state.fee.refunded, case.state.fee.kept) == (("R1", False) if ours else ("", True))
    assert (await desk.codes())[1] == ("refunded" if ours else "stamp_used_elsewhere")
    assert desk.portals.called[Paying.refund] == (1 if ours else 0)


async def test_a_stamp_that_was_cancelled_before_counts_as_cancelled(desk: Desk) -> None:
    """The portal's own word for a second request: what we want is so."""
    await desk.become(ending())
    desk.portals.says(Paying.void, Refused("stamp_cancelled"))
    desk.portals.says(Paying.refund, REFUND)
    assert (await desk.run()).state.fee.voided
    assert await desk.codes() == ["stamp_voided", "refunded", "rejected"]


@pytest.mark.parametrize("status", [None, CaseStatus.REJECTED])
async def test_a_replaced_booking_that_stands_is_told(desk: Desk, status: CaseStatus | None) -> None:
    more = {"reference": "E00000001", "stamp_used": True, "cancelling": ["B1"], "appointment": meeting("B2")}
    await desk.become(paid(**more) if status is None else ending(status, **more))
    desk.portals.says(Booking.cancel, Refused("too_late"), None)
    desk.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    desk.portals.says(Filing.progress, progress())
    desk.portals.says(Paying.refund, REFUND)
    await desk.run()
    codes = [code for code in await desk.codes() if code != "withdrawn_at_portal"]
    assert "appointment_replaced" not in codes
    assert codes[0] == "former_appointment_kept"
    assert (await desk.case()).state.appointment.replaced == []


async def test_a_replaced_booking_that_is_cancelled_is_told(desk: Desk) -> None:
    await desk.become(ending(stamp_used=True, cancelling=["B1"], appointment=meeting("B2")))
    desk.portals.says(Booking.cancel, None)
    desk.portals.says(Paying.refund, REFUND)
    await desk.run()
    assert await desk.codes() == ["appointment_replaced", "appointment_cancelled", "refunded", "rejected"]


async def test_what_was_never_taken_is_not_given_back(desk: Desk) -> None:
    await desk.become(ending(stamp_used=True))
    desk.portals.says(Paying.refund, Refused("payment_not_captured"))
    case = await desk.run()
    assert case.status is CaseStatus.REJECTED
    assert await desk.codes() == ["payment_not_taken", "rejected"]


async def test_a_refund_that_is_refused_for_good_is_told_and_the_case_ends(desk: Desk) -> None:
    await desk.become(ending(stamp_used=True))
    desk.portals.says(Paying.refund, Refused("amount_mismatch"))
    case = await desk.run()
    assert (case.status, case.state.ending.reason, case.state.fee.refunded) == (CaseStatus.REJECTED, "because", "")
    assert case.state.fee.refund_refused == "amount_mismatch"
    assert await desk.codes() == ["refund_refused", "rejected"]
    assert desk.portals.called[Paying.refund] == 1


async def test_a_search_that_is_refused_is_repeated_at_leisure_and_not_in_circles(desk: Desk) -> None:
    await desk.become(ending(intents={"issue": Intent(portal="etimbre", key="k", at=now())}, stamp=""))
    desk.portals.says(Paying.find_stamp, Refused("portal_refused"), Refused("portal_refused"), None)
    for _ in range(2):
        assert (await desk.step()).seconds > 0
    case = await desk.case()
    assert (case.state.ending.status, case.state.ending.reason) == (CaseStatus.REJECTED, "because")
    desk.portals.says(Paying.refund, REFUND)
    assert (await desk.hurried(settle_seconds=1e-6).run()).state.fee.refunded == "R1"


@pytest.mark.parametrize("found", [True, False])
async def test_a_stamp_of_unknown_outcome_is_found_and_cancelled(desk: Desk, found: bool) -> None:
    stamp = Stamp(serial="1111222233334444", state=StampState.ISSUED, amount=paid().fee.amount)
    await desk.become(ending(intents={"issue": Intent(portal="etimbre", key="k", at=now())}, stamp=""))
    desk.portals.says(Paying.find_stamp, stamp if found else None)
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, REFUND)
    case = await desk.hurried(settle_seconds=1e-6).run()
    assert (case.status, case.state.fee.refunded) == (CaseStatus.REJECTED, "R1")
    assert desk.portals.called[Paying.void] == (1 if found else 0)


async def test_a_parcel_of_unknown_outcome_is_known_before_the_case_ends(desk: Desk) -> None:
    intents = {"ship": Intent(portal="barid", key="k", at=now())}
    await desk.become(ending(intents=intents, reference="E1", stamp_used=True, delivery_portal="barid"))
    desk.portals.says(Shipping.find_shipment, Shipment(number="RR123456785MA"))
    desk.portals.says(Paying.refund, REFUND)
    assert (await desk.run()).state.shipment.number == "RR123456785MA"


async def test_a_demand_found_while_withdrawing_gets_its_receipt_and_is_taken_back(desk: Desk) -> None:
    await desk.become(
        ending(CaseStatus.WITHDRAWN, intents={"file": Intent(portal="echo", key="case_1:file", at=now())})
    )
    desk.portals.says(Filing.find, filed())
    desk.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, REFUND)
    case = await desk.run()
    assert (case.status, case.state.filing.reference) == (CaseStatus.WITHDRAWN, "E00000001")
    assert case.state.filing.filed_at is not None
    assert case.deadline_on is not None
    assert await desk.codes() == [
        "filed", "portal_step", "withdrawn_at_portal", "stamp_voided", "refunded", "withdrawn",
    ]  # fmt: skip


async def test_a_withdrawal_that_the_portal_refuses_lets_the_case_go_on(desk: Desk) -> None:
    await desk.become(ending(CaseStatus.WITHDRAWN, reference="E00000001", stamp_used=True))
    desk.portals.says(Filing.withdraw, Refused("too_late"))
    desk.portals.says(Filing.progress, progress(Milestone.READY, status=CaseStatus.COMPLETED))
    case = await desk.run()
    assert (case.status, case.state.ending.status, case.state.ending.reason) == (CaseStatus.COMPLETED, None, "")
    assert desk.portals.called == {Filing.withdraw: 1, Filing.progress: 1}


async def test_a_demand_that_the_portal_has_closed_is_not_withdrawn_there_again(desk: Desk) -> None:
    """A portal may refuse to take back what is taken back already; that must not set the case going again."""
    await desk.become(paid(reference="E00000001", stamp_used=True))
    desk.portals.says(Filing.progress, progress(status=CaseStatus.WITHDRAWN))
    desk.portals.says(Filing.withdraw, Refused("too_late"))
    desk.portals.says(Paying.refund, REFUND)
    case = await desk.run()
    assert (case.status, case.state.ending.reason) == (CaseStatus.WITHDRAWN, "withdrawn_at_portal")
    assert desk.portals.called[Filing.withdraw] == 0


@pytest.mark.parametrize("status", [CaseStatus.REJECTED, CaseStatus.FAILED])
async def test_an_end_without_a_reason_has_a_general_one(desk: Desk, status: CaseStatus) -> None:
    await desk.become(state_of(parts=[Part.FILING, Part.FOLLOW], portal="echo", reference="E00000001"))
    desk.portals.says(Filing.progress, progress(status=status))
    case = await desk.run()
    assert (case.status, case.state.ending.reason) == (status, "portal_refused")


async def test_whatever_was_asked_of_the_person_is_no_longer_asked(desk: Desk) -> None:
    action = Action(type=ActionType.CONFIRM, code="parcel_lost", options=["reissue", "refund"])
    await desk.become(ending(action=action, answer="refund", stamp_used=True))
    desk.portals.says(Paying.refund, Unavailable(), REFUND)
    await desk.step()
    case = await desk.case()
    assert (case.state.action, case.state.answer) == (None, "")
    assert (await desk.run()).ended


async def test_an_unknown_portal_status_is_neither_an_end_nor_news_for_ever(desk: Desk) -> None:
    await desk.become(state_of(parts=[Part.FILING, Part.FOLLOW], portal="echo", reference="E00000001"))
    odd = msgspec.structs.replace(progress(), portal_status="on_the_moon", warnings=["portal_status_unknown"])
    desk.portals.says(Filing.progress, odd)
    for _ in range(3):
        case = await desk.run()
        assert (case.ended, case.state.filing.portal_status, case.state.filing.milestone) == (
            False,
            "on_the_moon",
            None,
        )
    version = case.version
    await desk.run()
    assert (await desk.case()).version == version


# --- What stands at the filing portal, whatever the ending ---------------------------------------------------------


async def ends(desk: Desk) -> Case:
    """Step until the case has ended, and no further."""
    for _ in range(20):
        if (case := await desk.case()).ended:
            return case
        await desk.step()
    raise AssertionError(await desk.codes())


def given_up(**more: object) -> State:
    """Filed, and the stamp's portal has said nothing for too long."""
    return ending(CaseStatus.FAILED, reference="E00000001", **more)


@pytest.mark.parametrize("end", [CaseStatus.FAILED, CaseStatus.REJECTED])
async def test_a_demand_is_taken_back_whatever_the_ending(desk: Desk, end: CaseStatus) -> None:
    await desk.become(ending(end, reference="E00000001"))
    desk.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, REFUND)
    assert (await desk.run()).status is end
    assert await desk.codes() == ["withdrawn_at_portal", "stamp_voided", "refunded", end.value]


async def test_giving_up_takes_back_what_was_filed(desk: Desk) -> None:
    """The issue's own case: eTimbre is silent, the filing portal is well."""
    await desk.become(paid(reference="E00000001"))
    desk.portals.says(Paying.consume, Unavailable())
    desk.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, REFUND)
    hasty = desk.hurried(give_up_seconds=1e-6)
    await hasty.step()
    case = await hasty.run()
    assert (case.status, case.state.ending.taken_back, case.state.fee.refunded) == (CaseStatus.FAILED, True, "R1")
    assert "withdrawn_at_portal" in await desk.codes()


async def test_what_is_given_up_and_not_given_back_goes_on(desk: Desk) -> None:
    """The portal answers, carries the demand out and keeps it: that is no failed case."""
    await desk.become(given_up(reason="portal_unavailable"))
    desk.portals.says(Filing.withdraw, Refused("too_late"))
    desk.portals.says(Paying.consume, None)
    desk.portals.says(Filing.progress, progress(), progress(Milestone.READY, status=CaseStatus.COMPLETED))
    case = await desk.run()
    assert (case.status, case.state.fee.refunded, case.state.ending.reason) == (CaseStatus.COMPLETED, "", "")
    codes = await desk.codes()
    assert codes[0] == "withdrawal_refused"
    assert not {"stamp_voided", "refunded", "failed"} & set(codes)


async def test_a_demand_that_the_portal_keeps_keeps_its_fee(desk: Desk) -> None:
    """Refused elsewhere, and the filing portal goes on with it: what it was paid for is done."""
    await desk.become(ending(reference="E00000001"))
    desk.portals.says(Filing.withdraw, Refused("too_late"))
    desk.portals.says(Filing.progress, progress())
    case = await desk.run()
    assert (case.status, case.state.fee.voided, case.state.fee.refunded) == (CaseStatus.REJECTED, False, "")
    assert await desk.codes() == ["demand_kept", "fee_kept", "rejected"]


async def test_what_is_kept_and_can_reach_nobody_is_refunded(desk: Desk) -> None:
    """Ready for the post, which takes no parcel: the office keeps the paper, the person gets the fee."""
    await desk.become(ending(reference="E00000001", stamp_used=True, followed=True))
    desk.portals.says(Filing.withdraw, Refused("too_late"))
    desk.portals.says(Filing.progress, progress(Milestone.READY))
    desk.portals.says(Paying.refund, REFUND)
    assert (await desk.run()).state.fee.refunded == "R1"
    assert await desk.codes() == ["demand_kept", "refunded", "rejected"]


@pytest.mark.parametrize("said", [progress(status=CaseStatus.REJECTED), Refused("not_found_at_portal")])
async def test_what_the_portal_itself_has_ended_is_refunded(desk: Desk, said: object) -> None:
    await desk.become(ending(reference="E00000001", stamp_used=True))
    desk.portals.says(Filing.withdraw, Refused("too_late"))
    desk.portals.says(Filing.progress, said)
    desk.portals.says(Paying.refund, REFUND)
    assert (await desk.run()).state.fee.refunded == "R1"
    assert await desk.codes() == ["refunded", "rejected"]


async def test_the_portals_own_refusal_is_not_withdrawn_there(desk: Desk) -> None:
    await desk.become(paid(reference="E00000001", stamp_used=True))
    desk.portals.says(Filing.progress, progress(status=CaseStatus.REJECTED, reason="no"))
    desk.portals.says(Filing.withdraw, Refused("too_late"))
    desk.portals.says(Paying.refund, REFUND)
    assert (await desk.run()).status is CaseStatus.REJECTED
    assert desk.portals.called[Filing.withdraw] == 0


async def test_money_goes_first_and_a_silent_portals_demand_later(desk: Desk) -> None:
    """Neither waits for the other for ever: the case ends, and what may stand is taken back when the portal answers."""
    await desk.become(given_up())
    desk.portals.says(Filing.withdraw, Unavailable())
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, REFUND)
    case = await ends(desk.hurried(give_up_seconds=1e-6))
    assert (case.status, case.state.fee.refunded, case.state.ending.postponed) == (CaseStatus.FAILED, "R1", ["demand"])
    assert case.due_at is not None
    desk.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    case = await desk.run()
    assert (case.status, case.due_at, case.state.ending.postponed) == (CaseStatus.FAILED, None, [])
    assert (await desk.codes())[-2:] == ["failed", "withdrawn_at_portal"]


async def test_a_filing_that_is_known_after_the_end_is_taken_back(desk: Desk) -> None:
    await desk.become(ending(CaseStatus.FAILED, intents={"file": Intent(portal="echo", key="case_1:file", at=now())}))
    desk.portals.says(Filing.find, Unavailable())
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, REFUND)
    assert (await ends(desk.hurried(give_up_seconds=1e-6))).status is CaseStatus.FAILED
    desk.portals.says(Filing.find, filed())
    desk.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    case = await desk.run()
    assert (case.state.filing.reference, case.state.ending.taken_back, case.due_at) == ("E00000001", True, None)
    assert (await desk.codes())[-3:] == ["failed", "filed", "withdrawn_at_portal"]


async def test_a_booking_known_after_the_end_is_cancelled_at_last(desk: Desk) -> None:
    """Its portal fails once more in between: the booking is not forgotten."""
    slot = meeting("B1")
    wanted = Wanted(portal="echo", slot=slot.slot, post=slot.post)
    intents = {"book": Intent(portal="echo", key="case_1:book:1", at=now())}
    await desk.become(ending(CaseStatus.FAILED, intents=intents, wanted=wanted))
    desk.portals.says(Booking.find_booking, Unavailable())
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, REFUND)
    assert (await ends(desk.hurried(give_up_seconds=1e-6))).status is CaseStatus.FAILED
    desk.portals.says(Booking.find_booking, Appointment(reference="B1", slot=slot.slot))
    desk.portals.says(Booking.cancel, Unavailable(), None)
    await desk.run()
    case = await desk.run()
    assert (case.due_at, case.state.intents, case.state.ending.postponed) == (None, {}, [])
    assert case.state.appointment.booked is not None
    assert (case.state.appointment.booked.state, desk.portals.called[Booking.cancel]) == ("cancelled", 2)
    assert (await desk.codes())[-1] == "appointment_cancelled"


async def test_what_stands_at_a_portal_that_never_answers_is_told(desk: Desk) -> None:
    await desk.become(given_up())
    desk.portals.says(Filing.withdraw, Unavailable())
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, REFUND)
    hasty = desk.hurried(give_up_seconds=1e-6)
    for _ in range(10):
        await hasty.step()
    case = await desk.case()
    assert (case.status, case.due_at, case.state.ending.postponed) == (CaseStatus.FAILED, None, [])
    assert (await desk.codes())[-1] == "not_taken_back"


async def test_the_refund_does_not_wait_for_the_appointments_portal(desk: Desk) -> None:
    await desk.become(ending(stamp_used=True, appointment=meeting("B1")))
    desk.portals.says(Booking.cancel, Unavailable())
    desk.portals.says(Paying.refund, REFUND)
    assert (await ends(desk.hurried(give_up_seconds=1e-6))).state.fee.refunded == "R1"
    desk.portals.says(Booking.cancel, None)
    await desk.run()
    assert (await desk.codes())[-2:] == ["rejected", "appointment_cancelled"]


async def test_an_answer_is_not_lost_by_a_refused_withdrawal(desk: Desk) -> None:
    """What the person had paid and answered before goes on its way when the case does."""
    rate = Action(type=ActionType.CONFIRM, code="sure", options=["yes"], asked=True)
    more = {"stamp_used": True, "answers": [Answered(action=rate, choice="yes")]}
    await desk.become(ending(CaseStatus.WITHDRAWN, reference="E00000001", **more))
    desk.portals.says(Filing.withdraw, Refused("too_late"))
    desk.portals.says(Filing.act, progress(Milestone.READY, status=CaseStatus.COMPLETED))
    desk.portals.says(Filing.progress, progress(Milestone.READY, status=CaseStatus.COMPLETED))
    await desk.run()
    assert (await desk.codes())[:2] == ["withdrawal_refused", "handed_over"]


async def test_answers_that_reach_no_portal_are_told(desk: Desk) -> None:
    """The case ends while the person's words wait: `answered` stands in the timeline, and must not be all."""
    asked = [Action(type=ActionType(each), code=each, options=["yes"], asked=True) for each in ("confirm", "appeal")]
    paid_for = Answered(action=Action(type=ActionType.PAY, code="later"), charge=0)
    await desk.become(ending(answers=[*(Answered(action=each, choice="yes") for each in asked), paid_for]))
    case = await desk.case()
    personal = await desk.services.cases.personal(case)
    personal.words = {"appeal": "Je ne suis pas d'accord."}
    async with transaction(desk.services.cases.storage) as tx:
        await tx.run_sync(desk.services.cases.save, case, personal=personal)
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, REFUND)
    case = await desk.run()
    assert await desk.codes() == ["answer_not_delivered"] * 2 + ["stamp_voided", "refunded", "rejected"]
    events = await desk.services.cases.events(desk.case_id)
    assert [each.data.get("action") for each in events[:2]] == ["confirm", "appeal"]
    assert (case.state.answers, (await desk.services.cases.personal(case)).words) == ([], {})


async def test_a_parcel_under_way_is_not_given_up(desk: Desk) -> None:
    """It cannot be called back, and it arrives whether or not the post tells us."""
    parts = [Part.FEE, Part.FILING, Part.FOLLOW, Part.SHIPPING]
    more = {"parts": parts, "stamp_used": True, "followed": True, "shipment": "RR123456785MA"}
    await desk.become(paid(reference="E00000001", delivery_portal="barid", **more))
    desk.portals.says(Shipping.trace, Unavailable())
    hasty = desk.hurried(give_up_seconds=1e-6)
    for _ in range(3):
        await hasty.step()
    case = await desk.case()
    assert (case.state.ending.status, case.ended) == (None, False)


async def test_parcel_of_ours_that_the_post_does_not_know_goes_on(desk: Desk) -> None:
    """The post shows a new parcel hours after it has taken it: "Aucune information" ends nothing."""
    parts = [Part.FEE, Part.FILING, Part.FOLLOW, Part.SHIPPING]
    more = {"parts": parts, "stamp_used": True, "followed": True, "shipment": "RR123456785MA"}
    await desk.become(paid(reference="E00000001", delivery_portal="barid", **more))
    there = progress(Milestone.DELIVERED, status=CaseStatus.COMPLETED)
    desk.portals.says(Shipping.trace, Refused("tracking_number_unknown"), Refused("tracking_number_unknown"), there)
    for _ in range(2):
        assert (await desk.step()).seconds > 0
        case = await desk.case()
        assert (case.state.ending.status, case.state.ending.reason, case.ended) == (None, "", False)
    case = await desk.run()
    assert (case.status, case.state.shipment.number) == (CaseStatus.COMPLETED, "RR123456785MA")


@pytest.mark.parametrize("status", [CaseStatus.WITHDRAWN, CaseStatus.FAILED])
async def test_a_refused_payment_is_judged_by_what_the_demand_is(desk: Desk, status: CaseStatus) -> None:
    """The issue's own case: withdrawn at the portal, the answer lost, and the late payment handed over."""
    amount = paid().fee.amount
    charge = Charge(code="tax", portal="etimbre", amount=amount, paid_oid="pay_2", stamp="2" * 16)
    pay = Action(type=ActionType.PAY, code="tax", portal="etimbre", amount=amount, asked=True)
    known = paid(reference="E00000001", stamp_used=True, answers=[Answered(action=pay, charge=1)])
    known.payment.charges.append(charge)
    await desk.become(known)
    desk.portals.says(Filing.act, Refused("action_not_supported"))
    desk.portals.says(Filing.progress, progress(Milestone.READY, status=status))
    desk.portals.says(Paying.void, None)
    desk.portals.says(Paying.refund, REFUND)
    case = await desk.run()
    assert case.status is status
    assert [each.refunded for each in case.state.payment.charges] == ["R1", "R1"]
    assert desk.portals.called[Filing.withdraw] == 0

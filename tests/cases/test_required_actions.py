"""Questions of a portal and bookings at the journey's own edge: what is asked twice, late or in the wrong order."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import insert, update

from gateway.audit.entry import Entry
from gateway.cases.actions import ActionReply as Given
from gateway.cases.actions import answer, open_offers
from gateway.cases.appointments import Appointments
from gateway.cases.model import now
from gateway.cases.state import Action, ActionType, Charge, Part, PendingBooking, QueuedReply, State
from gateway.connectors.contract import (
    Appointment,
    Booking,
    CaseStatus,
    Filing,
    Milestone,
    Money,
    Paying,
    PaymentState,
    Post,
    Refund,
    Refused,
    RequiredAction,
    Settlement,
    Shipping,
    Slot,
    Unavailable,
)
from gateway.storage.tables import cases, payments
from tests.database_sessions import transaction

from .conftest import CaseHarness, paid, progress
from .states import state_of

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

LATER = Money(amount=3000)
FEE = RequiredAction(type="pay", code="fee_on_decision", amount=LATER)
CONFIRM = RequiredAction(type="confirm", code="go_on", options=["yes", "no"])


def filed(**more: object) -> State:
    return paid(reference="E00000001", stamp_used=True, **more)


def says(harness: CaseHarness, ask: RequiredAction | None, status: CaseStatus = CaseStatus.ACTION_REQUIRED) -> None:
    harness.portals.says(Filing.progress, progress(Milestone.PROCESSING, status=status, ask=ask))


async def test_a_question_is_asked_once_however_often_the_portal_repeats_it(harness: CaseHarness) -> None:
    await harness.become(filed())
    says(harness, CONFIRM)
    for _ in range(3):
        case = await harness.run()
    assert (case.status, (await harness.codes()).count("asked")) == (CaseStatus.ACTION_REQUIRED, 1)
    later = msgspec.structs.replace(CONFIRM, until=now() + timedelta(days=3))
    says(harness, later)
    case = await harness.run()
    assert case.state.action is not None
    assert case.state.action.until is not None  # the last day has been moved, nothing else
    assert (await harness.codes()).count("asked") == 1


PARCEL = [Part.FEE, Part.FILING, Part.FOLLOW, Part.SHIPPING]


@pytest.mark.parametrize("parts", [PARCEL[:3], PARCEL], ids=["paper", "parcel"])
async def test_question_is_over_when_the_portal_completes(harness: CaseHarness, parts: list[Part]) -> None:
    """Also one that the portal repeats in the same breath: nobody waits for an answer to it any more."""
    await harness.become(filed(parts=parts, delivery_portal="barid", shipment="RR123456785MA"))
    says(harness, CONFIRM)
    assert (await harness.run()).state.action is not None
    says(harness, CONFIRM, CaseStatus.COMPLETED)
    harness.portals.says(Shipping.trace, progress(Milestone.DELIVERED, status=CaseStatus.COMPLETED))
    case = await harness.run()
    assert (case.state.action, case.status) == (None, CaseStatus.COMPLETED)
    assert [each for each in await harness.codes() if each in ("asked", "ask_lapsed", "completed")] == [
        "asked", "ask_lapsed", "completed",
    ]  # fmt: skip


async def test_another_question_takes_the_place_of_the_one_before(harness: CaseHarness) -> None:
    await harness.become(filed())
    says(harness, CONFIRM)
    await harness.run()
    says(harness, RequiredAction(type="provide_document", code="proof_missing"))
    case = await harness.run()
    assert case.state.action is not None
    assert (case.state.action.type, case.status) == (ActionType.PROVIDE_DOCUMENT, CaseStatus.ACTION_REQUIRED)
    assert [each for each in await harness.codes() if each.startswith("ask")] == ["asked", "ask_lapsed", "asked"]


async def test_what_the_portal_asks_at_the_filing_comes_before_the_appointment(harness: CaseHarness) -> None:
    """The gateway's own time for choosing an appointment does not run meanwhile."""
    await harness.become(
        state_of(parts=[Part.FILING, Part.APPOINTMENT, Part.FOLLOW], portal="echo", reference="E00000001")
    )
    asked = msgspec.structs.replace(CONFIRM, until=now() - timedelta(days=1))
    await harness.change(
        lambda state: setattr(
            state, "action", Action(type=ActionType.CONFIRM, code="go_on", until=asked.until, asked=True)
        )
    )
    says(harness, asked)
    case = await harness.run()
    assert (case.state.ending.status, case.state.action is None) == (None, False)
    assert harness.portals.called[Filing.progress] > 0


async def test_a_fee_that_was_paid_is_not_asked_again_because_the_portal_is_slow_to_notice(
    harness: CaseHarness,
) -> None:
    charge = Charge(
        code="fee_on_decision", portal="etimbre", amount=LATER, paid_oid="pay_2", stamp="2" * 16, stamp_used=True
    )
    await harness.become(filed())
    await harness.change(lambda state: state.payment.charges.append(charge))
    says(harness, FEE)
    case = await harness.run()
    assert (len(case.state.payment.charges), case.state.action) == (2, None)
    says(harness, msgspec.structs.replace(FEE, code="another_fee"))
    case = await harness.run()
    assert [each.code for each in case.state.payment.charges] == ["fee_due", "fee_on_decision", "another_fee"]


async def test_a_fee_that_is_no_longer_asked_for_cannot_be_paid_any_more(harness: CaseHarness) -> None:
    await harness.become(filed())
    says(harness, FEE)
    assert (await harness.run()).state.due == 1
    says(harness, None, CaseStatus.IN_PROGRESS)
    case = await harness.run()
    assert (case.state.due, case.state.payment.charges[1].lapsed, case.status) == (None, True, CaseStatus.IN_PROGRESS)
    says(harness, FEE)
    assert (await harness.run()).state.due == 2


async def test_an_attempt_to_pay_one_fee_does_not_count_for_another_of_the_same_amount(harness: CaseHarness) -> None:
    await harness.become(filed())
    async with transaction(harness.services.cases.storage) as tx:
        row = {"oid": "pay_0", "case_id": "case_1", "charge": 0, "portal": "etimbre", "amount": 3000, "currency": "MAD"}
        await tx.execute(insert(payments).values(**row, state="pending", transaction_id="", created_at=now()))
    harness.portals.says(Paying.payment, Settlement(oid="pay_0", state=PaymentState.PAID, amount=LATER))
    says(harness, FEE)
    case = await harness.run()
    await harness.run()
    assert (case.state.due, harness.portals.called[Paying.payment]) == (1, 0)


async def test_a_stamp_that_the_portal_will_not_take_ends_the_case_and_everything_goes_back(
    harness: CaseHarness,
) -> None:
    charge = Charge(code="fee_on_decision", portal="etimbre", amount=LATER, paid_oid="pay_2", stamp="2" * 16)
    await harness.become(filed())
    pay = Action(type=ActionType.PAY, code="fee_on_decision", portal="etimbre", amount=LATER, asked=True)

    def bought(state: State) -> None:
        state.payment.charges.append(charge)
        state.answers.append(QueuedReply(action=pay, charge=1))

    await harness.change(bought)
    harness.portals.says(Filing.act, Refused("stamp_invalid"))
    harness.portals.says(Filing.withdraw, progress(status=CaseStatus.WITHDRAWN))
    harness.portals.says(Paying.void, None)
    harness.portals.says(Paying.refund, Refund(oid="x", reference="R", amount=LATER))
    case = await harness.run()
    assert (case.status, case.state.ending.reason) == (CaseStatus.REJECTED, "stamp_invalid")
    wanted = ["refused", "withdrawn_at_portal", "stamp_voided", "refunded", "refunded", "rejected"]
    assert [code for code in await harness.codes() if code != "portal_step"] == wanted


async def test_an_answer_on_an_ended_case_is_handed_over_once_and_the_case_rests_again(harness: CaseHarness) -> None:
    rate = Action(type=ActionType.RATE, code="how_was_it", options=["1"], optional=True, asked=True)
    await harness.become(filed(answers=[QueuedReply(action=rate, choice="1")]))
    case = await harness.case()
    case.status, case.due_at = CaseStatus.COMPLETED, now()
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case)
    harness.portals.says(Filing.act, Unavailable(), progress(status=CaseStatus.COMPLETED))
    rest = await harness.step()
    assert rest is not None
    assert rest.seconds > 0
    assert await harness.step() is None
    case = await harness.case()
    assert (case.status, case.due_at, case.state.answers) == (CaseStatus.COMPLETED, None, [])
    assert (await harness.codes()).count("handed_over") == 1
    assert await harness.step() is None
    assert harness.portals.called[Filing.act] == 2


async def test_after_a_rating_the_portal_may_offer_an_appeal(harness: CaseHarness) -> None:
    rate = Action(type=ActionType.RATE, code="how_was_it", options=["1"], optional=True, asked=True)
    await harness.become(filed(answers=[QueuedReply(action=rate, choice="1")]))
    case = await harness.case()
    case.status, case.due_at = CaseStatus.COMPLETED, now()
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case)
    appeal = RequiredAction(type="appeal", code="not_content", options=["again"], optional=True)
    harness.portals.says(Filing.act, progress(status=CaseStatus.COMPLETED, ask=appeal))
    assert await harness.step() is None
    case = await harness.case()
    (offer,) = open_offers(case.state)
    assert (offer.type, offer.options, case.status) == (ActionType.APPEAL, ["again"], CaseStatus.COMPLETED)
    assert offer.until is not None


async def test_the_portals_own_appeal_stands_for_that_against_its_silence(harness: CaseHarness) -> None:
    own = Action(type=ActionType.APPEAL, code="deadline_passed", optional=True)
    await harness.become(filed(offers=[own]))
    says(
        harness,
        RequiredAction(type="appeal", code="answer_overdue", options=["mediator"], optional=True),
        CaseStatus.IN_PROGRESS,
    )
    case = await harness.run()
    assert [each.code for each in open_offers(case.state)] == ["answer_overdue"]
    personal = await harness.services.cases.personal(case)
    answer(case, personal, ActionType.APPEAL, Given(choice="mediator"))
    assert [each.code for each in open_offers(case.state)] == ["deadline_passed"]


async def test_which_documents_are_missing_is_not_a_choice_to_be_made(harness: CaseHarness) -> None:
    await harness.become(filed())
    says(harness, RequiredAction(type="provide_document", code="document_missing", options=["identity", "photograph"]))
    case = await harness.run()
    personal = await harness.services.cases.personal(case)
    given = answer(case, personal, ActionType.PROVIDE_DOCUMENT, Given(attachments=("att_1",)))
    assert (given.code, case.state.action, case.state.answers[0].attachments) == ("answered", None, ["att_1"])


async def test_an_answer_on_an_ended_case_that_nobody_takes_is_given_up(harness: CaseHarness) -> None:
    rate = Action(type=ActionType.RATE, code="how_was_it", options=["1"], optional=True, asked=True)
    await harness.become(filed(answers=[QueuedReply(action=rate, choice="1")]))
    case = await harness.case()
    case.status, case.due_at = CaseStatus.COMPLETED, now()
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case)
    harness.portals.says(Filing.act, Unavailable())
    hasty = harness.hurried(give_up_seconds=1e-6)
    await hasty.step()
    await hasty.step()
    case = await harness.case()
    assert (case.status, case.state.ending.status, case.state.answers) == (CaseStatus.COMPLETED, None, [])
    assert (await harness.codes())[-1] == "answer_not_delivered"


# --- Bookings that the call and the journey both know of ----------------------------------------------------------

PLACE = Post(id="lyon", name={"fr": "Lyon"}, country="FR", city="Lyon", timezone="Europe/Paris")
SLOT = Slot(id="s1", post="lyon", service="visit", start=now() + timedelta(days=9), end=now() + timedelta(days=9))
WANTED = PendingBooking(portal="echo", slot=SLOT, post=PLACE)
MADE = Appointment(reference="B1", slot=SLOT)


@pytest.fixture
async def announced(harness: CaseHarness) -> tuple[CaseHarness, Appointments, str]:
    """A case whose slot is being booked at this moment."""
    await harness.become(state_of(parts=[Part.APPOINTMENT, Part.FILING, Part.FOLLOW], portal="echo"))
    await harness.change(lambda state: setattr(state, "action", Action(type=ActionType.CHOOSE_SLOT, code="slot_due")))
    harness.portals.says(Booking.cancel, None)
    harness.portals.says(Filing.file, Unavailable())
    appointments = harness.services.appointments
    return harness, appointments, await appointments.announce(await harness.case(), WANTED)


async def test_a_journey_that_found_the_booking_first_leaves_the_call_nothing_to_do(
    announced: tuple[CaseHarness, Appointments, str],
) -> None:
    harness, appointments, key = announced
    harness.portals.says(Booking.find_booking, MADE)
    await harness.step()
    case, events = await appointments.reread("case_1", key, WANTED, MADE, Entry(call_id="call_1", kind="call"))
    assert case.state.appointment.booked is not None
    assert (case.state.appointment.booked.reference, events, case.state.appointment.replaced) == ("B1", [], [])
    assert (harness.portals.called[Booking.cancel], (await harness.codes()).count("appointment_booked")) == (0, 1)


async def test_a_booking_that_comes_after_the_case_has_given_it_up_is_cancelled(
    announced: tuple[CaseHarness, Appointments, str],
) -> None:
    harness, appointments, key = announced
    harness.portals.says(Booking.find_booking, None)
    await harness.hurried(settle_seconds=1e-6).step()
    case, events = await appointments.reread("case_1", key, WANTED, MADE, Entry(call_id="call_1", kind="call"))
    assert (case.state.appointment.booked, case.state.appointment.pending, events) == (None, None, [])
    assert harness.portals.called[Booking.cancel] == 1


async def test_a_booking_of_unknown_outcome_is_cancelled_when_the_case_is_withdrawn(
    announced: tuple[CaseHarness, Appointments, str],
) -> None:
    harness, _, _ = announced

    def withdrawn(state: State) -> None:
        state.ending.status, state.ending.reason = CaseStatus.WITHDRAWN, "withdrawn_by_person"

    await harness.change(withdrawn)
    harness.portals.says(Booking.find_booking, MADE)
    case = await harness.run()
    assert (case.status, case.state.appointment.booked.state) == (CaseStatus.WITHDRAWN, "cancelled")
    assert harness.portals.called == {Booking.find_booking: 1, Booking.cancel: 1}


async def test_an_appointment_that_has_passed_is_not_cancelled(harness: CaseHarness) -> None:
    past = msgspec.structs.replace(SLOT, start=now() - timedelta(days=1))
    appointments = harness.services.appointments
    await appointments.announce(await harness.case(), msgspec.structs.replace(WANTED, slot=past))
    harness.portals.says(Booking.find_booking, msgspec.structs.replace(MADE, slot=past))
    harness.portals.says(Booking.cancel, None)
    await harness.step()
    await harness.change(lambda state: setattr(state.ending, "status", CaseStatus.FAILED))
    case = await harness.run()
    assert (case.status, harness.portals.called[Booking.cancel]) == (CaseStatus.FAILED, 0)


async def test_an_answer_of_somebody_who_is_forgotten_is_dropped(harness: CaseHarness) -> None:
    rate = Action(type=ActionType.RATE, code="how_was_it", options=["1"], optional=True, asked=True)
    await harness.become(filed(answers=[QueuedReply(action=rate, choice="1")]))
    case = await harness.case()
    case.status, case.due_at = CaseStatus.COMPLETED, now()
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case)
        await tx.execute(update(cases).values(sealed=b""))  # as `erasure.erase` does
    harness.portals.says(Filing.act, progress(status=CaseStatus.COMPLETED))
    assert await harness.step() is None
    case = await harness.case()
    assert (case.due_at, case.state.answers) == (None, [])
    assert (await harness.codes(), harness.portals.called[Filing.act]) == (["answer_not_delivered"], 0)

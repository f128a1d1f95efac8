"""A request over a real socket: documents, the consulate's check, the appointment, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.connectors.contract import Booking, CaseStatus, Filing, Milestone, Refused, Unknown
from plugins.rendezvous.tests.conftest import SERVICES, STAMP, World, paper


async def validated(world: World, filing, **changes) -> str:
    filed = await world.call(Filing.file, filing(**changes))
    world.later(hours=7)
    assert (await world.call(Filing.progress, filed.reference)).portal_status == "validee"
    return filed.reference


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_goes_from_filing_to_the_kept_appointment(world: World, filing, person, service):
    filed = await world.call(Filing.file, filing(service))
    assert (filed.progress.status, filed.progress.milestone) == (CaseStatus.RECEIVED, Milestone.CREATED)
    world.later(hours=3)
    assert (await world.call(Filing.progress, filed.reference)).status is CaseStatus.IN_PROGRESS
    world.later(hours=4)
    asked = await world.call(Filing.progress, filed.reference)
    assert asked.status is CaseStatus.ACTION_REQUIRED
    assert (asked.ask.type, asked.ask.code) == ("choose_slot", "request_validated")
    booked = await world.call(Booking.book, await world.slot(service), person(reference=filed.reference))
    waiting = await world.call(Filing.act, filed.reference, "choose_slot", {"booking": booked.reference})
    assert (waiting.status, waiting.ask) == (CaseStatus.IN_PROGRESS, None)
    world.later(days=15)
    kept = await world.call(Filing.progress, filed.reference)
    assert (kept.status, kept.portal_status) == (CaseStatus.COMPLETED, "honoree")
    assert [step.at for step in kept.steps] == sorted(step.at for step in kept.steps)
    assert [each["kind"] for each in world.effects()] == ["request", "appointment"]


async def test_every_service_can_be_filed_as_the_catalogue_shows_it(world: World, filing):
    """Without its documents, which the consulate then asks for."""
    for number, service in enumerate(SERVICES):
        made = filing(service, key=f"key-{number}", stamp=str(10**15 + number), documents=())
        reference = (await world.call(Filing.file, made)).reference
        world.later(hours=7)
        asked = (await world.call(Filing.progress, reference)).ask
        assert (asked.type, asked.code) == ("provide_document", "document_missing")
        properties = SERVICES[service]["form"]["properties"]["documents"]["properties"]
        assert asked.options
        assert set(asked.options) <= set(properties), "what is asked for can be given"


async def test_what_is_missing_is_asked_for_and_checked_when_it_comes(world: World, filing):
    filed = await world.call(Filing.file, filing("consular-registration", documents=("identity",)))
    world.later(hours=7)
    asked = await world.call(Filing.progress, filed.reference)
    assert asked.status is CaseStatus.ACTION_REQUIRED
    assert asked.ask.options == ["proof_of_address", "photo"]
    answer = {"attachments": [paper("att_1"), paper("att_2")]}
    given = await world.call(Filing.act, filed.reference, "provide_document", answer)
    again = await world.call(Filing.act, filed.reference, "provide_document", answer)
    assert (given.status, given.ask, again.portal_status) == (CaseStatus.IN_PROGRESS, None, "en_verification")
    assert len(world.effects("documents")) == 1
    world.later(hours=5)
    assert (await world.call(Filing.progress, filed.reference)).ask.type == "choose_slot"


async def test_half_of_what_is_missing_leaves_the_other_half(world: World, filing):
    filed = await world.call(Filing.file, filing("consular-registration", documents=("identity",)))
    world.later(hours=7)
    await world.call(Filing.act, filed.reference, "provide_document", {"attachments": [paper("att_1")]})
    world.later(hours=5)
    assert (await world.call(Filing.progress, filed.reference)).ask.options == ["photo"]


async def test_an_officer_may_ask_for_one_more_document(world: World, filing):
    filed = await world.call(Filing.file, filing(cnie="LB334455"))
    world.later(hours=7)
    assert (await world.call(Filing.progress, filed.reference)).ask.options == ["proof_of_address"]


@pytest.mark.parametrize("answer", [{}, {"attachments": []}, {"attachments": ["att_1"]}])
async def test_an_answer_without_a_document_is_refused(world: World, filing, answer):
    filed = await world.call(Filing.file, filing(documents=()))
    with pytest.raises(Refused, match="document_missing"):
        await world.call(Filing.act, filed.reference, "provide_document", answer)


async def test_a_refusal_has_a_reason_and_a_notice(world: World, filing):
    filed = await world.call(Filing.file, filing(cnie="MC667788"))
    world.later(hours=7)
    refused = await world.call(Filing.progress, filed.reference)
    assert (refused.status, refused.reason) == (CaseStatus.REJECTED, "file_inconsistent")
    notice = await world.call(Filing.document, filed.reference, "notification")
    assert notice.content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("changes", "code", "fields"),
    [
        ({"cnie": "K102030"}, "consular_registration_required", {"/person/cnie"}),
        ({"post": "atlantis"}, "post_not_found", {"/post"}),
        ({"stamp": None}, "stamp_missing", set()),
        ({"stamp": "123"}, "stamp_invalid", set()),
    ],
)
async def test_a_request_that_is_not_taken_says_why_and_leaves_nothing(world: World, filing, changes, code, fields):
    with pytest.raises(Refused) as refused:
        await world.call(Filing.file, filing(**changes))
    assert (refused.value.code, refused.value.fields) == (code, dict.fromkeys(fields, code))
    assert world.effects() == []
    assert await world.call(Filing.find, "key-1") is None


async def test_who_is_not_registered_can_ask_for_registration(world: World, filing):
    assert await world.call(Filing.file, filing("consular-registration", cnie="K102030"))


async def test_a_passport_is_not_asked_for_here(world: World, filing):
    made = filing()
    with pytest.raises(Refused, match="service_not_offered"):
        await world.call(Filing.file, type(made)(case_id="c", key="k", service="rendezvous.passport", form=made.form))


async def test_a_stamp_serves_one_request_only(world: World, filing):
    await world.call(Filing.file, filing())
    with pytest.raises(Refused, match="stamp_already_used"):
        await world.call(Filing.file, filing(key="key-2", stamp=STAMP))


async def test_a_demand_sent_twice_shows_as_two_requests_and_a_lost_one_is_found(world: World, filing):
    world.fault("commit_then_drop")
    with pytest.raises(Unknown):
        await world.call(Filing.file, filing())
    world.fault("none")
    found = await world.call(Filing.find, "key-1")
    assert await world.call(Filing.find, "key-2") is None
    await world.call(Filing.file, filing())
    assert len(world.effects("request")) == 2
    assert (await world.call(Filing.find, "key-1")).reference == found.reference


async def test_no_slot_is_given_before_the_consulate_has_validated(world: World, filing, person):
    filed = await world.call(Filing.file, filing())
    slot = await world.slot()
    with pytest.raises(Refused, match="request_not_open"):
        await world.call(Booking.book, slot, person(reference=filed.reference))
    assert world.effects("appointment") == []
    world.later(hours=7)
    assert await world.call(Booking.book, slot, person(reference=filed.reference))


async def test_an_appointment_for_another_service_is_not_this_requests(world: World, filing, person):
    reference = await validated(world, filing)
    slot = await world.slot("legalisation")
    with pytest.raises(Refused, match="request_not_open"):
        await world.call(Booking.book, slot, person(reference=reference))
    alone = await world.call(Booking.book, slot, person())
    with pytest.raises(Refused, match="request_not_open"):
        await world.call(Filing.act, reference, "choose_slot", {"booking": alone.reference})
    with pytest.raises(Refused, match="not_found_at_portal"):
        await world.call(Filing.act, reference, "choose_slot", {"booking": "RDV-1999-000001"})


async def test_an_appointment_booked_alone_can_be_given_to_the_request_afterwards(world: World, filing, person):
    reference = await validated(world, filing)
    booked = await world.call(Booking.book, await world.slot(), person())
    for _ in range(2):
        chosen = await world.call(Filing.act, reference, "choose_slot", {"booking": booked.reference})
        assert chosen.portal_status == "rendez_vous_pris"
    assert len(chosen.steps) == 4


async def test_a_change_is_another_booking_and_then_a_cancellation(world: World, filing, person):
    reference = await validated(world, filing)
    slots = await world.slots()
    first = await world.call(Booking.book, slots[-1], person("book-1", reference=reference))
    second = await world.call(Booking.book, slots[-30], person("book-2", reference=reference))
    await world.call(Booking.cancel, first.reference)
    assert (await world.call(Filing.progress, reference)).portal_status == "rendez_vous_pris"
    agenda = await world.call(Filing.document, reference, "agenda")
    assert f"{slots[-30].start.astimezone(UTC):%Y%m%dT%H%M%SZ}".encode() in agenda.content
    await world.call(Booking.cancel, second.reference)
    asked = await world.call(Filing.progress, reference)
    assert (asked.portal_status, asked.ask.type) == ("validee", "choose_slot")


async def test_a_missed_appointment_may_be_made_up_for(world: World, filing, person):
    reference = await validated(world, filing, cnie="PB991122")
    await world.call(Booking.book, await world.slot(), person("book-1", reference=reference))
    world.later(days=15)
    missed = await world.call(Filing.progress, reference)
    assert (missed.status, missed.ask.type, missed.ask.code) == (
        CaseStatus.ACTION_REQUIRED, "choose_slot", "appointment_missed",
    )  # fmt: skip
    await world.call(Booking.book, await world.slot(), person("book-2", reference=reference))
    world.later(days=15)
    assert (await world.call(Filing.progress, reference)).status is CaseStatus.COMPLETED


async def test_the_third_missed_appointment_closes_the_file(world: World, filing, person):
    reference = await validated(world, filing, cnie="QA445566")
    for number in range(3):
        await world.call(Booking.book, await world.slot(), person(f"book-{number}", reference=reference))
        world.later(days=15)
    closed = await world.call(Filing.progress, reference)
    assert (closed.status, closed.reason, closed.ask) == (CaseStatus.REJECTED, "no_show", None)
    with pytest.raises(Refused, match="request_not_open"):
        await world.call(Booking.book, await world.slot(), person("book-4", reference=reference))


async def test_a_withdrawn_request_frees_its_slot(world: World, filing, person):
    reference = await validated(world, filing)
    slot = await world.slot()
    await world.call(Booking.book, slot, person(reference=reference))
    for _ in range(2):
        assert (await world.call(Filing.withdraw, reference)).status is CaseStatus.WITHDRAWN
    assert slot.id in [each.id for each in await world.slots()]
    assert [each["kind"] for each in world.effects()][2:] == ["cancellation", "withdrawal"]


async def test_a_kept_appointment_cannot_be_withdrawn(world: World, filing, person):
    reference = await validated(world, filing)
    await world.call(Booking.book, await world.slot(), person(reference=reference))
    world.later(days=15)
    with pytest.raises(Refused, match="too_late"):
        await world.call(Filing.withdraw, reference)


async def test_the_calendar_file_has_the_right_moment(world: World, filing, person):
    reference = await validated(world, filing)
    slot = await world.slot()
    await world.call(Booking.book, slot, person(reference=reference))
    titles = {each.id: each.media_type for each in (await world.call(Filing.progress, reference)).documents}
    assert titles == {"recu": "application/pdf", "convocation": "application/pdf", "agenda": "text/calendar"}
    made = await world.call(Filing.document, reference, "agenda")
    assert made.filename == f"{reference}-agenda.ics"
    lines = made.content.decode().split("\r\n")
    [begin] = [line.removeprefix("DTSTART:") for line in lines if line.startswith("DTSTART:")]
    assert datetime.strptime(begin, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) == slot.start
    assert all(len(line.encode()) <= 75 for line in lines)
    assert (await world.call(Filing.document, reference, "convocation")).content.startswith(b"%PDF-")
    with pytest.raises(Refused, match="document_not_found"):
        await world.call(Filing.document, reference, "passeport")


async def test_in_the_demo_an_appointment_days_ahead_takes_place_in_seconds(world: World, filing, person):
    """At a day a second: what is offered is in the real days to come, however far the sandbox's clock has run."""
    world.later(days=400)
    reference = await validated(world, filing)
    slot = await world.slot()
    lead = slot.start - datetime.now(UTC)
    await world.call(Booking.book, slot, person(reference=reference))
    world.context.clock.set(advance=lead.total_seconds() - 60)
    assert (await world.call(Filing.progress, reference)).portal_status == "rendez_vous_pris"
    world.context.clock.set(advance=120)
    assert (await world.call(Filing.progress, reference)).portal_status == "honoree"


@pytest.mark.parametrize("reference", ["..", "a/b", "a?b", "", "é", "a%2Fb", "x" * 41])
async def test_a_reference_cannot_become_another_address(world: World, reference):
    for operation, *args in (
        (Filing.progress,),
        (Filing.withdraw,),
        (Filing.document, "recu"),
        (Booking.cancel,),
        (Filing.act, "choose_slot", {}),
    ):
        with pytest.raises(Refused, match="not_found_at_portal"):
            await world.call(operation, reference, *args)
    with pytest.raises(Refused, match="document_not_found"):
        await world.call(Filing.document, "DC-2026-000001", reference)


async def test_only_what_is_asked_for_can_be_answered(world: World, filing):
    filed = await world.call(Filing.file, filing())
    with pytest.raises(Refused, match="action_not_supported"):
        await world.call(Filing.act, filed.reference, "rate", {"choice": "5"})

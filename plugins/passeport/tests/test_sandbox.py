"""The connector and the sandbox over a real socket."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from gateway.connectors.contract import Appointment, CaseStatus, Milestone, Refused, Slot
from plugins.passeport import pre_application
from plugins.passeport.sandbox.applications import Applications
from plugins.passeport.sandbox.shapes import NewFile
from plugins.passeport.tests.conftest import SERVICES, STAMP

DAY = timedelta(days=1).total_seconds()
PICKUP = {"method": "pickup"}
YOUSSEF = {
    "person": {
        "cnie": "JB456789", "last_name_latin": "Aït Lahcen", "first_name_latin": "Youssef",
        "last_name_arabic": "أيت لحسن", "first_name_arabic": "يوسف", "birth_date": "1992-01-30",
    },
    "registration": {"number": "LYO-2020-00077"},
    "passport": {"number": "XD1111111"},
}  # fmt: skip
NADIA = {
    "person": {
        "cnie": "AA112233", "last_name_latin": "Ouazzani", "first_name_latin": "Nadia",
        "last_name_arabic": "الوزاني", "first_name_arabic": "نادية", "birth_date": "1979-09-09",
    },
    "registration": {"number": "LYO-2011-01203"},
    "passport": {"number": "XD2222222"},
}  # fmt: skip
SALMA = {
    "person": {
        "cnie": "BK445566", "last_name_latin": "Benjelloun", "first_name_latin": "Salma",
        "last_name_arabic": "بنجلون", "first_name_arabic": "سلمى", "birth_date": "2001-06-21",
    },
    "registration": {"number": "LYO-2021-00845"},
    "passport": {"number": "XD3333333"},
}  # fmt: skip


def in_days(days):
    start = datetime.now(UTC) + timedelta(days=days)
    slot = Slot(id="lyon-1", post="lyon", service="passport", start=start, end=start + timedelta(minutes=15))
    return Appointment(reference="RDV-2026-000001", slot=slot)


def kinds(context):
    return [effect["kind"] for effect in context.effects.all()]


def stamp_of(context, number):
    return Applications(context).get(number)["timbre"]


async def test_a_passport_for_the_counter_is_collected_there(passeport, filing, context):
    filed = await passeport.file(filing(delivery=PICKUP))
    assert filed.progress.status is CaseStatus.RECEIVED
    seen = [(filed.progress.portal_status, stamp_of(context, filed.reference)["etat"])]
    for days in (1, 1, 3, 2):
        context.clock.set(advance=days * DAY)
        progress = await passeport.progress(filed.reference)
        seen.append((progress.portal_status, stamp_of(context, filed.reference)["etat"]))
    assert seen == [
        ("pre_enregistree", "reserve"),
        ("deposee", "consomme"),
        ("en_production", "consomme"),
        ("prete", "consomme"),
        ("retiree", "consomme"),
    ]
    assert (progress.status, progress.milestone) == (CaseStatus.COMPLETED, Milestone.DELIVERED)
    assert [step.at for step in progress.steps] == sorted(step.at for step in progress.steps)
    assert {step.place for step in progress.steps} == {"Lyon"}


async def test_who_has_an_appointment_comes_when_it_is(passeport, filing, context):
    made = msgspec.structs.replace(filing(delivery=PICKUP), appointment=in_days(10))
    filed = await passeport.file(made)
    seen = []
    for days in (9, 2, 6):
        context.clock.set(advance=days * DAY)
        seen.append((await passeport.progress(filed.reference)).portal_status)
    assert seen == ["pre_enregistree", "en_production", "retiree"]


async def test_a_pre_application_waits_from_the_appointment_on(passeport, filing, context):
    filed = await passeport.file(msgspec.structs.replace(filing(**NADIA), appointment=in_days(60)))
    for days, state in ((59, "pre_enregistree"), (30, "pre_enregistree"), (2, "expiree")):
        context.clock.set(advance=days * DAY)
        assert (await passeport.progress(filed.reference)).portal_status == state


async def test_a_passport_for_the_post_stays_ready_for_the_carrier(passeport, filing, context):
    filed = await passeport.file(filing())
    context.clock.set(advance=60 * DAY)
    ready = await passeport.progress(filed.reference)
    assert (ready.status, ready.milestone) == (CaseStatus.IN_PROGRESS, Milestone.READY)


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_can_be_asked_for_with_its_example_and_ends_well(passeport, filing, context, service):
    filed = await passeport.file(filing(service, delivery=PICKUP))
    assert re.fullmatch(r"PP-\d{4}-\d{7}", filed.reference)
    context.clock.set(advance=8 * DAY)
    assert (await passeport.progress(filed.reference)).status is CaseStatus.COMPLETED


@pytest.mark.parametrize(
    ("service", "changes", "code", "fields"),
    [
        ("minor", {"guardian": None}, "guardian_missing", {"/guardian"}),
        ("minor", {"guardian": {"consent": False}}, "guardian_consent_missing", {"/guardian/consent"}),
        ("minor", {"person": {"birth_date": "1999-01-01"}}, "minor_only", {"/person/birth_date"}),
        ("renewal-adult", {"person": {"birth_date": "2018-05-09"}}, "adult_only", {"/person/birth_date"}),
        ("renewal-adult", {"person": {"birth_date": "2999-01-01"}}, "form_not_accepted", {"/person/birth_date"}),
        ("renewal-adult", {"registration": {"number": "LYO-1"}}, "consular_registration_not_found",
         {"/registration/number"}),
        ("renewal-adult", {"passport": {"number": "XB7654321"}}, "passport_not_found", {"/passport/number"}),
        ("renewal-adult", {"passport": None}, "form_not_accepted", set()),
        ("renewal-adult", {"delivery": {"method": "post"}}, "form_not_accepted", {"/delivery/address"}),
        ("renewal-adult", {"stamp": None}, "stamp_missing", set()),
        ("renewal-adult", {"stamp": "123"}, "stamp_invalid", set()),
        ("renewal-adult", {"stamp": "1000000000000001"}, "stamp_already_used", set()),
        ("renewal-adult", {"stamp": "1000000000000002"}, "amount_mismatch", set()),
        ("renewal-adult-morocco", {"stamp": "1000000000000003"}, "amount_mismatch", set()),
        ("after-loss", {"stamp": "1000000000000003"}, "amount_mismatch", set()),
        ("after-loss", {"declaration": {"on": "2999-01-01"}}, "declaration_not_accepted", {"/declaration/on"}),
        ("renewal-adult", SALMA, "passport_reported_lost", {"/passport/number"}),
    ],
)  # fmt: skip
async def test_a_refused_demand_says_what_is_wrong_and_leaves_nothing(
    passeport, filing, context, service, changes, code, fields
):
    with pytest.raises(Refused) as refused:
        await passeport.file(filing(service, **changes))
    assert refused.value.code == code
    assert refused.value.fields == dict.fromkeys(fields, code)
    assert kinds(context) == []
    assert await passeport.find("key-1") is None


async def test_a_loss_needs_the_report_of_the_police(passeport, filing, context):
    with pytest.raises(Refused, match="declaration_not_accepted") as refused:
        await passeport.file(msgspec.structs.replace(filing("after-loss"), attachments=[]))
    assert list(refused.value.fields) == ["/declaration/police_report"]


async def test_a_stamp_of_the_right_amount_is_taken_for_a_minor(passeport, filing):
    assert await passeport.file(filing("minor", stamp="1000000000000002"))


async def test_a_passport_that_was_declared_lost_cannot_be_renewed_but_replaced(passeport, filing, context):
    await passeport.file(filing("after-theft", key="key-1"))
    assert kinds(context) == ["pre_application", "passport_voided"]
    number = SERVICES["after-theft"]["example"]["passport"]["number"]
    with pytest.raises(Refused, match="passport_reported_lost"):
        await passeport.file(filing(key="key-2", stamp="3000000000000002", passport={"number": number}))
    assert await passeport.file(filing("after-theft", key="key-3", stamp="3000000000000003"))
    assert kinds(context) == ["pre_application", "passport_voided", "pre_application"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (YOUSSEF, "photo_not_accepted"),
        ({"stamp": "1000000000000003"}, "stamp_invalid"),
        ({"person": {"first_name_latin": "Aminata"}}, "identity_mismatch"),
        ({"person": {"birth_date": "1988-03-15"}}, "identity_mismatch"),
        ({"person": {"last_name_arabic": "الفاسية"}}, "identity_mismatch"),
    ],
)
async def test_the_counter_refuses_some_files_and_frees_their_stamp(passeport, filing, context, changes, reason):
    filed = await passeport.file(filing(**changes))
    assert filed.progress.status is CaseStatus.RECEIVED
    context.clock.set(advance=2 * DAY)
    refused = await passeport.progress(filed.reference)
    assert (refused.status, refused.milestone, refused.reason) == (CaseStatus.REJECTED, Milestone.REFUSED, reason)
    assert (refused.portal_status, refused.warnings) == ("refusee", [])
    assert [document.id for document in refused.documents] == ["recepisse", "notification"]
    assert stamp_of(context, filed.reference)["etat"] == "libere"


async def test_a_guardian_who_is_another_person_is_found_out_at_the_counter(passeport, filing, context):
    filed = await passeport.file(filing("minor", guardian={"last_name_latin": "Alaoui"}))
    context.clock.set(advance=2 * DAY)
    assert (await passeport.progress(filed.reference)).reason == "identity_mismatch"


async def test_a_pre_application_that_nobody_lodges_expires(passeport, filing, context):
    filed = await passeport.file(filing(**NADIA))
    context.clock.set(advance=29 * DAY)
    assert (await passeport.progress(filed.reference)).status is CaseStatus.RECEIVED
    context.clock.set(advance=2 * DAY)
    expired = await passeport.progress(filed.reference)
    assert (expired.status, expired.reason) == (CaseStatus.FAILED, "pre_application_expired")
    assert stamp_of(context, filed.reference)["etat"] == "libere"
    assert await passeport.file(filing(key="key-2")), "its stamp serves another file"


async def test_a_stamp_serves_one_file_until_that_is_over(passeport, filing, context):
    first = await passeport.file(filing(key="key-1"))
    for days in (0, 3):
        context.clock.set(advance=days * DAY)
        with pytest.raises(Refused, match="stamp_already_used"):
            await passeport.file(filing(key="key-2"))
    assert stamp_of(context, first.reference) == {"numero": STAMP, "etat": "consomme"}
    assert kinds(context) == ["pre_application"]


async def test_accents_vowel_signs_and_case_do_not_make_another_person(passeport, filing, context):
    person = {"last_name_latin": "EL-FASSI", "first_name_latin": "Amîna", "first_name_arabic": "أَمِينَة"}
    filed = await passeport.file(filing(person=person))
    context.clock.set(advance=2 * DAY)
    assert (await passeport.progress(filed.reference)).portal_status == "en_production"


async def test_a_file_can_be_taken_back_until_it_is_lodged(passeport, filing, context):
    filed = await passeport.file(filing())
    withdrawn = await passeport.withdraw(filed.reference)
    again = await passeport.withdraw(filed.reference)
    assert withdrawn.status is again.status is CaseStatus.WITHDRAWN
    assert kinds(context) == ["pre_application", "cancellation"]
    context.clock.set(advance=10 * DAY)
    assert (await passeport.progress(filed.reference)).steps == withdrawn.steps
    assert await passeport.file(filing(key="key-2")), "its stamp serves another file"


async def test_a_lodged_file_cannot_be_taken_back(passeport, filing, context):
    filed = await passeport.file(filing())
    context.clock.set(advance=1 * DAY)
    with pytest.raises(Refused, match="too_late"):
        await passeport.withdraw(filed.reference)
    assert kinds(context) == ["pre_application"]


async def test_a_demand_sent_twice_shows_as_two_files(passeport, filing, context):
    first = await passeport.file(filing())
    await passeport.file(filing())
    assert kinds(context) == ["pre_application", "pre_application"]
    assert (await passeport.find("key-1")).reference == first.reference


async def test_a_lodged_demand_is_found_by_its_key_and_no_other(passeport, filing):
    filed = await passeport.file(filing(key="key-1"))
    assert await passeport.find("key-1") == filed
    assert await passeport.find("key-2") is None


async def test_an_unknown_file_is_not_found(passeport):
    with pytest.raises(Refused, match="not_found_at_portal"):
        await passeport.progress("PP-2025-9999999")
    with pytest.raises(Refused, match="not_found_at_portal"):
        await passeport.withdraw("PP-2025-9999999")


@pytest.mark.parametrize("names", [("El Fassi", "Amina"), ("el-fassi", "AMÎNA"), ("الفاسي", "أمينة")])
async def test_tracking_takes_the_names_in_either_script(passeport, filing, names):
    filed = await passeport.file(filing())
    for number in (filed.reference, "PP-2025-0900017"):
        tracked = await passeport.track(number, last_name=names[0], first_name=names[1], birth_date="1988-03-14")
        assert tracked.reference == number


@pytest.mark.parametrize(
    "wrong",
    [
        {"last_name": "Alaoui"},
        {"first_name": "Salma"},
        {"birth_date": "1988-03-15"},
        {"birth_date": "14/03/1988"},
        {"birth_date": "1988"},
    ],
)
async def test_tracking_needs_number_names_and_birth_date_that_go_together(passeport, filing, wrong):
    filed = await passeport.file(filing())
    right = {"last_name": "El Fassi", "first_name": "Amina", "birth_date": "1988-03-14"}
    said = set()
    for number, proof in [(filed.reference, right | wrong), ("PP-2025-9999999", right)]:
        with pytest.raises(Refused, match="not_found_at_portal") as refused:
            await passeport.track(number, **proof)
        said.add(refused.value.portal_message)
    assert len(said) == 1, "nobody learns that a number exists"


async def test_a_file_made_on_the_site_itself_can_be_tracked_until_delivered(passeport):
    tracked = await passeport.track(
        "PP-2025-0900017", last_name="El Fassi", first_name="Amina", birth_date="1988-03-14"
    )
    assert (tracked.status, tracked.milestone) == (CaseStatus.COMPLETED, Milestone.DELIVERED)
    assert Milestone.POSTED in [step.milestone for step in tracked.steps]


@pytest.mark.parametrize(("told", "found"), [("1950", True), ("1950-07-14", True), ("1951", False), ("", False)])
async def test_file_of_a_known_year_is_tracked_by_it(passeport, told, found):
    proof = {"last_name": "Ouali", "first_name": "Brahim", "birth_date": told}
    if found:
        assert (await passeport.track("PP-2025-0900018", **proof)).milestone is Milestone.DELIVERED
    else:
        with pytest.raises(Refused, match="not_found_at_portal"):
            await passeport.track("PP-2025-0900018", **proof)


async def test_a_lost_passport_is_made_again_once_per_parcel(passeport, filing, context):
    filed = await passeport.file(filing())
    context.clock.set(advance=6 * DAY)
    for parcel in ("RR123456785MA", "RR400000015MA"):
        again = await passeport.act(filed.reference, "reissue", {"parcel": parcel})
        assert again.milestone is Milestone.PROCESSING
        assert (await passeport.act(filed.reference, "reissue", {"parcel": parcel})).steps == again.steps
        context.clock.set(advance=3 * DAY)
        assert (await passeport.progress(filed.reference)).milestone is Milestone.READY
    assert kinds(context) == ["pre_application", "reissue", "reissue"]


@pytest.mark.parametrize(
    ("delivery", "action", "answer", "days"),
    [
        (None, "confirm", {"parcel": "RR123456785MA"}, 6),
        (None, "reissue", {}, 6),
        (None, "reissue", {"parcel": "RR123456785MA"}, 1),
        (PICKUP, "reissue", {"parcel": "RR123456785MA"}, 6),
    ],
)
async def test_what_was_not_sent_is_not_made_again(passeport, filing, context, delivery, action, answer, days):
    filed = await passeport.file(filing(**({"delivery": delivery} if delivery else {})))
    context.clock.set(advance=days * DAY)
    with pytest.raises(Refused, match="action_not_supported"):
        await passeport.act(filed.reference, action, answer)
    assert kinds(context) == ["pre_application"]


async def test_files_outlive_the_process(open_context, tmp_path, filing):
    new = msgspec.json.decode(msgspec.json.encode(pre_application.body(filing())), type=NewFile)
    lodged = Applications(open_context(tmp_path / "sandbox.sqlite")).create(new)
    found = Applications(open_context(tmp_path / "sandbox.sqlite")).get(lodged["numero"])
    assert found["historique"] == lodged["historique"]


async def test_a_body_that_is_no_demand_is_refused_in_the_portals_own_words(passeport):
    for body in (b"{", b"[]", b'{"reference_client": 1}'):
        answer = await passeport.portal_client.client.post("/pre-demandes", content=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "pre_demande_invalide")

"""The stand-in over a real socket, through the connector that uses it: the life of a demand."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from gateway.connectors.contract import Attachment, CaseStatus, Milestone, Refused, Related
from plugins.chikaya import mapping
from plugins.chikaya.sandbox.intake import MOST_BYTES

PDF = b"%PDF-1.4\r\n\x00\xff\r\n--x--\r\n"


def evidence(content=PDF, media_type="application/pdf", filename="avis.pdf", id="att_1"):
    return Attachment(id=id, filename=filename, media_type=media_type, content=content)


async def refusal(call):
    with pytest.raises(Refused) as refused:
        await call
    return refused.value


async def states(counter, number, *days):
    """What the portal says after each of these further days."""
    seen = [(await counter.chikaya.progress(number)).portal_status]
    for day in days:
        counter.days_pass(day)
        seen.append((await counter.chikaya.progress(number)).portal_status)
    return seen


@pytest.mark.parametrize("service", ["complaint", "complaint-consulate", "observation", "suggestion"])
async def test_each_service_is_acknowledged_at_once_and_answered_in_time(counter, filing, service):
    filed = await counter.chikaya.file(filing(service))
    assert (filed.progress.status, filed.progress.milestone) == (CaseStatus.RECEIVED, Milestone.CREATED)
    assert [each.id for each in filed.progress.documents] == ["accuse"]
    assert (filed.access, filed.progress.ask) == ({}, None)
    assert await states(counter, filed.reference, 1, 4, 3, 22) == [
        "deposee", "en_tri", "recevable", "en_instruction", "repondue",
    ]  # fmt: skip
    answered = await counter.chikaya.progress(filed.reference)
    assert (answered.status, answered.milestone) == (CaseStatus.COMPLETED, Milestone.READY)
    assert [each.id for each in answered.documents] == ["accuse", "reponse"]
    assert (answered.ask.type, answered.ask.optional, answered.ask.options) == ("rate", True, ["1", "2", "3", "4", "5"])
    assert answered.ask.until == answered.steps[-1].at + timedelta(days=7)


async def test_the_letters_tell_the_deadlines_and_the_mediator(counter):
    number = await counter.lodged()
    letter = await counter.chikaya.document(number, "accuse")
    text = letter.content.decode()
    filed = counter.desk.clock.now()
    for days in (15, 60):
        assert f"{filed + timedelta(days=days):%d/%m/%Y}" in text
    assert "Médiateur" in text
    assert "الوسيط" in text
    assert (await refusal(counter.chikaya.document(number, "reponse"))).code == "document_not_found"


@pytest.mark.parametrize(
    ("mark", "reason"),
    [("IRRECEVABLE", "not_competent"), ("IMPRECIS", "too_vague"), ("DEJA TRAITEE", "already_answered")],
)
async def test_an_inadmissible_demand_is_rejected_with_its_reason(counter, mark, reason):
    number = await counter.lodged(f"{mark} : essai")
    assert await states(counter, number, 5, 60) == ["deposee", "irrecevable", "irrecevable"]
    ended = await counter.chikaya.progress(number)
    assert (ended.status, ended.reason, ended.ask) == (CaseStatus.REJECTED, reason, None)
    assert [each.id for each in ended.documents] == ["accuse", "notification"]


async def test_a_redirected_demand_says_where_it_is_and_takes_longer(counter):
    number = await counter.lodged("A REORIENTER")
    assert await states(counter, number, 5, 13, 12, 10) == [
        "deposee", "reorientee", "en_instruction", "en_instruction", "repondue",
    ]  # fmt: skip
    steps = (await counter.chikaya.progress(number)).steps
    assert [each.place for each in steps][:3] == ["Barid Al-Maghrib", "Barid Al-Maghrib", "Chef du gouvernement"]


async def test_a_word_that_the_portal_never_used_is_under_way_with_a_warning_and_then_goes_on(counter):
    number = await counter.lodged("MOT NOUVEAU")
    counter.days_pass(9)
    odd = await counter.chikaya.progress(number)
    assert (odd.status, odd.warnings) == (CaseStatus.IN_PROGRESS, ["portal_status_unknown"])
    counter.days_pass(30)
    assert (await counter.chikaya.progress(number)).status is CaseStatus.COMPLETED


async def test_a_matter_before_a_court_is_refused_and_leaves_nothing(counter, filing):
    refused = await refusal(counter.chikaya.file(filing(before_court=True)))
    assert (refused.code, refused.fields) == ("before_court", {"/before_court": "before_court"})
    assert counter.effects() == []


async def test_an_administration_that_the_portal_does_not_have_is_named(counter, filing):
    form = filing(about={"type": "tax-office"})
    refused = await refusal(counter.chikaya.file(form))
    assert (refused.code, refused.fields) == ("category_unknown", {"/about/type": "category_unknown"})


# --- Files --------------------------------------------------------------------------------------------------------


async def test_files_arrive_whole_and_so_does_the_case_they_are_about(counter, filing):
    files = [evidence(), evidence(b"\x89PNG\r\n", "image/png", 'صورة "1".png', "att_2")]
    case = "case_01k8zjq5v3n7m2p4r6s8t0w9xy"
    filed = await counter.chikaya.file(filing(attachments=files, about={"case": case}))
    kept = counter.desk.table("complaints").get(filed.reference)
    assert [(each["name"], each["media_type"]) for each in kept["attachments"]] == [
        ("avis.pdf", "application/pdf"), ('صورة "1".png', "image/png"),
    ]  # fmt: skip
    assert kept["related"] == case


async def test_the_case_that_the_gateway_relates_it_to_is_told_where_the_form_names_none(counter, filing):
    other = Related(case_id="case_other", service="echo.parcel", portal="echo", status=CaseStatus.ACTION_REQUIRED)
    filed = await counter.chikaya.file(msgspec.structs.replace(filing(), related=other))
    assert counter.desk.table("complaints").get(filed.reference)["related"] == "case_other"


@pytest.mark.parametrize(
    "files",
    [
        [evidence(b"MZ\x90", "application/pdf")],
        [evidence(b"<svg/>", "image/svg+xml")],
        [evidence(PDF + bytes(MOST_BYTES))],
        [evidence()] * 6,
    ],
    ids=["not what it says", "another kind", "too large", "too many"],
)
async def test_a_file_the_portal_does_not_take_is_refused_and_leaves_nothing(counter, filing, files):
    refused = await refusal(counter.chikaya.file(filing(attachments=files)))
    assert (refused.code, refused.fields) == ("attachment_refused", {"/evidence": "attachment_refused"})
    assert counter.effects() == []


async def test_a_file_that_was_exchanged_on_the_way_is_refused(counter, filing):
    (name, told), _ = mapping.parts(filing(attachments=[evidence()]), notify_url="http://127.0.0.1:1/status")
    exchanged = ("attachment", ("avis.pdf", PDF + b"more", "application/pdf"))
    answer = await counter.http.post("/complaints", files=[(name, told), exchanged])
    assert (answer.status_code, answer.json()["error"]) == (422, "piece_refusee")
    answer = await counter.http.post("/complaints", files=[(name, told)])
    assert (answer.status_code, answer.json()["error"]) == (422, "piece_refusee")
    assert counter.effects() == []


# --- Finding, tracking, taking back -------------------------------------------------------------------------------


async def test_a_demand_is_found_by_its_key_and_a_blind_resend_shows(counter, filing):
    assert await counter.chikaya.find("key-1") is None
    first = await counter.chikaya.file(filing())
    await counter.chikaya.file(filing(key="key-2"))
    assert (await counter.chikaya.find("key-1")).reference == first.reference
    await counter.chikaya.file(filing())
    assert counter.effects() == ["complaint"] * 3


async def test_tracking_needs_the_number_and_the_address_that_go_together(counter):
    number = await counter.lodged()
    tracked = await counter.chikaya.track(number, email=" Amina.ElFassi@example.org")
    assert (tracked.reference, tracked.status, tracked.documents) == (number, CaseStatus.RECEIVED, [])
    for reference, email in ((number, "other@example.org"), ("CH-2025-999999", "amina.elfassi@example.org")):
        assert (await refusal(counter.chikaya.track(reference, email=email))).code == "not_found_at_portal"


async def test_a_demand_can_be_taken_back_until_there_is_an_answer(counter):
    early, late = await counter.lodged(), await counter.lodged(key="key-2")
    counter.days_pass(9)
    withdrawn = await counter.chikaya.withdraw(early)
    assert await counter.chikaya.withdraw(early) == withdrawn
    assert withdrawn.status is CaseStatus.WITHDRAWN
    counter.days_pass(30)
    assert (await counter.chikaya.progress(early)).steps == withdrawn.steps
    assert (await refusal(counter.chikaya.withdraw(late))).code == "too_late"
    assert counter.effects() == ["complaint", "complaint", "withdrawal"]


async def test_an_unknown_demand_is_not_found(counter):
    for call in (counter.chikaya.progress, counter.chikaya.withdraw):
        assert (await refusal(call("CH-2025-999999"))).code == "not_found_at_portal"


# --- After the answer ---------------------------------------------------------------------------------------------


async def answered(counter, subject="", **more):
    number = await counter.lodged(subject, **more)
    counter.days_pass(31)
    return number


def rate(counter, number, choice):
    return counter.chikaya.act(number, "rate", {"choice": choice})


def appeal(counter, number, choice):
    return counter.chikaya.act(number, "appeal", {"choice": choice, "text": "Ce n'est pas ma question."})


async def test_a_rating_counts_once_and_what_can_be_done_comes_next(counter):
    number = await answered(counter)
    rated = await rate(counter, number, "2")
    assert rated.status is CaseStatus.COMPLETED
    assert (rated.ask.type, rated.ask.code, rated.ask.options) == ("appeal", "answer_contested", ["reopen", "mediator"])
    assert await rate(counter, number, "2") == rated
    assert (await refusal(rate(counter, number, "5"))).code == "already_rated"
    assert counter.effects() == ["complaint", "rating"]


async def test_rating_is_open_for_a_week_and_never_before_the_answer(counter):
    number = await counter.lodged()
    assert (await refusal(rate(counter, number, "5"))).code == "rating_not_open"
    counter.days_pass(37.5)
    assert (await counter.chikaya.progress(number)).ask.type == "appeal"
    assert (await refusal(rate(counter, number, "5"))).code == "rating_not_open"


async def test_a_re_opened_complaint_is_answered_again_and_then_the_mediator_is_left(counter):
    number = await answered(counter)
    reopened = await appeal(counter, number, "reopen")
    assert (reopened.status, reopened.portal_status, reopened.ask) == (CaseStatus.IN_PROGRESS, "rouverte", None)
    assert await appeal(counter, number, "reopen") == reopened
    assert counter.desk.table("complaints").get(number)["words"] == ["Ce n'est pas ma question."]
    counter.days_pass(15)
    again = await counter.chikaya.progress(number)
    assert again.status is CaseStatus.COMPLETED
    assert [each.id for each in again.documents] == ["accuse", "reponse", "reponse-2"]
    assert (await counter.chikaya.document(number, "reponse-2")).content
    rated = await rate(counter, number, "3")
    assert rated.ask.options == ["mediator"]
    assert (await refusal(appeal(counter, number, "reopen"))).code == "appeal_not_open"
    assert counter.effects() == ["complaint", "reopening", "rating"]


async def test_re_opening_is_possible_for_thirty_days_and_the_mediator_always(counter):
    number = await answered(counter)
    counter.days_pass(30)
    ask = (await counter.chikaya.progress(number)).ask
    assert (ask.options, ask.until) == (["mediator"], None)
    assert (await refusal(appeal(counter, number, "reopen"))).code == "appeal_not_open"


async def test_the_mediator_takes_the_file_once_and_recommends(counter):
    number = await answered(counter)
    handed = await appeal(counter, number, "mediator")
    assert (handed.status, handed.steps[-1].place) == (CaseStatus.IN_PROGRESS, "Médiateur du Royaume")
    assert await appeal(counter, number, "mediator") == handed
    counter.days_pass(30)
    ended = await counter.chikaya.progress(number)
    assert (ended.status, ended.documents[-1].id, ended.ask) == (CaseStatus.COMPLETED, "recommandation", None)
    assert counter.effects() == ["complaint", "mediation"]


async def test_sixty_days_without_an_answer_open_the_way_to_the_mediator(counter):
    number = await counter.lodged("SANS REPONSE")
    counter.days_pass(59)
    assert (await counter.chikaya.progress(number)).ask is None
    assert (await refusal(appeal(counter, number, "mediator"))).code == "appeal_not_open"
    counter.days_pass(1)
    overdue = await counter.chikaya.progress(number)
    assert overdue.status is CaseStatus.IN_PROGRESS
    assert (overdue.ask.code, overdue.ask.options, overdue.ask.optional) == ("answer_overdue", ["mediator"], True)
    assert (await appeal(counter, number, "mediator")).portal_status == "transmise_mediateur"


@pytest.mark.parametrize("service", ["observation", "suggestion"])
async def test_who_only_suggests_is_asked_for_a_rating_and_has_nothing_to_appeal(counter, filing, service):
    number = (await counter.chikaya.file(filing(service))).reference
    counter.days_pass(31)
    assert (await rate(counter, number, "5")).ask is None
    assert (await refusal(appeal(counter, number, "mediator"))).code == "appeal_not_open"


# --- Messages that are none ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "files",
    [
        [("attachment", ("a.pdf", PDF, "application/pdf"))],
        [("complaint", (None, b"{", "application/json"))],
        [("complaint", (None, b"{}", "application/json"))],
        [("complaint", (None, b"{}", "application/json"))] * 2,
        [("complaint", ("c.json", b"{}", "application/json"))],
        [("else", (None, b"{}", "application/json"))],
    ],
)
async def test_a_message_that_is_no_demand_is_refused_in_the_portals_own_words(counter, files):
    answer = await counter.http.post("/complaints", files=files)
    assert (answer.status_code, answer.json()["error"]) == (400, "demande_invalide")


@pytest.mark.parametrize("body", [b"", b"{", b'{"score":6}', b'{"score":"5"}', b'{"score":"\xe9"}'])
async def test_a_rating_that_is_none_is_refused(counter, body):
    number = await answered(counter)
    answer = await counter.http.post(f"/complaints/{number}/rating", content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "demande_invalide")


async def test_demands_outlive_the_process(counter):
    number = await counter.lodged()
    before = msgspec.json.encode(await counter.chikaya.progress(number))
    await counter.restart()
    assert msgspec.json.encode(await counter.chikaya.progress(number)) == before

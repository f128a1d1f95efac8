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


async def states(sandbox_portal, number, *days):
    """What the portal says after each of these further days."""
    seen = [(await sandbox_portal.chikaya.progress(number)).portal_status]
    for day in days:
        sandbox_portal.days_pass(day)
        seen.append((await sandbox_portal.chikaya.progress(number)).portal_status)
    return seen


@pytest.mark.parametrize("service", ["complaint", "complaint-consulate", "observation", "suggestion"])
async def test_each_service_is_acknowledged_at_once_and_answered_in_time(sandbox_portal, filing, service):
    filed = await sandbox_portal.chikaya.file(filing(service))
    assert (filed.progress.status, filed.progress.milestone) == (CaseStatus.RECEIVED, Milestone.CREATED)
    assert [each.id for each in filed.progress.documents] == ["accuse"]
    assert (filed.access, filed.progress.ask) == ({}, None)
    assert await states(sandbox_portal, filed.reference, 1, 4, 3, 22) == [
        "deposee", "en_tri", "recevable", "en_instruction", "repondue",
    ]  # fmt: skip
    answered = await sandbox_portal.chikaya.progress(filed.reference)
    assert (answered.status, answered.milestone) == (CaseStatus.COMPLETED, Milestone.READY)
    assert [each.id for each in answered.documents] == ["accuse", "reponse"]
    assert (answered.ask.type, answered.ask.optional, answered.ask.options) == ("rate", True, ["1", "2", "3", "4", "5"])
    assert answered.ask.until == answered.steps[-1].at + timedelta(days=7)


async def test_the_letters_tell_the_deadlines_and_the_mediator(sandbox_portal):
    number = await sandbox_portal.lodged()
    letter = await sandbox_portal.chikaya.document(number, "accuse")
    text = letter.content.decode()
    filed = sandbox_portal.context.clock.now()
    for days in (15, 60):
        assert f"{filed + timedelta(days=days):%d/%m/%Y}" in text
    assert "Médiateur" in text
    assert "الوسيط" in text
    assert (await refusal(sandbox_portal.chikaya.document(number, "reponse"))).code == "document_not_found"


@pytest.mark.parametrize(
    ("mark", "reason"),
    [("IRRECEVABLE", "not_competent"), ("IMPRECIS", "too_vague"), ("DEJA TRAITEE", "already_answered")],
)
async def test_an_inadmissible_demand_is_rejected_with_its_reason(sandbox_portal, mark, reason):
    number = await sandbox_portal.lodged(f"{mark} : essai")
    assert await states(sandbox_portal, number, 5, 60) == ["deposee", "irrecevable", "irrecevable"]
    ended = await sandbox_portal.chikaya.progress(number)
    assert (ended.status, ended.reason, ended.ask) == (CaseStatus.REJECTED, reason, None)
    assert [each.id for each in ended.documents] == ["accuse", "notification"]


async def test_a_redirected_demand_says_where_it_is_and_takes_longer(sandbox_portal):
    number = await sandbox_portal.lodged("A REORIENTER")
    assert await states(sandbox_portal, number, 5, 13, 12, 10) == [
        "deposee", "reorientee", "en_instruction", "en_instruction", "repondue",
    ]  # fmt: skip
    steps = (await sandbox_portal.chikaya.progress(number)).steps
    assert [each.place for each in steps][:3] == ["Barid Al-Maghrib", "Barid Al-Maghrib", "Chef du gouvernement"]


async def test_a_word_that_the_portal_never_used_is_under_way_with_a_warning_and_then_goes_on(sandbox_portal):
    number = await sandbox_portal.lodged("MOT NOUVEAU")
    sandbox_portal.days_pass(9)
    odd = await sandbox_portal.chikaya.progress(number)
    assert (odd.status, odd.warnings) == (CaseStatus.IN_PROGRESS, ["portal_status_unknown"])
    sandbox_portal.days_pass(30)
    assert (await sandbox_portal.chikaya.progress(number)).status is CaseStatus.COMPLETED


async def test_a_matter_before_a_court_is_refused_and_leaves_nothing(sandbox_portal, filing):
    refused = await refusal(sandbox_portal.chikaya.file(filing(before_court=True)))
    assert (refused.code, refused.fields) == ("before_court", {"/before_court": "before_court"})
    assert sandbox_portal.effects() == []


async def test_an_administration_that_the_portal_does_not_have_is_named(sandbox_portal, filing):
    form = filing(about={"type": "tax-office"})
    refused = await refusal(sandbox_portal.chikaya.file(form))
    assert (refused.code, refused.fields) == ("category_unknown", {"/about/type": "category_unknown"})


# --- Files --------------------------------------------------------------------------------------------------------


async def test_files_arrive_whole_and_so_does_the_case_they_are_about(sandbox_portal, filing):
    files = [evidence(), evidence(b"\x89PNG\r\n", "image/png", 'صورة "1".png', "att_2")]
    case = "case_01k8zjq5v3n7m2p4r6s8t0w9xy"
    filed = await sandbox_portal.chikaya.file(filing(attachments=files, about={"case": case}))
    kept = sandbox_portal.context.table("complaints").get(filed.reference)
    assert [(each["name"], each["media_type"]) for each in kept["attachments"]] == [
        ("avis.pdf", "application/pdf"), ('صورة "1".png', "image/png"),
    ]  # fmt: skip
    assert kept["related"] == case


async def test_the_case_that_the_gateway_relates_it_to_is_told_where_the_form_names_none(sandbox_portal, filing):
    other = Related(case_id="case_other", service="echo.parcel", portal="echo", status=CaseStatus.ACTION_REQUIRED)
    filed = await sandbox_portal.chikaya.file(msgspec.structs.replace(filing(), related=other))
    assert sandbox_portal.context.table("complaints").get(filed.reference)["related"] == "case_other"


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
async def test_a_file_the_portal_does_not_take_is_refused_and_leaves_nothing(sandbox_portal, filing, files):
    refused = await refusal(sandbox_portal.chikaya.file(filing(attachments=files)))
    assert (refused.code, refused.fields) == ("attachment_refused", {"/evidence": "attachment_refused"})
    assert sandbox_portal.effects() == []


async def test_a_file_that_was_exchanged_on_the_way_is_refused(sandbox_portal, filing):
    (name, told), _ = mapping.parts(filing(attachments=[evidence()]), notify_url="http://127.0.0.1:1/status")
    exchanged = ("attachment", ("avis.pdf", PDF + b"more", "application/pdf"))
    answer = await sandbox_portal.http.post("/complaints", files=[(name, told), exchanged])
    assert (answer.status_code, answer.json()["error"]) == (422, "piece_refusee")
    answer = await sandbox_portal.http.post("/complaints", files=[(name, told)])
    assert (answer.status_code, answer.json()["error"]) == (422, "piece_refusee")
    assert sandbox_portal.effects() == []


# --- Finding, tracking, taking back -------------------------------------------------------------------------------


async def test_a_demand_is_found_by_its_key_and_a_blind_resend_shows(sandbox_portal, filing):
    assert await sandbox_portal.chikaya.find("key-1") is None
    first = await sandbox_portal.chikaya.file(filing())
    await sandbox_portal.chikaya.file(filing(key="key-2"))
    assert (await sandbox_portal.chikaya.find("key-1")).reference == first.reference
    await sandbox_portal.chikaya.file(filing())
    assert sandbox_portal.effects() == ["complaint"] * 3


async def test_tracking_needs_the_number_and_the_address_that_go_together(sandbox_portal):
    number = await sandbox_portal.lodged()
    tracked = await sandbox_portal.chikaya.track(number, email=" Amina.ElFassi@example.org")
    assert (tracked.reference, tracked.status, tracked.documents) == (number, CaseStatus.RECEIVED, [])
    for reference, email in ((number, "other@example.org"), ("CH-2025-999999", "amina.elfassi@example.org")):
        assert (await refusal(sandbox_portal.chikaya.track(reference, email=email))).code == "not_found_at_portal"


async def test_a_demand_can_be_taken_back_until_there_is_an_answer(sandbox_portal):
    early, late = await sandbox_portal.lodged(), await sandbox_portal.lodged(key="key-2")
    sandbox_portal.days_pass(9)
    withdrawn = await sandbox_portal.chikaya.withdraw(early)
    assert await sandbox_portal.chikaya.withdraw(early) == withdrawn
    assert withdrawn.status is CaseStatus.WITHDRAWN
    sandbox_portal.days_pass(30)
    assert (await sandbox_portal.chikaya.progress(early)).steps == withdrawn.steps
    assert (await refusal(sandbox_portal.chikaya.withdraw(late))).code == "too_late"
    assert sandbox_portal.effects() == ["complaint", "complaint", "withdrawal"]


async def test_an_unknown_demand_is_not_found(sandbox_portal):
    for call in (sandbox_portal.chikaya.progress, sandbox_portal.chikaya.withdraw):
        assert (await refusal(call("CH-2025-999999"))).code == "not_found_at_portal"


# --- After the answer ---------------------------------------------------------------------------------------------


async def answered(sandbox_portal, subject="", **more):
    number = await sandbox_portal.lodged(subject, **more)
    sandbox_portal.days_pass(31)
    return number


def rate(sandbox_portal, number, choice):
    return sandbox_portal.chikaya.act(number, "rate", {"choice": choice})


def appeal(sandbox_portal, number, choice):
    return sandbox_portal.chikaya.act(number, "appeal", {"choice": choice, "text": "Ce n'est pas ma question."})


async def test_a_rating_counts_once_and_what_can_be_done_comes_next(sandbox_portal):
    number = await answered(sandbox_portal)
    rated = await rate(sandbox_portal, number, "2")
    assert rated.status is CaseStatus.COMPLETED
    assert (rated.ask.type, rated.ask.code, rated.ask.options) == ("appeal", "answer_contested", ["reopen", "mediator"])
    assert await rate(sandbox_portal, number, "2") == rated
    assert (await refusal(rate(sandbox_portal, number, "5"))).code == "already_rated"
    assert sandbox_portal.effects() == ["complaint", "rating"]


async def test_rating_is_open_for_a_week_and_never_before_the_answer(sandbox_portal):
    number = await sandbox_portal.lodged()
    assert (await refusal(rate(sandbox_portal, number, "5"))).code == "rating_not_open"
    sandbox_portal.days_pass(37.5)
    assert (await sandbox_portal.chikaya.progress(number)).ask.type == "appeal"
    assert (await refusal(rate(sandbox_portal, number, "5"))).code == "rating_not_open"


async def test_a_re_opened_complaint_is_answered_again_and_then_the_mediator_is_left(sandbox_portal):
    number = await answered(sandbox_portal)
    reopened = await appeal(sandbox_portal, number, "reopen")
    assert (reopened.status, reopened.portal_status, reopened.ask) == (CaseStatus.IN_PROGRESS, "rouverte", None)
    assert await appeal(sandbox_portal, number, "reopen") == reopened
    assert sandbox_portal.context.table("complaints").get(number)["words"] == ["Ce n'est pas ma question."]
    sandbox_portal.days_pass(15)
    again = await sandbox_portal.chikaya.progress(number)
    assert again.status is CaseStatus.COMPLETED
    assert [each.id for each in again.documents] == ["accuse", "reponse", "reponse-2"]
    assert (await sandbox_portal.chikaya.document(number, "reponse-2")).content
    rated = await rate(sandbox_portal, number, "3")
    assert rated.ask.options == ["mediator"]
    assert (await refusal(appeal(sandbox_portal, number, "reopen"))).code == "appeal_not_open"
    assert sandbox_portal.effects() == ["complaint", "reopening", "rating"]


async def test_re_opening_is_possible_for_thirty_days_and_the_mediator_always(sandbox_portal):
    number = await answered(sandbox_portal)
    sandbox_portal.days_pass(30)
    ask = (await sandbox_portal.chikaya.progress(number)).ask
    assert (ask.options, ask.until) == (["mediator"], None)
    assert (await refusal(appeal(sandbox_portal, number, "reopen"))).code == "appeal_not_open"


async def test_the_mediator_takes_the_file_once_and_recommends(sandbox_portal):
    number = await answered(sandbox_portal)
    handed = await appeal(sandbox_portal, number, "mediator")
    assert (handed.status, handed.steps[-1].place) == (CaseStatus.IN_PROGRESS, "Médiateur du Royaume")
    assert await appeal(sandbox_portal, number, "mediator") == handed
    sandbox_portal.days_pass(30)
    ended = await sandbox_portal.chikaya.progress(number)
    assert (ended.status, ended.documents[-1].id, ended.ask) == (CaseStatus.COMPLETED, "recommandation", None)
    assert sandbox_portal.effects() == ["complaint", "mediation"]


async def test_sixty_days_without_an_answer_open_the_way_to_the_mediator(sandbox_portal):
    number = await sandbox_portal.lodged("SANS REPONSE")
    sandbox_portal.days_pass(59)
    assert (await sandbox_portal.chikaya.progress(number)).ask is None
    assert (await refusal(appeal(sandbox_portal, number, "mediator"))).code == "appeal_not_open"
    sandbox_portal.days_pass(1)
    overdue = await sandbox_portal.chikaya.progress(number)
    assert overdue.status is CaseStatus.IN_PROGRESS
    assert (overdue.ask.code, overdue.ask.options, overdue.ask.optional) == ("answer_overdue", ["mediator"], True)
    assert (await appeal(sandbox_portal, number, "mediator")).portal_status == "transmise_mediateur"


@pytest.mark.parametrize("service", ["observation", "suggestion"])
async def test_who_only_suggests_is_asked_for_a_rating_and_has_nothing_to_appeal(sandbox_portal, filing, service):
    number = (await sandbox_portal.chikaya.file(filing(service))).reference
    sandbox_portal.days_pass(31)
    assert (await rate(sandbox_portal, number, "5")).ask is None
    assert (await refusal(appeal(sandbox_portal, number, "mediator"))).code == "appeal_not_open"


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
async def test_a_message_that_is_no_demand_is_refused_in_the_portals_own_words(sandbox_portal, files):
    answer = await sandbox_portal.http.post("/complaints", files=files)
    assert (answer.status_code, answer.json()["error"]) == (400, "demande_invalide")


@pytest.mark.parametrize("body", [b"", b"{", b'{"score":6}', b'{"score":"5"}', b'{"score":"\xe9"}'])
async def test_a_rating_that_is_none_is_refused(sandbox_portal, body):
    number = await answered(sandbox_portal)
    answer = await sandbox_portal.http.post(f"/complaints/{number}/rating", content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "demande_invalide")


async def test_demands_outlive_the_process(sandbox_portal):
    number = await sandbox_portal.lodged()
    before = msgspec.json.encode(await sandbox_portal.chikaya.progress(number))
    await sandbox_portal.restart()
    assert msgspec.json.encode(await sandbox_portal.chikaya.progress(number)) == before

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from gateway.connectors.authoring import (
    PDF,
    Attachment,
    CaseStatus,
    Milestone,
    Money,
    Refused,
    UnexpectedAnswer,
    document,
    document_in_address,
    in_address,
    in_morocco,
    wall_clock,
)
from plugins.rokhas import demand, mapping
from plugins.rokhas.sandbox import permits

AT = "02/11/2026 09:30:00"


def instant(wall: str) -> datetime:
    return in_morocco(wall_clock(wall, seconds=True))


def entry(label: str, status: str = "done", at: str | None = AT) -> dict[str, str | None]:
    return {"LABEL": label, "START_TIME": at, "STATUS": status}


def answer(*historic: dict, **more: object) -> bytes:
    body = {
        "REFERENCE": "PC-2026-000001",
        "CLIENT_REFERENCE": "key-1",
        "historic": list(historic),
        "COMPLEMENT": None,
        "TAXE": None,
        "MOTIF": None,
        "DOCUMENTS": [],
    }
    return msgspec.json.encode(body | more)


PERMIT = {"ID": "permis", "TITRE": "Permis", "TYPE_MIME": "application/pdf"}
WHOLE = {
    "COMPLEMENT": {"MOTIF": "piece_manquante"},
    "TAXE": {"MONTANT": "12.50", "ACQUITTE": False},
    "DOCUMENTS": [PERMIT],
}


@pytest.mark.parametrize("label", mapping.STEPS)
def test_a_known_step_raises_no_warning(label):
    status, milestone = mapping.STEPS[label]
    word = "active" if status is CaseStatus.ACTION_REQUIRED else "done"
    progress = mapping.progress(answer(entry(f"{label} V12", word), **WHOLE))
    assert (progress.status, progress.milestone, progress.portal_status) == (status, milestone, label)
    assert (progress.steps[0].label, progress.steps[0].milestone) == (label, milestone)
    assert progress.warnings == []


@pytest.mark.parametrize("label", ["PERMIS DELIVRE V12", "permis  délivré V3", "Permis délivré V12 ", "Permis délivré"])
def test_capitals_accents_and_versions_do_not_count(label):
    assert mapping.progress(answer(entry(label), **WHOLE)).status is CaseStatus.COMPLETED


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ("Avis favorable V12", "Avis favorable"),
        ("Avis favorable V1", "Avis favorable"),
        ("Plan V12 modifié", "Plan V12 modifié"),
        ("Plan V2 modifié V12", "Plan V2 modifié"),
        ("Zone V", "Zone V"),
        ("Zone V1234", "Zone V1234"),
        ("Zone V12a", "Zone V12a"),
        ("Zone v12", "Zone v12"),
        ("ZoneV12", "ZoneV12"),
        ("V12", "V12"),
        ("Zone V١٢", "Zone V١٢"),
    ],
)
def test_only_a_version_at_the_very_end_is_cut_off(label, kept):
    assert mapping.without_version(label) == kept


@pytest.mark.parametrize("label", ["Permis délivré", "Refus notifié", "Désistement du demandeur"])
@pytest.mark.parametrize("word", ["active", "approved", "", "DONE"])
def test_an_end_counts_only_when_it_is_done(label, word):
    progress = mapping.progress(answer(entry(label, word), **WHOLE))
    assert (progress.status, progress.milestone, progress.steps[0].milestone) == (CaseStatus.IN_PROGRESS, None, None)
    assert progress.warnings == ([] if word == "active" else ["portal_status_unknown"])


@pytest.mark.parametrize("label", ["Dossier ajourné", "Liquidation des taxes"])
def test_nothing_is_asked_any_more_once_the_step_is_done(label):
    progress = mapping.progress(answer(entry(label, "done"), **WHOLE))
    assert (progress.status, progress.ask) == (CaseStatus.IN_PROGRESS, None)


@pytest.mark.parametrize(
    ("label", "more"),
    [
        ("Dossier ajourné", {**WHOLE, "COMPLEMENT": None}),
        ("Liquidation des taxes", {**WHOLE, "TAXE": None}),
        ("Liquidation des taxes", {**WHOLE, "TAXE": {"MONTANT": "12.50", "ACQUITTE": True}}),
    ],
)
def test_nothing_is_asked_that_the_portal_does_not_name(label, more):
    progress = mapping.progress(answer(entry(label, "active"), **more))
    assert (progress.status, progress.ask) == (CaseStatus.IN_PROGRESS, None)
    assert progress.warnings == ["portal_status_contradictory"]


def test_a_permit_that_is_not_there_is_not_delivered():
    progress = mapping.progress(answer(entry("Permis délivré"), **{**WHOLE, "DOCUMENTS": []}))
    assert (progress.status, progress.milestone) == (CaseStatus.IN_PROGRESS, Milestone.PROCESSING)
    assert progress.warnings == ["portal_status_contradictory"]


def test_the_newest_step_counts_in_whatever_order_they_come():
    steps = [
        entry("Examen par la commission", "active", "05/11/2026 09:30:00"),
        entry("Signature du président", "pending", None),
        entry("Dépôt du dossier", "done", "02/11/2026 09:30:00"),
    ]
    progress = mapping.progress(answer(*steps))
    assert progress.portal_status == "Examen par la commission"
    assert [step.label for step in progress.steps] == ["Dépôt du dossier", "Examen par la commission"]


def test_steps_of_an_hour_that_comes_twice_keep_their_order():
    """On 20 September 2026 the clocks of Morocco went back from 2:00 to 1:00."""
    steps = [
        entry("Dépôt du dossier", "done", "20/09/2026 01:40:00"),
        entry("Examen par la commission", "active", "20/09/2026 01:10:00"),
    ]
    progress = mapping.progress(answer(*steps))
    assert progress.portal_status == "Examen par la commission"
    assert [step.at.minute for step in progress.steps] == [40, 10]
    assert progress.steps[1].at - progress.steps[0].at == timedelta(minutes=30)


def test_an_unknown_step_of_before_is_told_and_changes_nothing():
    steps = [entry("Avis des pompiers", "done", "01/11/2026 08:00:00"), entry("Avis favorable", "active")]
    progress = mapping.progress(answer(*steps))
    assert (progress.status, progress.portal_status) == (CaseStatus.IN_PROGRESS, "Avis favorable")
    assert progress.warnings == ["portal_step_unknown"]


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        ("04/03/2024 09:30:00", datetime(2024, 3, 4, 8, 30, tzinfo=UTC)),
        ("14/03/2024 09:30:00", datetime(2024, 3, 14, 9, 30, tzinfo=UTC)),  # in Ramadan
        ("31/12/2025 00:00:01", datetime(2025, 12, 30, 23, 0, 1, tzinfo=UTC)),
        ("31/12/2026 00:00:01", datetime(2026, 12, 31, 0, 0, 1, tzinfo=UTC)),  # UTC for good since September
    ],
)
def test_times_are_those_of_casablanca(wall, utc):
    assert instant(wall) == utc


def test_of_an_hour_that_comes_twice_the_first_is_taken():
    assert instant("18/02/2024 02:30:00") < instant("10/03/2024 02:30:00")
    twice = instant("10/03/2024 02:30:00")  # at 3:00 the clocks went back to 2:00
    assert twice == datetime(2024, 3, 10, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "wall",
    [None, "", "2026-11-02T09:30:00", "02/11/2026", "02/11/2026 09:30", "31/02/2026 09:30:00", "2/11/2026 09:30:00"],
)
def test_a_time_in_another_form_is_noticed(wall):
    with pytest.raises(ValueError, match=r"time|day"):
        mapping.progress(answer(entry("Dépôt du dossier", "active", wall)))


@pytest.mark.parametrize(
    ("amount", "expected"), [("3600.00", 360_000), ("0.05", 5), ("12.50", 1250), ("999999999.99", 99_999_999_999)]
)
def test_amounts_are_counted_in_centimes(amount, expected):
    steps = entry("Liquidation des taxes", "active")
    ask = mapping.progress(answer(steps, TAXE={"MONTANT": amount, "ACQUITTE": False})).ask
    assert (ask.type, ask.amount) == ("pay", Money(amount=expected))


@pytest.mark.parametrize("amount", ["3600", "3 600.00", "3600,00", "-3600.00", "0.00", "1e3", "", "٣٦٠٠.٠٠"])
def test_an_amount_in_another_form_is_not_guessed(amount):
    with pytest.raises(UnexpectedAnswer):
        mapping.progress(answer(entry("Liquidation des taxes", "active"), TAXE={"MONTANT": amount, "ACQUITTE": False}))


@pytest.mark.parametrize(
    "steps", [[], [entry("Dépôt du dossier", "pending", None)], [entry("Avis favorable")] * (mapping.MAX_STEPS + 1)]
)
def test_a_history_of_nothing_or_without_end_is_noticed(steps):
    with pytest.raises(UnexpectedAnswer):
        mapping.progress(answer(*steps))


@pytest.mark.parametrize(
    "member", ["REFERENCE", "CLIENT_REFERENCE", "historic", "COMPLEMENT", "TAXE", "MOTIF", "DOCUMENTS"]
)
def test_a_renamed_member_is_noticed(member):
    body = msgspec.json.decode(answer(entry("Dépôt du dossier", "active")))
    body[f"{member}_V2"] = body.pop(member)
    with pytest.raises(UnexpectedAnswer):
        mapping.progress(msgspec.json.encode(body))


@pytest.mark.parametrize("member", ["LABEL", "START_TIME", "STATUS"])
def test_a_renamed_member_of_a_step_is_noticed(member):
    step = entry("Permis délivré")
    step[member.lower()] = step.pop(member)
    with pytest.raises(UnexpectedAnswer):
        mapping.tracked("PC-2026-000001", answer(step))


def test_a_new_member_changes_nothing():
    assert mapping.progress(answer(entry("Dépôt du dossier", "active"), COMMUNE="Fès")).status is CaseStatus.RECEIVED


def test_the_history_of_another_demand_is_not_taken_for_the_one_asked_for():
    with pytest.raises(UnexpectedAnswer):
        mapping.tracked("PC-2026-000002", answer(entry("Permis délivré")))


def test_bytes_of_another_alphabet_are_not_passed_on():
    body = answer(entry("Dépôt du dossier", "active")).replace("Dépôt".encode(), "إيداع".encode("cp1256"))
    with pytest.raises(UnexpectedAnswer):
        mapping.progress(body)


@pytest.mark.parametrize(
    ("motive", "reason"),
    [
        ("securite", "safety_not_assured"),
        ("motif_nouveau", "commission_unfavourable"),
        (None, "commission_unfavourable"),
    ],
)
def test_a_refusal_always_has_a_reason(motive, reason):
    assert mapping.progress(answer(entry("Refus notifié"), MOTIF=motive)).reason == reason


def test_a_motive_without_a_refusal_is_no_reason():
    assert mapping.progress(answer(entry("Avis favorable", "active"), MOTIF="securite")).reason == ""


def test_every_word_of_the_sandbox_is_in_the_tables():
    assert set(permits.PAPERS) | permits.ENDS <= set(mapping.STEPS)
    assert {kind for _, kind in demand.TYPES.values()} == set(permits.PREFIXES)


# --- What is sent -------------------------------------------------------------------------------------------------


def test_a_demand_carries_every_answer_of_the_form(filing):
    submission = filing("construction-permit")
    sent = demand.body(submission)
    assert (sent["FAMILLE"], sent["TYPE"], sent["CLIENT_REFERENCE"]) == ("URBANISME", "PERMIS_CONSTRUIRE", "key-1")
    assert list(sent["PROJET"].values()) == list(submission.form["project"].values())
    assert list(sent["TERRAIN"].values()) == list(submission.form["land"].values())
    assert list(sent["CONTACT"].values()) == list(submission.form["contact"].values())


def test_an_owner_is_a_person_or_a_company_and_not_both(filing):
    both = {"kind": "company", "name": "Dar Chay SARL", "cnie": "AB123456", "trade_register": "45871"}
    sent = demand.body(filing(owner=both))["PROPRIETAIRE"]
    assert sent == {"NOM": "Dar Chay SARL", "CNIE": None, "RC": "45871"}
    sent = demand.body(filing(owner={**both, "kind": "person"}))["PROPRIETAIRE"]
    assert sent == {"NOM": "Dar Chay SARL", "CNIE": "AB123456", "RC": None}


@pytest.mark.parametrize(("language", "sent"), [("ar", "ar"), ("fr", "fr"), ("en", "fr")])
def test_the_portal_speaks_arabic_and_french(filing, language, sent):
    assert demand.body(msgspec.structs.replace(filing(), language=language))["LANGUE"] == sent


def test_a_service_that_rokhas_does_not_have_is_refused(filing):
    with pytest.raises(Refused, match="service_not_offered"):
        demand.body(msgspec.structs.replace(filing(), service="rokhas.divorce"))


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("AB123456", "AB123456"),
        ("ab 123456", "AB123456"),
        ("RC 45871", "45871"),
        ("45871", "45871"),
        ("E-445566", "E445566"),
    ],
)
def test_an_owner_may_write_the_number_as_people_do(given, sent):
    assert demand.public_question("PC-1", given)["PROPRIETAIRE"] == sent


@pytest.mark.parametrize(
    "given", ["", "x", "ABC12345", "12345678901", "AB000001", "ıb12345", "ﬁ12345", "AB123456'--", "٤٥٨٧١"]
)
def test_what_is_no_number_of_an_owner_is_not_sent(given):
    with pytest.raises(Refused, match="owner_id_invalid"):
        demand.public_question("PC-1", given)


def test_the_same_papers_have_the_same_key_and_others_another():
    def key(*ids: str) -> str:
        papers = [Attachment(id=id, filename="a", media_type="application/pdf", content=b"x") for id in ids]
        return demand.answered("provide_document", {"attachments": papers})[1]["CLIENT_REFERENCE"]

    assert key("att_1", "att_2") == key("att_1", "att_2")
    assert len({key("att_1"), key("att_2"), key("att_1", "att_2")}) == 3


@pytest.mark.parametrize(
    ("action", "answer", "code"),
    [
        ("pay", {}, "stamp_invalid"),
        ("pay", {"stamp": "12"}, "stamp_invalid"),
        ("pay", {"stamp": "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦"}, "stamp_invalid"),
        ("provide_document", {}, "attachments_missing"),
        ("provide_document", {"attachments": []}, "attachments_missing"),
        ("confirm", {"choice": "yes"}, "action_not_supported"),
    ],
)
def test_an_answer_that_is_none_is_not_sent(action, answer, code):
    with pytest.raises(Refused, match=code):
        demand.answered(action, answer)


@pytest.mark.parametrize("reference", ["..", "a/b", "a?b", "", "é", "a%2Fb", "x" * 41])
def test_a_reference_cannot_become_another_address(reference):
    with pytest.raises(Refused, match="not_found_at_portal"):
        in_address(reference)
    with pytest.raises(Refused, match="document_not_found"):
        document_in_address(reference)


@pytest.mark.parametrize(
    ("content_type", "content"), [("text/html", b"<html>"), ("application/pdf", b"<html>"), ("text/html", b"%PDF-1.4")]
)
def test_an_error_page_is_not_a_document(content_type, content):
    with pytest.raises(UnexpectedAnswer):
        document("PC-1", "permis", httpx.Response(200, headers={"content-type": content_type}, content=content), PDF)

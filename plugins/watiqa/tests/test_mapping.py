from __future__ import annotations

import msgspec
import pytest

from gateway.connectors.contract import Attachment, CaseStatus, Milestone, Refused
from plugins.watiqa import mapping
from plugins.watiqa.sandbox import orders


def _answer(state: str, motive: str | None = None) -> bytes:
    return msgspec.json.encode(
        {
            "number": "WQ-2025-000001",
            "client_reference": "key-1",
            "state": state,
            "motive": motive,
            "history": [{"state": state, "at": "2025-11-03T09:00:00Z", "label": "…"}],
            "documents": [],
        }
    )


@pytest.mark.parametrize("state", mapping.STATUSES)
def test_a_known_status_raises_no_warning(state):
    progress = mapping.progress(_answer(state))
    assert (progress.status, progress.milestone) == mapping.STATUSES[state]
    assert progress.portal_status == state
    assert progress.warnings == []


@pytest.mark.parametrize("state", ["livre", "REMIS", "x" * 500])
def test_an_unknown_status_is_in_progress_with_a_warning(state):
    progress = mapping.progress(_answer(state))
    assert progress.status is CaseStatus.IN_PROGRESS
    assert progress.milestone is None
    assert progress.steps[0].milestone is None
    assert len(progress.warnings) == 1
    assert len(progress.warnings[0]) < 100


def test_only_the_hand_over_at_the_counter_completes_a_case():
    completed = [state for state, (status, _) in mapping.STATUSES.items() if status is CaseStatus.COMPLETED]
    assert completed == ["remis"]
    assert mapping.STATUSES["pret"] == (CaseStatus.IN_PROGRESS, Milestone.READY)


@pytest.mark.parametrize(
    ("motive", "reason"),
    [("acte_illisible", "act_unreadable"), ("motif_nouveau", "officer_refused"), (None, "officer_refused")],
)
def test_a_rejection_always_has_a_reason(motive, reason):
    assert mapping.progress(_answer("rejetee", motive)).reason == reason


def test_a_motive_without_a_rejection_is_no_reason():
    assert mapping.progress(_answer("traitement_bec", "acte_illisible")).reason == ""


def test_every_word_of_the_sandbox_is_in_the_tables():
    assert set(orders.LABELS) == set(mapping.STATUSES)
    assert set(orders.MOTIVES.values()) == set(mapping.MOTIVES)


def test_an_order_carries_every_answer_of_the_form(filing):
    submission = filing(delivery={"method": "pickup"})
    order = mapping.order(submission)
    assert order["document"] == "extrait_naissance"
    assert order["copies"] == 2
    assert order["registry"] == {**submission.form["registry"], "born_in": "maroc"}
    assert order["holder"] == submission.form["person"]
    assert order["parents"] == submission.form["parents"]
    assert order["act"] == {"number": "1234", "year": 1988}
    assert order["contact"] == submission.form["contact"]
    assert order["delivery"] == {"mode": "guichet", "address": None}


def test_a_registration_certificate_has_no_act_and_one_copy(filing):
    order = mapping.order(filing("consular-registration-certificate"))
    assert order["copies"] == 1
    assert order["registration"]["number"] == "LYO-2016-04521"
    assert not {"act", "registry", "parents"} & set(order)


@pytest.mark.parametrize(("language", "document"), [("ar", "ar"), ("fr", "fr"), ("en", "fr")])
def test_a_document_exists_in_arabic_and_french(filing, language, document):
    assert mapping.order(msgspec.structs.replace(filing(), language=language))["language"] == document


def test_an_attachment_travels_as_base64(filing):
    attachment = Attachment(id="att_1", filename="a.pdf", media_type="application/pdf", content=b"\x00\xff")
    [sent] = mapping.order(msgspec.structs.replace(filing(), attachments=[attachment]))["attachments"]
    assert sent == {"name": "a.pdf", "media_type": "application/pdf", "content": "AP8="}


def test_a_service_that_watiqa_does_not_have_is_refused(filing):
    with pytest.raises(Refused, match="service_not_offered"):
        mapping.order(msgspec.structs.replace(filing(), service="watiqa.criminal-record"))

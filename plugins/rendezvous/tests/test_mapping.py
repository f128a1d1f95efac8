from __future__ import annotations

import msgspec
import pytest

from gateway.connectors.contract import Attachment, CaseStatus, Refused
from plugins.rendezvous import mapping
from plugins.rendezvous.sandbox.shapes import NewRequest


def test_a_request_carries_every_answer_of_the_form(filing):
    made = filing("legalisation")
    sent = mapping.request(made)
    assert (sent["client_reference"], sent["service"], sent["post"]) == ("key-1", "legalisation", "lyon")
    assert sent["applicant"] == made.form["person"]
    assert sent["contact"] == made.form["contact"]
    assert sent["details"] == {"document": "Procuration", "copies": 1}
    msgspec.convert(sent, NewRequest)


def test_an_attachment_travels_under_the_kind_that_the_form_says(filing):
    made = filing("cnie")
    other = Attachment(id="att_more", filename="b.png", media_type="image/png", content=b"\x00\xff")
    sent = mapping.request(msgspec.structs.replace(made, attachments=[*made.attachments, other]))
    assert [each["kind"] for each in sent["documents"]] == ["extrait_naissance", "photo", "autre"]
    assert sent["documents"][2] == {"kind": "autre", "name": "b.png", "media_type": "image/png", "content": "AP8="}


def test_who_has_no_number_yet_has_none_at_the_portal_either(filing):
    made = filing("consular-registration")
    del made.form["person"]["cnie"]
    assert mapping.request(made)["applicant"]["cnie"] is None


@pytest.mark.parametrize(("language", "portal"), [("ar", "ar"), ("fr", "fr"), ("en", "fr")])
def test_the_portal_speaks_arabic_and_french(filing, language, portal):
    assert mapping.request(msgspec.structs.replace(filing(), language=language))["language"] == portal


def test_only_the_kept_appointment_completes_a_case():
    completed = [state for state, (status, _) in mapping.STATUSES.items() if status is CaseStatus.COMPLETED]
    assert completed == ["honoree"]


def test_whatever_needs_an_action_says_which():
    asking = {state for state, (status, _) in mapping.STATUSES.items() if status is CaseStatus.ACTION_REQUIRED}
    assert asking == set(mapping.REQUIRED_ACTIONS)


def test_a_choice_without_a_booking_is_refused():
    with pytest.raises(Refused, match="not_found_at_portal"):
        mapping.chosen({})

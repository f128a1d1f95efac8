from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from gateway.connectors.contract import Attachment, CaseStatus, Filing, Refused, Tracking, operations
from plugins.passeport import mapping, pre_application
from plugins.passeport.connector import Passeport
from plugins.passeport.sandbox import applications, intake
from plugins.passeport.tests.conftest import REPORT, SERVICES

PLUGIN = Path(__file__).parents[1]
README = (PLUGIN / "README.md").read_text(encoding="utf-8")


def answer(state: str, motive: str | None = None) -> bytes:
    event = {"statut": state, "le": "2025-11-03T09:00:00Z", "libelle": "…", "lieu": "Lyon"}
    file = {"numero": "PP-2025-0000001", "reference_client": "key-1", "statut": state, "motif": motive}
    return msgspec.json.encode({**file, "historique": [event], "documents": []})


def test_it_files_and_tracks_and_nothing_else():
    assert Passeport.capabilities == (Filing, Tracking)
    assert operations(Passeport)["file"].finder is Filing.find
    assert Passeport.tracking_proof == ("last_name", "first_name", "birth_date")


@pytest.mark.parametrize("state", mapping.STATUSES)
def test_a_known_state_raises_no_warning(state):
    progress = mapping.progress(answer(state, "photo_non_conforme"))
    assert (progress.status, progress.milestone) == mapping.STATUSES[state]
    assert (progress.portal_status, progress.warnings, progress.steps[0].place) == (state, [], "Lyon")


def test_only_a_passport_in_hand_completes_a_case():
    completed = [state for state, (status, _) in mapping.STATUSES.items() if status is CaseStatus.COMPLETED]
    assert completed == ["retiree", "livree"]


@pytest.mark.parametrize(
    ("motive", "reason", "warned"),
    [
        ("photo_non_conforme", "photo_not_accepted", 0),
        ("Mme El Fassi est absente", "officer_refused", 1),
        (None, "officer_refused", 1),
    ],
)
def test_a_refusal_always_has_a_reason_and_a_new_one_is_told_without_its_words(motive, reason, warned):
    progress = mapping.progress(answer("refusee", motive))
    assert (progress.reason, len(progress.warnings)) == (reason, warned)
    assert "El Fassi" not in str(progress.warnings)


def test_a_motive_without_a_refusal_is_no_reason():
    assert mapping.progress(answer("en_production", "photo_non_conforme")).reason == ""


def test_every_word_of_the_sandbox_is_in_the_tables():
    assert set(applications.LABELS) == set(mapping.STATUSES)
    assert set(applications.MOTIVES) == set(mapping.MOTIVES)


def test_the_fees_of_the_catalogue_are_what_the_portal_asks():
    for name, service in SERVICES.items():
        place = "consulat" if "consulate" in service["example"]["lodging"] else "maroc"
        amount = intake.AMOUNTS.get(pre_application.TYPES[name], intake.ADULT_AMOUNTS[place])
        assert service["fee"] == {"portal": "etimbre", "unit_amount": amount, "used": "lodging"}, name


def test_a_demand_carries_every_answer_of_the_form(filing):
    body = pre_application.body(filing("minor", passport={"number": "XA7654321"}))
    assert body["type"] == "mineur"
    assert body["lieu"] == {"cadre": "consulat", "pays": "FR", "poste": "Lyon"}
    assert body["immatriculation"] == {"poste": "Lyon", "numero": "LYO-2016-04521"}
    assert body["demandeur"] == {
        "cnie": None, "nom": "El Fassi", "prenom": "Inès", "nom_arabe": "الفاسي", "prenom_arabe": "إيناس",
        "date_naissance": "2018-05-09", "lieu_naissance": "Lyon",
    }  # fmt: skip
    assert body["tuteur"] == {
        "lien": "mere", "cnie": "AB123456", "nom": "El Fassi", "prenom": "Amina", "consentement": True,
    }  # fmt: skip
    assert body["acte_naissance"] == {"bureau": "Consulat général de Lyon", "numero": "512", "annee": 2018}
    assert body["ancien_passeport"] == {"numero": "XA7654321", "expiration": None}
    assert body["contact"] == {"courriel": "amina.elfassi@example.org", "telephone": "+33639981234"}
    assert body["remise"] == {"mode": "guichet", "adresse": None}
    assert body["requerant"]["cnie"] == "AB123456"
    assert body["pieces"] == [
        {
            "objet": "livret_famille", "nom": "livret.pdf", "type_mime": "application/pdf",
            "contenu": "JVBERi0xLjQ=",
        }
    ]  # fmt: skip


def test_a_loss_goes_with_its_report(filing):
    body = pre_application.body(filing("after-loss"))
    assert body["declaration"] == {
        "date": "2025-10-20", "pays": "FR", "lieu": "Lyon, gare de la Part-Dieu",
        "circonstances": "Sac oublié dans le train.",
        "police": {"autorite": "Commissariat de Lyon 3e", "numero": "PV-2025-004417"},
    }  # fmt: skip
    (piece,) = body["pieces"]
    assert piece == {
        "objet": "proces_verbal", "nom": "pv.pdf", "type_mime": "application/pdf", "contenu": "JVBERi0xLjQ=",
    }  # fmt: skip


def test_a_file_that_the_form_does_not_name_is_something_else(filing):
    other = Attachment(id="att_other", filename="x.pdf", media_type="application/pdf", content=b"\x00\xff")
    body = pre_application.body(msgspec.structs.replace(filing("after-loss"), attachments=[other]))
    assert [(piece["objet"], piece["contenu"]) for piece in body["pieces"]] == [("autre", "AP8=")]
    assert REPORT not in str(body)


@pytest.mark.parametrize(("service", "part"), [("after-damage", "deterioration"), ("data-change", "modification")])
def test_what_happened_to_the_passport_is_said(filing, service, part):
    body = pre_application.body(filing(service))
    assert body[part]
    assert {name for name in ("declaration", "deterioration", "modification") if body[name]} == {part}


def test_a_service_that_the_portal_does_not_have_is_refused(filing):
    with pytest.raises(Refused, match="service_not_offered"):
        pre_application.body(msgspec.structs.replace(filing(), service="passeport.diplomatic"))


def test_every_refusal_and_motive_is_explained_in_the_readme():
    for word, code in mapping.REFUSALS.items():
        assert f"| `{code}` | `{word}` |" in README
    for reason in (*mapping.MOTIVES.values(), mapping.EXPIRED):
        assert f"`{reason}`" in README


def test_the_people_and_stamps_to_try_with_are_in_the_register():
    register = tomllib.loads((PLUGIN / "sandbox/register.toml").read_text(encoding="utf-8"))
    for row in ("photo_not_accepted", "pre_application_expired", "passport_reported_lost"):
        line = next(line for line in README.splitlines() if line.startswith(f"| `{row}` |") and "CNIE" in line)
        assert any(
            f"{p['prenom']} {p['nom']}, CNIE {p['cnie']}, registration {p['immatriculation']}" in line
            and p["passeports"][0] in line
            for p in register["people"]
        ), line
    assert all(stamp["serial"] in README for stamp in register["stamps"])
    assert all(file["numero"] in README for file in register["files"])

"""What we ask of alhalalmadania.ma, in its words: forms -> the values of a SOAP message. Pure functions.

The words are assumed (README.md), and meant for everybody's eyes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from gateway.connectors.authoring import (
    Attachment,
    Refused,
    Requester,
    Submission,
    arabic_or_french,
    in_address,
    offered,
)

OBJECTS: Final[dict[str, str]] = {
    "birth-copy":                     "copie_naissance",
    "marriage-copy":                  "copie_mariage",
    "death-copy":                     "copie_deces",
    "birth-declaration":              "declaration_naissance",
    "marriage-declaration":           "declaration_mariage",
    "divorce-declaration":            "declaration_divorce",
    "death-declaration":              "declaration_deces",
}  # fmt: skip

ROLES: Final[dict[str, str]] = {
    # our form has                     the portal calls
    "person":                         "titulaire",
    "child":                          "enfant",
    "father":                         "pere",
    "mother":                         "mere",
    "husband":                        "epoux",
    "wife":                           "epouse",
    "deceased":                       "defunt",
}  # fmt: skip

EVIDENCE: Final[dict[str, str]] = {
    # our form has                     the portal calls
    "birth_certificate":              "certificat_naissance",
    "family_booklet":                 "livret_famille",
    "marriage_document":              "acte_mariage",
    "divorce_judgment":               "jugement_divorce",
    "death_certificate":              "certificat_deces",
    "court_judgment":                 "jugement_declaratif",
    "proof_of_capacity":              "preuve_qualite",
    "other":                          "autre",
}  # fmt: skip

CAPACITIES: Final[dict[str, str]] = {
    "self":                           "interesse",
    "parent":                         "parent",
    "father":                         "pere",
    "mother":                         "mere",
    "child":                          "enfant",
    "spouse":                         "conjoint",
    "heir":                           "heritier",
    "relative":                       "proche",
    "guardian":                       "tuteur",
    "representative":                 "mandataire",
}  # fmt: skip

SOURCES: Final = {"commune": "commune", "consular": "izdiyad"}
FORMS: Final = {"extract": "extrait", "full": "integrale"}


def lodging(filing: Submission, piece_bytes: int) -> dict[str, Any]:
    """The values of `Deposer`. The form has passed its schema in services.toml."""
    form = filing.form
    register = form["register"]
    return {
        "referenceClient": filing.key,
        "objet": offered(OBJECTS, filing.service),
        "langue": arabic_or_french(filing.language),
        "registre": {
            "source": SOURCES[register["source"]],
            "region": register.get("region"),
            "province": register.get("province"),
            "commune": register.get("commune"),
            "pays": register.get("country"),
            "bureau": register["office"],
        },
        **({"copie": _copy(form)} if "act" in form else {"declaration": _declaration(form)}),
        "requerant": None if filing.requester is None else _requester(filing.requester),
        "personne": [_person(role, form[name]) for name, role in ROLES.items() if name in form],
        "courriel": form["contact"]["email"],
        "telephone": form["contact"]["phone"],
        "piece": list(_evidence(form, filing.attachments, piece_bytes)),
    }


def completion(reference: str, action: str, answer: Mapping[str, Any], piece_bytes: int) -> dict[str, Any]:
    """The values of `Completer`: what the officer asked for."""
    if action != "provide_document" or not answer.get("attachments"):
        raise Refused("action_not_supported")
    files: list[Attachment] = answer["attachments"]
    if any(len(each.content) > piece_bytes for each in files):
        raise Refused("attachment_too_large")
    return {"numero": number(reference), "piece": [_piece("piece_demandee", each) for each in files]}


def number(reference: str) -> str:
    return in_address(reference, form="EC-[0-9]{4}-[0-9]{6}")


def _copy(form: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "forme": FORMS[form["copy"]],
        "acte": {"numero": form["act"]["number"], "annee": form["act"]["register_year"]},
        "qualiteDemandeur": CAPACITIES[form["capacity"]],
    }


def _declaration(form: Mapping[str, Any]) -> dict[str, Any]:
    event, judgment = form["event"], form.get("judgment")
    values = {
        "dateFait": date.fromisoformat(event["date"]),
        "lieuFait": event["place"],
        "paysFait": event["country"],
        "qualiteDeclarant": CAPACITIES[form["capacity"]],
    }
    if judgment:
        values["jugement"] = {
            "tribunal": judgment["court"],
            "numero": judgment["number"],
            "date": date.fromisoformat(judgment["date"]),
        }
    return values


def _requester(requester: Requester) -> dict[str, Any]:
    return {
        "cnie": requester.national_id,
        "nomLatin": requester.family_name or None,
        "prenomLatin": requester.given_name or None,
        "nomArabe": requester.family_name_ar or None,
        "prenomArabe": requester.given_name_ar or None,
        "dateNaissance": requester.birth_date or None,
    }


def _person(role: str, person: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "role": role,
        "nomLatin": person["last_name_latin"],
        "prenomLatin": person["first_name_latin"],
        "nomArabe": person["last_name_arabic"],
        "prenomArabe": person["first_name_arabic"],
        "sexe": {"female": "F", "male": "M"}.get(person.get("sex", "")),
        "dateNaissance": person.get("birth_date"),
        "cnie": person.get("cnie"),
        "idcs": person.get("idcs"),
    }


def _evidence(form: Mapping[str, Any], files: Sequence[Attachment], piece_bytes: int) -> Iterator[dict[str, Any]]:
    by_id = {each.id: each for each in files}
    for index, named in enumerate(form.get("evidence", [])):
        file = by_id.get(named["file"])
        if file is None:
            raise Refused("form_not_accepted", fields={f"/evidence/{index}/file": "attachment_unknown"})
        if len(file.content) > piece_bytes:
            raise Refused("attachment_too_large", fields={f"/evidence/{index}/file": "attachment_too_large"})
        yield _piece(EVIDENCE[named["kind"]], file)


def _piece(nature: str, file: Attachment) -> dict[str, Any]:
    return {
        "reference": file.id,
        "nature": nature,
        "nomFichier": file.filename,
        "type": file.media_type,
        "contenu": file.content,
    }

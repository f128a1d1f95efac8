"""The body of `POST /pre-demandes`: our form in the portal's words. Pure functions, the tables on top."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.connectors.contract import Appointment, Refused, Submission

TYPES: Final[dict[str, str]] = {
    "renewal-adult":            "renouvellement",
    "renewal-adult-morocco":    "renouvellement",
    "first-adult":              "premiere_demande",
    "minor":                    "mineur",
    "after-loss":               "perte",
    "after-theft":              "vol",
    "after-damage":             "deterioration",
    "data-change":              "modification",
}  # fmt: skip

PIECES: Final[dict[tuple[str, str], str]] = {
    # the file at this place of the form is       for the portal
    ("declaration", "police_report"):            "proces_verbal",
    ("guardian", "authorisation"):               "acte_tutelle",
    ("change", "evidence"):                      "justificatif",
}  # fmt: skip

RELATIONS: Final = {"father": "pere", "mother": "mere", "legal_guardian": "tuteur_legal"}
DAMAGES: Final = {"water": "eau", "torn": "dechirure", "unreadable": "illisible", "other": "autre"}
CHANGES: Final = {
    "family_name": "nom",
    "given_name": "prenom",
    "birth_data": "naissance",
    "address": "adresse",
}
DELIVERY: Final = {"post": "poste", "pickup": "guichet"}


def body(filing: Submission) -> dict[str, Any]:
    """The form has passed its schema in services.toml."""
    form = filing.form
    name = filing.service.rpartition(".")[2]
    if name not in TYPES:
        raise Refused("service_not_offered")
    return {
        "reference_client": filing.key,
        "type": TYPES[name],
        "timbre": filing.stamp,
        "lieu": _place(form["lodging"]),
        "rendez_vous": None if filing.appointment is None else _appointment(filing.appointment),
        "immatriculation": _optional(_registration, form.get("registration")),
        "demandeur": _applicant(form["person"]),
        "tuteur": _optional(_guardian, form.get("guardian")),
        "acte_naissance": _optional(_birth_record, form.get("birth_record")),
        "ancien_passeport": _optional(_passport, form.get("passport")),
        "declaration": _optional(_declaration, form.get("declaration")),
        "deterioration": _optional(_damage, form.get("damage")),
        "modification": _optional(_change, form.get("change")),
        "contact": {"courriel": form["contact"]["email"], "telephone": form["contact"]["phone"]},
        "remise": {"mode": DELIVERY[form["delivery"]["method"]], "adresse": form["delivery"].get("address")},
        "pieces": _pieces(filing),
    }


def _optional(
    write: Callable[[Mapping[str, Any]], dict[str, Any]], part: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    return None if part is None else write(part)


def _place(lodging: Mapping[str, Any]) -> dict[str, Any]:
    if "consulate" in lodging:
        return {"cadre": "consulat", "pays": lodging["country"], "poste": lodging["consulate"]}
    return {"cadre": "maroc", "province": lodging["province"], "service": lodging["office"]}


def _appointment(appointment: Appointment) -> dict[str, Any]:
    """When the person comes, and to which post: the one that was named in the form may have had no slot."""
    slot = appointment.slot
    return {"numero": appointment.reference, "poste": slot.post, "debut": slot.start.isoformat()}


def _registration(registration: Mapping[str, Any]) -> dict[str, Any]:
    return {"poste": registration["consulate"], "numero": registration["number"]}


def _applicant(person: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cnie": person.get("cnie"),
        "nom": person["last_name_latin"],
        "prenom": person["first_name_latin"],
        "nom_arabe": person["last_name_arabic"],
        "prenom_arabe": person["first_name_arabic"],
        "date_naissance": person["birth_date"],
        "lieu_naissance": person["birth_place"],
    }


def _guardian(guardian: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "lien": RELATIONS[guardian["relation"]],
        "cnie": guardian["cnie"],
        "nom": guardian["last_name_latin"],
        "prenom": guardian["first_name_latin"],
        "consentement": guardian["consent"],
    }


def _birth_record(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"bureau": record["office"], "numero": record["number"], "annee": record["register_year"]}


def _passport(passport: Mapping[str, Any]) -> dict[str, Any]:
    return {"numero": passport["number"], "expiration": passport.get("expires_on")}


def _declaration(declaration: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "date": declaration["on"],
        "pays": declaration["country"],
        "lieu": declaration["place"],
        "circonstances": declaration["circumstances"],
        "police": {"autorite": declaration["police_authority"], "numero": declaration["police_reference"]},
    }


def _damage(damage: Mapping[str, Any]) -> dict[str, Any]:
    return {"nature": DAMAGES[damage["kind"]], "description": damage["description"]}


def _change(change: Mapping[str, Any]) -> dict[str, Any]:
    return {"donnee": CHANGES[change["kind"]], "valeur": change["new_value"], "motif": change["reason"]}


def _pieces(filing: Submission) -> list[dict[str, Any]]:
    """Each file with what it is for: the place of the form that names it."""
    purposes = {filing.form.get(part, {}).get(name): word for (part, name), word in PIECES.items()}
    return [
        {
            "objet": purposes.get(attachment.id, "autre"),
            "nom": attachment.filename,
            "type_mime": attachment.media_type,
            "contenu": base64.b64encode(attachment.content).decode(),
        }
        for attachment in filing.attachments
    ]

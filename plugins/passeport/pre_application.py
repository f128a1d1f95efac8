"""The body of `POST /pre-demandes`: our form in the portal's words. Pure functions, the tables on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.connectors.authoring import (
    Appointment,
    Refused,
    Slot,
    Submission,
    file_in_json,
    offered,
    under_names,
)

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
    ("guardian", "family_booklet"):              "livret_famille",
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

# The portal's members on the left, on the right ours.
APPLICANT: Final = {
    "cnie": "cnie",
    "nom": "last_name_latin",
    "prenom": "first_name_latin",
    "nom_arabe": "last_name_arabic",
    "prenom_arabe": "first_name_arabic",
    "date_naissance": "birth_date",
    "lieu_naissance": "birth_place",
}
REQUESTER: Final = {
    "cnie": "national_id",
    "nom": "family_name",
    "prenom": "given_name",
    "date_naissance": "birth_date",
}
"""Who signed in, as the identity provider has verified it."""
REGISTRATION: Final = {"poste": "consulate", "numero": "number"}
BIRTH_RECORD: Final = {"bureau": "office", "numero": "number", "annee": "register_year"}
PASSPORT: Final = {"numero": "number", "expiration": "expires_on"}
CONTACT: Final = {"courriel": "email", "telephone": "phone"}


def body(filing: Submission) -> dict[str, Any]:
    """The form has passed its schema in services.toml."""
    form = filing.form
    return {
        "reference_client": filing.key,
        "type": offered(TYPES, filing.service),
        "timbre": filing.stamp,
        "lieu": _place(form["lodging"]),
        "rendez_vous": None if filing.appointment is None else _appointment(filing.appointment),
        "immatriculation": under_names(REGISTRATION, form.get("registration")),
        "demandeur": under_names(APPLICANT, form["person"], optional={"cnie"}),
        "requerant": under_names(REQUESTER, filing.requester),
        "tuteur": _optional(_guardian, form.get("guardian")),
        "acte_naissance": under_names(BIRTH_RECORD, form.get("birth_record")),
        "ancien_passeport": under_names(PASSPORT, form.get("passport"), optional={"expires_on"}),
        "declaration": _optional(_declaration, form.get("declaration")),
        "deterioration": _optional(_damage, form.get("damage")),
        "modification": _optional(_change, form.get("change")),
        "contact": under_names(CONTACT, form["contact"]),
        "remise": {"mode": DELIVERY[form["delivery"]["method"]], "adresse": form["delivery"].get("address")},
        "pieces": _pieces(filing),
    }


def sought(filing: Submission) -> dict[str, Any]:
    """The body of `POST /pre-demandes/verification`: what the register compares, and nothing else of the person."""
    form = filing.form
    return {
        "type": offered(TYPES, filing.service),
        "lieu": _place(form["lodging"]),
        "immatriculation": under_names(REGISTRATION, form.get("registration")),
        "demandeur": under_names(APPLICANT, form["person"], optional={"cnie"}),
        "requerant": under_names(REQUESTER, filing.requester),
        "tuteur": _optional(_guardian, form.get("guardian")),
        "ancien_passeport": under_names(PASSPORT, form.get("passport"), optional={"expires_on"}),
        "declaration": _optional(_declaration, form.get("declaration")),
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


def moved(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `PUT /pre-demandes/{number}/rendez-vous`."""
    booking, slot = answer.get("booking"), answer.get("slot")
    if not isinstance(booking, str) or not isinstance(slot, Slot):
        raise Refused("action_not_supported")
    return _appointment(Appointment(reference=booking, slot=slot))


def _guardian(guardian: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "lien": RELATIONS[guardian["relation"]],
        "cnie": guardian["cnie"],
        "nom": guardian["last_name_latin"],
        "prenom": guardian["first_name_latin"],
        "consentement": guardian["consent"],
    }


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
            **file_in_json(attachment, name="nom", media_type="type_mime", content="contenu"),
        }
        for attachment in filing.attachments
    ]

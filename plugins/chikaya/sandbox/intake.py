"""What the portal takes in, and the first look at it. Written apart from `mapping.py`, so that a slip in one shows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from gateway.sandbox.authoring import Objection, objections

MOST_FILES: Final = 5
MOST_BYTES: Final = 10 * 1024 * 1024
"""Of one file."""
MAGIC: Final = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG"}

CASCADE: Final[dict[str, dict[str, Any]]] = {
    "interieur": {
        "types": ("bureau_etat_civil", "commune"),
        "themes": {
            "etat_civil": ("document_en_retard", "erreur_dans_acte", "document_perdu"),
            "autorisations": ("decision_en_retard", "refus_non_motive"),
        },
    },
    "affaires_etrangeres": {
        "types": ("consulat", "services_centraux"),
        "themes": {
            "documents_consulaires": ("document_en_retard", "erreur_dans_acte", "refus_non_motive"),
            "accueil": ("attente", "comportement"),
        },
    },
    "poste": {
        "types": ("agence", "centre_distribution"),
        "themes": {
            "colis": ("colis_perdu", "colis_en_retard", "colis_endommage"),
            "accueil": ("attente", "comportement"),
        },
    },
    "impots": {
        "types": ("recette", "service_en_ligne"),
        "themes": {"timbres": ("paye_non_delivre", "non_rembourse")},
    },
}
"""Administration -> types, and themes with their sub-themes. Illustrative."""

BODIES: Final = {
    "interieur": "Ministère de l'intérieur",
    "affaires_etrangeres": "Ministère des affaires étrangères",
    "poste": "Barid Al-Maghrib",
    "impots": "Direction générale des impôts",
}


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what the portal takes in: an unknown field is an error, as with many portals."""


class Place(Shape, frozen=True):
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
    city: str
    region: str | None = None


class Target(Shape, frozen=True):
    administration: str
    type: str
    theme: str
    sub_theme: str
    place: Place


class Person(Shape, frozen=True):
    cnie: str
    last_name: str
    first_name: str


class Contact(Shape, frozen=True):
    email: str
    phone: str


class Attached(Shape, frozen=True):
    name: str
    media_type: str
    sha256: str


class NewComplaint(Shape, frozen=True):
    client_reference: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    kind: Literal["reclamation", "observation", "suggestion"]
    language: Literal["ar", "fr"]
    target: Target
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
    since: str | None
    wish: str | None
    before_court: bool
    related: str | None
    person: Person
    requester: str | None
    """CNIE of who signed in at the gateway."""
    contact: Contact
    notify_url: str
    attachments: list[Attached]


class Sought(Shape, frozen=True):
    """A demand that is only thought of."""

    target: Target
    before_court: bool
    person: Person
    requester: str | None


def read(part: bytes) -> NewComplaint:
    """The part `complaint` of the message."""
    try:
        return msgspec.json.decode(part, type=NewComplaint)
    except msgspec.DecodeError as error:
        raise Objection(400, "demande_invalide", str(error)) from error


def look_at(complaint: NewComplaint, files: Sequence[tuple[str, bytes]]) -> None:
    """Raises `Objection`. `files` are media type and content, in the order of the message."""
    _look_at_court(complaint)
    _look_at_asker(complaint)
    _look_at_target(complaint.target)
    if len(files) != len(complaint.attachments) or len(files) > MOST_FILES:
        raise Objection(422, "piece_refusee", f"{MOST_FILES} pièces au plus, toutes annoncées.", "attachments")
    for announced, (media_type, content) in zip(complaint.attachments, files, strict=True):
        whole = announced.sha256 == hashlib.sha256(content).hexdigest() and announced.media_type == media_type
        known = media_type in MAGIC and content.startswith(MAGIC[media_type])
        if not (whole and known and len(content) <= MOST_BYTES):
            raise Objection(422, "piece_refusee", "PDF, JPEG ou PNG, 10 Mo au plus, tels qu'annoncés.", "attachments")


def objected(sought: Sought) -> list[dict[str, Any]]:
    """What the first look would object to, whatever is attached."""
    return objections(
        lambda: _look_at_court(sought), lambda: _look_at_asker(sought), lambda: _look_at_target(sought.target)
    )


def _look_at_court(complaint: NewComplaint | Sought) -> None:
    if complaint.before_court:
        raise Objection(422, "affaire_en_justice", "Une affaire en justice n'est pas recevable.", "before_court")


def _look_at_asker(complaint: NewComplaint | Sought) -> None:
    if complaint.requester != complaint.person.cnie:
        raise Objection(422, "demandeur_non_habilite", "Chacun se plaint en son nom.", "person.cnie")


def _look_at_target(target: Target) -> None:
    known = CASCADE.get(target.administration)
    if known is None:
        raise Objection(422, "rubrique_inconnue", "Administration inconnue.", "target.administration")
    if target.type not in known["types"]:
        raise Objection(422, "rubrique_inconnue", "Type inconnu de cette administration.", "target.type")
    if target.theme not in known["themes"]:
        raise Objection(422, "rubrique_inconnue", "Thème inconnu de cette administration.", "target.theme")
    if target.sub_theme not in known["themes"][target.theme]:
        raise Objection(422, "rubrique_inconnue", "Sous-thème inconnu de ce thème.", "target.sub_theme")

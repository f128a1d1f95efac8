"""What the sandbox's counter takes in. Written apart from `mapping.py`, so that a slip in one shows in the other."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename=str.upper):
    """Base of what the counter takes in: capitals on the wire, and an unknown field is an error."""


class Owner(Shape, frozen=True):
    nom: str
    cnie: str | None
    rc: str | None

    @property
    def id(self) -> str:
        return self.cnie or self.rc or ""


class Asker(Shape, frozen=True):
    """Who signed in at the gateway."""

    cnie: str
    nom: str


class Land(Shape, frozen=True):
    province: str
    commune: str
    adresse: str
    titre: str | None


class Contact(Shape, frozen=True):
    email: str
    telephone: str


class Piece(Shape, frozen=True):
    nature: Literal["PLAN", "TITRE", "REGISTRE_COMMERCE", "COMPLEMENT"]
    nom: str
    type_mime: str
    contenu: bytes
    """Base64 on the wire."""


Kind = Literal[
    "PERMIS_CONSTRUIRE",
    "PERMIS_REFECTION",
    "PERMIS_DEMOLIR",
    "PERMIS_HABITER_CONFORMITE",
    "AUTORISATION_ACTIVITE",
    "OCCUPATION_DOMAINE_PUBLIC",
]


class NewDemand(Shape, frozen=True):
    client_reference: str
    famille: Literal["URBANISME", "ECONOMIQUE"]
    type: Kind
    langue: Literal["ar", "fr"]
    proprietaire: Owner
    demandeur: Asker | None
    terrain: Land
    projet: dict[str, Any]
    contact: Contact
    pieces: list[Piece]


class Sought(Shape, frozen=True):
    """A demand that is only thought of."""

    type: Kind
    proprietaire: Owner
    demandeur: Asker | None
    terrain: Land
    projet: dict[str, Any]


class Complement(Shape, frozen=True):
    client_reference: str
    pieces: list[Piece]


class Fees(Shape, frozen=True):
    timbre: str


class Question(Shape, frozen=True):
    reference: str
    proprietaire: str

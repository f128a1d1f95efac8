"""What the sandbox takes in. Written apart from `mapping.py`, so that a slip in one shows in the other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what the portal takes in: an unknown field is an error, as with many portals."""


class Place(Shape, frozen=True):
    cadre: Literal["consulat", "maroc"]
    pays: str = ""
    poste: str = ""
    province: str = ""
    service: str = ""


class Appointment(Shape, frozen=True):
    numero: str
    poste: str
    debut: Annotated[datetime, msgspec.Meta(tz=True)]


class Registration(Shape, frozen=True):
    poste: str
    numero: str


class Applicant(Shape, frozen=True):
    cnie: str | None
    nom: str
    prenom: str
    nom_arabe: str
    prenom_arabe: str
    date_naissance: str
    lieu_naissance: str


class Asker(Shape, frozen=True):
    """Who signed in at the gateway."""

    cnie: str
    nom: str
    prenom: str
    date_naissance: str


class Guardian(Shape, frozen=True):
    lien: Literal["pere", "mere", "tuteur_legal"]
    cnie: str
    nom: str
    prenom: str
    consentement: bool


class BirthRecord(Shape, frozen=True):
    bureau: str
    numero: str
    annee: int


class Passport(Shape, frozen=True):
    numero: str
    expiration: str | None


class Police(Shape, frozen=True):
    autorite: str
    numero: str


class Declaration(Shape, frozen=True):
    date: str
    pays: str
    lieu: str
    circonstances: str
    police: Police


class Damage(Shape, frozen=True):
    nature: Literal["eau", "dechirure", "illisible", "autre"]
    description: str


class Change(Shape, frozen=True):
    donnee: Literal["nom", "prenom", "naissance", "adresse"]
    valeur: str
    motif: str


class Contact(Shape, frozen=True):
    courriel: str
    telephone: str


class Handover(Shape, frozen=True):
    mode: Literal["poste", "guichet"]
    adresse: dict[str, Any] | None


class Piece(Shape, frozen=True):
    objet: Literal["proces_verbal", "acte_tutelle", "livret_famille", "justificatif", "autre"]
    nom: str
    type_mime: str
    contenu: bytes
    """Base64 on the wire."""


Kind = Literal["renouvellement", "premiere_demande", "mineur", "perte", "vol", "deterioration", "modification"]


class Sought(Shape, frozen=True):
    """A pre-application that is only thought of."""

    type: Kind
    lieu: Place
    immatriculation: Registration | None
    demandeur: Applicant
    requerant: Asker | None
    tuteur: Guardian | None
    ancien_passeport: Passport | None
    declaration: Declaration | None


class NewFile(Shape, frozen=True):
    reference_client: str
    type: Kind
    timbre: str | None
    lieu: Place
    rendez_vous: Appointment | None
    immatriculation: Registration | None
    demandeur: Applicant
    requerant: Asker | None
    tuteur: Guardian | None
    acte_naissance: BirthRecord | None
    ancien_passeport: Passport | None
    declaration: Declaration | None
    deterioration: Damage | None
    modification: Change | None
    contact: Contact
    remise: Handover
    pieces: list[Piece]

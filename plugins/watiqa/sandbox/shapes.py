"""What the sandbox's counter takes in. Written apart from `mapping.py`, so that a slip in one shows in the other."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what the counter takes in: an unknown field is an error, as with many portals."""


class Registry(Shape, frozen=True):
    born_in: Literal["maroc", "etranger"]
    office: str
    country: str = ""
    region: str = ""
    province: str = ""
    commune: str = ""
    arrondissement: str = ""


class Holder(Shape, frozen=True):
    cnie: str
    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: str
    birth_place: str


class Asker(Shape, frozen=True):
    """Who signed in at the gateway."""

    cnie: str
    last_name_latin: str
    first_name_latin: str
    birth_date: str


class Parents(Shape, frozen=True):
    father_latin: str
    father_arabic: str
    mother_latin: str
    mother_arabic: str


class Act(Shape, frozen=True):
    number: str
    year: int


class Registration(Shape, frozen=True):
    country: str
    consulate: str
    number: str


class Contact(Shape, frozen=True):
    email: str
    phone: str


class Delivery(Shape, frozen=True):
    mode: Literal["poste", "guichet"]
    address: dict[str, Any] | None


class Attached(Shape, frozen=True):
    name: str
    media_type: str
    content: bytes
    """Base64 on the wire."""


Paper = Literal["extrait_naissance", "copie_integrale_naissance", "attestation_immatriculation_consulaire"]


class Sought(Shape, frozen=True):
    """What is compared with the registers: of an order, or of one that is only thought of."""

    document: Paper
    holder: Holder
    requester: Asker | None
    registry: Registry | None = None
    parents: Parents | None = None
    act: Act | None = None
    registration: Registration | None = None


class NewOrder(Shape, frozen=True):
    client_reference: str
    document: Paper
    language: Literal["ar", "fr"]
    copies: int
    holder: Holder
    requester: Asker | None
    contact: Contact
    delivery: Delivery
    stamp: str | None
    attachments: list[Attached]
    registry: Registry | None = None
    parents: Parents | None = None
    act: Act | None = None
    registration: Registration | None = None

"""What the sandbox's counter takes in. Written apart from `mapping.py`, so that a slip in one shows in the other."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what the counter takes in: an unknown field is an error, as with many portals."""


class Hold(Shape, frozen=True):
    client_reference: str
    service: str


class Visitor(Shape, frozen=True):
    name: str
    national_id: str
    email: str


class Confirmation(Shape, frozen=True):
    client_reference: str
    visitor: Visitor
    request: str | None


class Attached(Shape, frozen=True):
    kind: str
    name: str
    media_type: str
    content: bytes
    """Base64 on the wire."""


class Applicant(Shape, frozen=True):
    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: str
    cnie: str | None


class Contact(Shape, frozen=True):
    email: str
    phone: str


class Asker(Shape, frozen=True):
    """Who signed in at the gateway."""

    cnie: str
    last_name_latin: str
    first_name_latin: str
    birth_date: str


Requested = Literal[
    "immatriculation", "cnie", "legalisation", "acte_adoulaire", "attestation_residence", "attestation_vie"
]


class Sought(Shape, frozen=True):
    """A request that is only thought of."""

    service: Requested
    post: str
    applicant: Applicant
    requester: Asker | None
    details: dict[str, Any]


class NewRequest(Shape, frozen=True):
    client_reference: str
    service: Requested
    language: Literal["ar", "fr"]
    post: str
    applicant: Applicant
    requester: Asker | None
    contact: Contact
    details: dict[str, Any]
    stamp: str | None
    documents: list[Attached]


class MoreDocuments(Shape, frozen=True):
    documents: list[Attached]


class Chosen(Shape, frozen=True):
    appointment: str

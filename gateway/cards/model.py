"""What a card is. Pure: no database, no signature."""

from __future__ import annotations

import string
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

VCT: Final = "urn:mre-gateway:card:1"
"""The type of the credential (`vct`, draft-ietf-oauth-sd-jwt-vc, section 2.2.2.1)."""

DISCLOSABLE: Final = ("name", "national_id_ending", "birthdate")
"""Claims that the holder may show or keep back. Everything else is always shown, and names nobody."""

ENDING_DIGITS: Final = 3
"""So many last digits of the identity number: enough to compare with the document in somebody's hand."""


class Entitlement(StrEnum):
    """What the card gives a right to."""

    FAST_LANE = "fast_lane"


class CardState(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the card's bit is: the number of the status list, and the index in it."""

    list: int
    index: int


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A card as the store knows it: nothing that names its holder."""

    id: str
    client: str
    subject: str
    place: Place
    bound: bool
    """To a key of the holder's (`cnf`): whoever presents the card can be asked to prove that they have it."""
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def state(self, at: datetime) -> CardState:
        if self.revoked_at is not None and self.revoked_at <= at:
            return CardState.REVOKED
        return CardState.EXPIRED if self.expires_at <= at else CardState.VALID


def ending(national_id: str) -> str:
    """Empty for an old number of so few digits that its ending would be all of it."""
    digits = national_id.lstrip(string.ascii_uppercase)
    return digits[-ENDING_DIGITS:] if len(digits) > ENDING_DIGITS else ""


def holder_claims(*, name: str, national_id: str, birthdate: str) -> dict[str, Any]:
    """What is known of the holder, under the names of OpenID Connect where it has one."""
    told = "" if birthdate.startswith("0000") else birthdate  # without its year it tells nobody apart on a card
    known = {"name": name, "national_id_ending": ending(national_id), "birthdate": told}
    return {claim: value for claim, value in known.items() if value}

"""What clients send and get about cards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import Request, Shape
from gateway.cards.model import CardState, Entitlement

Coordinate = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{43}$", description="32 bytes as base64url.")]


class HolderKey(Request, kw_only=True, forbid_unknown_fields=True):
    """A public key as a JSON Web Key. One with a private half is refused."""

    kty: Literal["EC", "OKP"]
    crv: Literal["P-256", "Ed25519"]
    x: Coordinate
    y: Coordinate | None = None
    kid: Annotated[str, Meta(max_length=255)] = ""
    use: Literal["sig"] = "sig"
    alg: Literal["ES256", "EdDSA", "Ed25519", ""] = ""


class CardRequest(Request, kw_only=True, forbid_unknown_fields=True):
    holder_key: Annotated[
        HolderKey | None,
        Meta(description="Binds the card to this key: whoever shows the card can then be asked to prove it is theirs."),
    ] = None


class CardClaims(Shape, kw_only=True, omit_defaults=True):
    """What a card discloses of its holder; what it does not is left out."""

    name: str = ""
    national_id_ending: Annotated[str, Meta(description="The last characters of the CNIE.")] = ""
    birthdate: str = ""


class CardView(Shape, kw_only=True):
    """The MRE Services card. `card` and `claims` only where one card is asked for by its holder."""

    id: Annotated[str, Meta(examples=["card_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    state: CardState
    state_text: str
    entitlements: list[Entitlement]
    entitlement_texts: list[str]
    bound: Annotated[bool, Meta(description="To a key of the holder's.")]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    card: Annotated[str | None, Meta(description="SD-JWT VC, media type `application/dc+sd-jwt`.")] = None
    claims: Annotated[CardClaims | None, Meta(description="What `card` discloses of its holder.")] = None
    url: Annotated[str, Meta(description="As JSON, or as a QR code with `Accept: image/svg+xml` or `image/png`.")]
    status_url: Annotated[str, Meta(description="The public list in which a revocation shows.")]
    verify_url: Annotated[str, Meta(description="The page that verifies cards, also without a network.")]
    object: Literal["card"] = "card"

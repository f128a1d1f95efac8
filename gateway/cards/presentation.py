"""What a holder shows: the card with some of its disclosures (RFC 9901, section 4), and that as a QR code."""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import Any, Final, Literal

import msgspec
from jwt.utils import base64url_decode

ImageType = Literal["image/svg+xml", "image/png"]
_KINDS: Final[dict[ImageType, str]] = {"image/svg+xml": "svg", "image/png": "png"}
_PIXELS: Final = 6
"""A module's side in the PNG."""
_QUIET_ZONE: Final = 4
"""Modules around the code (ISO/IEC 18004)."""


def disclosed(card: str) -> dict[str, Any]:
    """The claims that a card's disclosures give, by name. Not verified."""
    return {name: value for _, name, value in map(_decoded, _disclosures(card))}


def present(card: str, shown: Collection[str]) -> str:
    """The card with the disclosures of these claims only."""
    token = card.partition("~")[0]
    kept = [each for each in _disclosures(card) if _decoded(each)[1] in shown]
    return "~".join([token, *kept, ""])


def image(text: str, media_type: ImageType) -> bytes:
    """The text as a QR code of the lowest error correction: it is shown on a screen, where little gets dirty."""
    import segno  # here, because few cards are asked for as an image

    code = segno.make_qr(text, error="l", boost_error=False)
    out = io.BytesIO()
    code.save(out, kind=_KINDS[media_type], scale=_PIXELS, border=_QUIET_ZONE)
    return out.getvalue()


def _disclosures(card: str) -> list[str]:
    return [part for part in card.split("~")[1:] if part]


def _decoded(disclosure: str) -> tuple[str, str, Any]:
    return msgspec.json.decode(base64url_decode(disclosure), type=tuple[str, str, Any])

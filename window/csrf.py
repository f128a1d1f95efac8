"""Tokens in forms: a page of another site can make a browser post here, but cannot read what a form of ours carries.

The token of a session is masked anew for each page, so that compressed pages say nothing of it (the BREACH attack).
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from window.session.model import csrf_of

FIELD: Final = "csrf"
_BYTES: Final = 32


def token(key: str) -> str:
    """For a form of the session with this key."""
    mask = secrets.token_bytes(_BYTES)
    return (mask + _mixed(mask, bytes.fromhex(csrf_of(key)))).hex()


def fits(key: str, given: str) -> bool:
    try:
        raw = bytes.fromhex(given)
    except ValueError:
        return False
    if len(raw) != 2 * _BYTES:
        return False
    return hmac.compare_digest(_mixed(raw[:_BYTES], raw[_BYTES:]), bytes.fromhex(csrf_of(key)))


def from_here(origin: str, *, sent_origin: str, fetch_site: str) -> bool:
    """Whether the browser itself says that a page of ours posted this."""
    if sent_origin and sent_origin != origin:
        return False
    if fetch_site and fetch_site != "same-origin":
        return False
    return bool(sent_origin or fetch_site)


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))

"""The portal's notices: who sent them, when, and whether for the first time.

A notice carries `X-Chikaya-Timestamp` (seconds since 1970), `X-Chikaya-Nonce` and `X-Chikaya-Signature`:
`v1=` and the HMAC-SHA-256, hexadecimal, over what it is (a notice), the method, the last part of the address, time,
nonce and body, joined by line feeds. No message that we send, and none for another address, is signed so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gateway.connectors.authoring import Freshness, Refused, hmac_of_lines, must_match

TIMESTAMP: Final = "x-chikaya-timestamp"
NONCE: Final = "x-chikaya-nonce"
SIGNATURE: Final = "x-chikaya-signature"

PURPOSE: Final = "chikaya notice v1"
METHOD: Final = "POST"
ADDRESS: Final = "status"
"""Last part of the address that the portal posts its notices to."""

WINDOW_SECONDS: Final = 120
"""How far the portal's clock and ours may be apart, the way of the notice included."""
REMEMBERED: Final = 50_000
"""Nonces kept at most. Only authentic notices are remembered, so that a stranger cannot push one out."""

_DIGITS: Final = re.compile(r"[0-9]{1,12}")
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")


def signature(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    return "v1=" + hmac_of_lines(secret, PURPOSE, METHOD, ADDRESS, timestamp, nonce, body=body)


class Doorkeeper:
    """Lets each authentic, fresh notice in once."""

    def __init__(self) -> None:
        self._fresh = Freshness(WINDOW_SECONDS, REMEMBERED)

    def admit(self, headers: Mapping[str, str], body: bytes, *, secret: str, now: float) -> None:
        """Raises `Refused`: `bad_signature`, `too_old` (or too far ahead), `replayed`."""
        given = {name.lower(): value for name, value in headers.items()}
        timestamp, nonce = given.get(TIMESTAMP, ""), given.get(NONCE, "")
        if not (_DIGITS.fullmatch(timestamp) and _WORD.fullmatch(nonce)):
            raise Refused("bad_signature")
        must_match(signature(secret, timestamp, nonce, body), given.get(SIGNATURE, ""))
        self._fresh.admit(nonce, int(timestamp), now)

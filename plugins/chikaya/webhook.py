"""The portal's notices: who sent them, when, and whether for the first time.

A notice carries `X-Chikaya-Timestamp` (seconds since 1970), `X-Chikaya-Nonce` and `X-Chikaya-Signature`:
`v1=` and the HMAC-SHA-256, hexadecimal, over time, nonce and body, joined by line feeds.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from gateway.connectors.contract import Refused

TIMESTAMP: Final = "x-chikaya-timestamp"
NONCE: Final = "x-chikaya-nonce"
SIGNATURE: Final = "x-chikaya-signature"

WINDOW_SECONDS: Final = 120
"""How far the portal's clock and ours may be apart, the way of the notice included."""
REMEMBERED: Final = 50_000
"""Nonces kept at most. Only authentic notices are remembered, so that a stranger cannot push one out."""

_DIGITS: Final = re.compile(r"[0-9]{1,12}")
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")


def signature(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    text = b"\n".join([timestamp.encode(), nonce.encode(), body])
    return "v1=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


class Doorkeeper:
    """Lets each authentic, fresh notice in once.

    What it remembers is this process's alone: another process lets the same notice in too. That costs one question to
    the portal and can do nothing else, because what a notice says is not believed.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()

    def admit(self, headers: Mapping[str, str], body: bytes, *, secret: str, now: float) -> None:
        """Raises `Refused`: `bad_signature`, `too_old` (or too far ahead), `replayed`."""
        given = {name.lower(): value for name, value in headers.items()}
        timestamp, nonce = given.get(TIMESTAMP, ""), given.get(NONCE, "")
        if not (_DIGITS.fullmatch(timestamp) and _WORD.fullmatch(nonce)):
            raise Refused("bad_signature")
        right = signature(secret, timestamp, nonce, body)
        if not hmac.compare_digest(right.encode(), given.get(SIGNATURE, "").encode()):
            raise Refused("bad_signature")
        if abs(now - int(timestamp)) > WINDOW_SECONDS:
            raise Refused("too_old")
        self._forget(now)
        if nonce in self._seen:
            raise Refused("replayed")
        self._seen[nonce] = int(timestamp) + WINDOW_SECONDS
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def _forget(self, now: float) -> None:
        """The oldest go first; one that is kept longer behind a younger neighbour does no harm."""
        while self._seen and next(iter(self._seen.values())) < now:
            self._seen.popitem(last=False)

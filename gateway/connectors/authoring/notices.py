"""A portal's notices: who sent them, when, and whether for the first time. What a notice says is not believed; the core
asks the portal."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict

from gateway.connectors.contract import Refused


def hmac_of_lines(secret: str, *lines: str, body: bytes) -> str:
    """HMAC-SHA-256 in hexadecimal over the lines and the body, joined by line feeds. The first line says what is signed
    (a notice of this portal), so that no other message under the same key can stand for it."""
    return hmac.new(secret.encode(), b"\n".join([*(each.encode() for each in lines), body]), hashlib.sha256).hexdigest()


def must_match(wanted: str, given: str) -> None:
    """Raises `Refused("bad_signature")`. Takes as long whatever differs."""
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        raise Refused("bad_signature")


class Freshness:
    """Lets each authentic notice in once, within `window` seconds of when it was made.

    Ask only about notices whose signature is right, so that a stranger cannot push one out of the `remembered` ones.
    What is remembered is this process's alone: another one lets the same notice in too, which costs one question to the
    portal.
    """

    def __init__(self, window: float, remembered: int) -> None:
        self._window, self._remembered = window, remembered
        self._seen: OrderedDict[str, float] = OrderedDict()

    def admit(self, mark: str, made: float, now: float) -> None:
        """`mark` is what no other notice has (a nonce). Raises `Refused`: `too_old` (or too far ahead), `replayed`."""
        if abs(now - made) > self._window:
            raise Refused("too_old")
        while self._seen and next(iter(self._seen.values())) < now:  # one behind a younger neighbour stays longer
            self._seen.popitem(last=False)
        if mark in self._seen:
            raise Refused("replayed")
        self._seen[mark] = made + self._window
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)

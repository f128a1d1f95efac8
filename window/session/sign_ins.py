"""Sign-ins under way: kept by the browser that began them, in a sealed cookie each, so that nothing here can be filled.

Each tab has its own. The cookie is `SameSite=Lax`, because the way back from the identity provider is a link of another
site, and its name has the prefix `__Host-` where there is TLS: nobody but this host can have set it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from window.session.model import PendingSignIn
from window.session.seals import Seal

SECONDS: Final = 900
"""How long a sign-in may be under way."""
_MOST: Final = 5
_MOST_BYTES: Final = 6_000
"""Of all together: proxies refuse headers that are much longer."""
_LOOKED_AT: Final = 20
"""Whoever sends more than a browser of ours has is not answered with as many."""
_SUFFIX: Final = re.compile(r"[0-9a-f]{16}")


class SignIns:
    """Those of one browser. `changes` is what it is to be told: a name with its new value, empty to take it away."""

    def __init__(self, prefix: str, cookies: Mapping[str, str]) -> None:
        ours = [name for name in cookies if name.startswith(prefix) and _SUFFIX.fullmatch(name.removeprefix(prefix))]
        self._prefix = prefix
        self._cookies = {name: cookies[name] for name in ours[:_LOOKED_AT]}
        self.changes: dict[str, str] = {}

    def find(self, seal: Seal, state: str) -> PendingSignIn | None:
        """What was begun with this state, by this browser and not too long ago."""
        return _opened(seal, self._cookies.get(self._name(state), ""), state)

    def add(self, seal: Seal, state: str, pending: PendingSignIn) -> None:
        """One more; the oldest make room."""
        name = self._name(state)
        value = seal.close(msgspec.msgpack.encode((state, pending)))
        for other in self._oldest_first(seal):
            kept = [*self._cookies.values(), value]
            if len(kept) <= _MOST and sum(map(len, kept)) <= _MOST_BYTES:
                break
            self._take_away(other)
        self._cookies[name] = self.changes[name] = value

    def end(self, state: str) -> None:
        self._take_away(self._name(state))

    def _name(self, state: str) -> str:
        return self._prefix + hashlib.sha256(state.encode()).hexdigest()[:16]

    def _take_away(self, name: str) -> None:
        self._cookies.pop(name, None)
        self.changes[name] = ""

    def _oldest_first(self, seal: Seal) -> list[str]:
        """What does not open is older than all others."""
        opened = {name: _opened(seal, value) for name, value in self._cookies.items()}
        return sorted(self._cookies, key=lambda name: each.begun_at if (each := opened.get(name)) else 0.0)


def _opened(seal: Seal, value: str, state: str | None = None) -> PendingSignIn | None:
    content = seal.open(value, SECONDS) if value else None
    if content is None:
        return None
    try:
        named, pending = msgspec.msgpack.decode(content, type=tuple[str, PendingSignIn])
    except msgspec.MsgspecError:  # of another version of the window
        return None
    return pending if state is None or named == state else None

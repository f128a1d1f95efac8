"""A cache of catalogue entries, which are the same for all callers of a language.

An entry tells what its portals do at the moment, so that all are made anew when any of them changes. What is kept is
bounded by the catalogue: services times languages.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.connectors.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Hashable

_Made = TypeVar("_Made")


class CatalogueCache:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._stamp: object = None
        self._of: list[object] = []
        """What the stamp speaks of by its address, kept so that no other thing gets the same."""
        self._made: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What was made for `key`: a purpose, the languages, and the id of a service or a category that there is;
        nothing that a caller makes up."""
        self._still()
        if key not in self._made:
            self._made[key] = make()
        made: _Made = self._made[key]
        return made

    def _still(self) -> None:
        registry = self._catalogue.registry
        states = [(name, id(plugin), self._catalogue.state(name)) for name, plugin in registry.connectors.items()]
        out = [(each.id, each.reason) for each in registry.quarantined]
        down = any(state == "down" for _, _, state in states)
        # Of a portal that is down it is told when it is tried again, which comes nearer.
        stamp = (states, out, int(time.monotonic()) if down else 0)
        if stamp != self._stamp:
            self._made.clear()
            self._stamp, self._of = stamp, list(registry.connectors.values())

"""msgspec looks a struct's members up when it is first decoded, and that is not safe in several threads at once: one
that comes while another is half-way reads a null pointer, and the process is gone. So they are looked up before."""

from __future__ import annotations

import contextlib
from typing import Any, Final
from weakref import WeakSet

import msgspec

_known: Final[WeakSet[type]] = WeakSet()
_FRAMEWORK: Final = "litestar"
"""Makes hundreds of types for each application, and decodes them in one thread."""


def look_up_all() -> None:
    """Look up all struct types that are imported by now. Call it in one thread, before others decode."""
    pending: list[Any] = [msgspec.Struct]
    while pending:
        for each in pending.pop().__subclasses__():
            if each.__module__.partition(".")[0] == _FRAMEWORK:
                continue
            pending.append(each)
            if each not in _known:
                _known.add(each)
                with contextlib.suppress(Exception):  # a generic one, say, which nobody decodes as it is
                    msgspec.json.Decoder(each)

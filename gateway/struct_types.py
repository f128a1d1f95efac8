"""msgspec looks a struct's members up when it is first decoded, and that is not safe in several threads at once: one
that comes while another is half-way reads a null pointer, and the process is gone. So they are looked up before."""

from __future__ import annotations

import contextlib
from typing import Any, Final

import msgspec

_known: Final[set[type]] = set()


def look_up_all() -> None:
    """Look up all struct types that are imported by now. Call it in one thread, before others decode."""
    pending: list[Any] = [msgspec.Struct]
    while pending:
        for each in pending.pop().__subclasses__():
            pending.append(each)
            if each not in _known:
                _known.add(each)
                with contextlib.suppress(Exception):  # a generic one, say, which nobody decodes as it is
                    msgspec.json.Decoder(each)

"""Identifiers: a prefix that says what it is, then 26 characters that sort by time."""

from __future__ import annotations

import os
import time
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"

_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
"""Two characters for ten bits: half as many steps for each id."""

_BYTES: Final = 10
_AT_ONCE: Final = 100
_drawn: list[int] = []
"""Random numbers that no id has yet. To draw them one by one lets other threads in each time, and waits for them."""
os.register_at_fork(after_in_child=_drawn.clear)


def _random() -> int:
    try:
        return _drawn.pop()
    except IndexError:
        drawn = os.urandom(_BYTES * _AT_ONCE)
        _drawn.extend(int.from_bytes(drawn[at : at + _BYTES]) for at in range(_BYTES, len(drawn), _BYTES))
        return int.from_bytes(drawn[:_BYTES])


def new_id(prefix: str) -> str:
    """`case_01k…`: 48 bits of milliseconds and 80 random bits, in Crockford's base 32 (the layout of a ULID)."""
    number = (time.time_ns() // 1_000_000 << 80) | _random()
    return f"{prefix}_" + "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])

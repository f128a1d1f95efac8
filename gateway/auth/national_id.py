"""The national identity card number (CNIE): one or two letters, then four to six digits; it has no check digit."""

from __future__ import annotations

import re
from typing import Final

_SHAPE: Final = re.compile(r"[A-Z]{1,2}[0-9]{4,6}")
_SEPARATORS: Final = str.maketrans("", "", " \t\u00a0-.")


def normalise(cnie: str) -> str:
    """`ab 123456` -> `AB123456`. Raises `ValueError`, without the number in its text, on anything else."""
    plain = cnie.translate(_SEPARATORS).upper()
    if _SHAPE.fullmatch(plain) is None:
        raise ValueError("not a CNIE")
    return plain

"""Labels that are meant for eyes, brought to one form for comparison."""

from __future__ import annotations

import unicodedata
from typing import Final

from gateway.typed_text import decomposed

_APOSTROPHES: Final = str.maketrans(dict.fromkeys("’‘ʼ‛´`′＇", "'"))


def fold(text: str) -> str:
    """No accents, no capitals, one kind of apostrophe, single spaces. Takes time that grows with the length and no
    faster."""
    letters = decomposed(text.translate(_APOSTROPHES))
    plain = "".join(each for each in letters if not unicodedata.combining(each)).casefold()
    return " ".join(plain.replace("' ", "'").split())

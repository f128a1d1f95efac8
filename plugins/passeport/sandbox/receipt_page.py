"""A one-page PDF with the file's number as a bar code that a counter's reader can read (Code 39)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gateway.sandbox.authoring import page as plain_page

CODE_39: Final = {
    # five bars and four spaces in turn, narrow or wide
    "0": "nnnwwnwnn", "1": "wnnwnnnnw", "2": "nnwwnnnnw", "3": "wnwwnnnnn", "4": "nnnwwnnnw",
    "5": "wnnwwnnnn", "6": "nnwwwnnnn", "7": "nnnwnnwnw", "8": "wnnwnnwnn", "9": "nnwwnnwnn",
    "P": "nnwnwnnwn", "-": "nwnnnnwnw", "*": "nwnnwnwnn",
}  # fmt: skip
"""ISO/IEC 16388, the characters of a file number; `*` begins and ends each code."""
NARROW: Final = 1.1
WIDE: Final = 2.75
"""In points. The standard asks for 2 to 3 times the narrow one."""


def page(lines: Sequence[str], *, code: str) -> bytes:
    """An A4 page with `lines` below the bars of `code`."""
    bars = "".join(f"{x:.2f} 740 {width:.2f} 42 re f\n" for x, width in _bars(code, left=60.0))
    return plain_page(lines, drawing=bars, top=700)


def _bars(code: str, *, left: float) -> Iterator[tuple[float, float]]:
    """Where each bar begins, and how wide it is."""
    for character in f"*{code}*":
        for place, element in enumerate(CODE_39[character]):
            width = WIDE if element == "w" else NARROW
            if place % 2 == 0:
                yield left, width
            left += width
        left += NARROW

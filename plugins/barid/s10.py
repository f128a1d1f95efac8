"""S10 item numbers of the Universal Postal Union: two letters, a serial of eight digits, a check digit, a country.

`MA` are those that the Moroccan post gives out. Items from abroad keep the number of the post that took them over, and
are tracked here from their arrival on.

The check digit notices every change of itself, and every change of one serial digit unless it is 5: the remainders
0 and 6 share the 5, so that a change from one to the other goes unseen (UPU standard S10, "11 becomes 5").
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from gateway.connectors.authoring import typed_text

WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)
SHAPE: Final = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
HOME: Final = "MA"
LONGEST_TYPED: Final = 64
_WIDE: Final = {point + 0xFEE0: chr(point) for point in range(0x21, 0x7F)}
"""ASCII as East Asian keyboards give it. No other letter that Unicode turns into a Latin one belongs in a number."""


def check_digit(serial: str) -> str:
    """The ninth digit for a serial of eight."""
    c = 11 - sum(weight * int(digit) for weight, digit in zip(WEIGHTS, serial, strict=True)) % 11
    return {10: "0", 11: "5"}.get(c, str(c))


def make(indicator: str, serial: int) -> str:
    """`make("RR", 12345678)` is `RR123456785MA`. Indicators: `QD` and `LD` Amana, `RR` registered mail."""
    if not re.fullmatch(r"[A-Z]{2}", indicator) or not 0 <= serial <= 99_999_999:
        raise ValueError(f"no S10 number has indicator {indicator!r} and serial {serial}")
    digits = f"{serial:08d}"
    return f"{indicator}{digits}{check_digit(digits)}{HOME}"


def valid(number: str) -> bool:
    """Shape and check digit of a number in its written form, without spaces and in capitals, of whichever post."""
    return SHAPE.fullmatch(number) is not None and number[10] == check_digit(number[2:10])


def is_own(number: str) -> bool:
    """Whether the Moroccan post gave out this valid number."""
    return number.endswith(HOME)


def normalise(typed: str) -> str | None:
    """The number a person meant, or None: spaces, dashes and direction marks go, Arabic-Indic digits become 0 to 9."""
    if valid(typed):
        return typed
    if len(typed) > LONGEST_TYPED:
        return None
    plain = typed_text.ascii_upper(typed_text.latin_digits(typed.translate(_WIDE)))
    number = "".join(c for c in plain if unicodedata.category(c)[0] not in "ZCP")
    return number if valid(number) else None

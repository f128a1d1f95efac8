"""Whether what a person typed agrees with what the identity provider vouches for. Pure; nothing is logged or raised.

Only identity numbers are equal or not. The other comparisons forgive what the same person writes in two ways and no
more, and none of them is a proof by itself: two people may share a name and a date of birth.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Final, Literal

from gateway import national_id, partial_date, phone_number, typed_text

Claim = Literal["cnie", "birthdate", "name", "email", "phone"]
"""A member of `gateway.auth.principal.Identity`."""


def agrees(claim: Claim, typed: str, verified: str) -> bool:
    """`typed` is as in a form, cleaned or not; `verified` is the claim as `Identity` has it.

    False where either says nothing: what is not vouched for agrees with nothing.
    """
    if not typed or not verified:
        return False
    try:
        return _COMPARED[claim](typed, verified)
    except ValueError:
        return False


def _same_number(typed: str, verified: str) -> bool:
    return national_id.typed(typed) == national_id.normalise(verified)


def _same_birth_date(typed: str, verified: str) -> bool:
    """A year agrees with a day of that year: registers and cards know more or less of the same person."""
    written = partial_date.parse(typed_text.latin_digits(typed_text.bare(typed)), without_year=True)
    return written.agrees(partial_date.parse(verified, without_year=True))


def _same_name(typed: str, verified: str) -> bool:
    """The same words, in any order, whatever their case, accents, vowel signs, hyphens and apostrophes."""
    words = name_words(typed)
    return bool(words) and words == name_words(verified)


def _same_email(typed: str, verified: str) -> bool:
    """Without the case of ASCII letters: no mail system in use tells them apart, other letters it does."""
    return typed_text.ascii_lower(typed_text.bare(typed)) == typed_text.ascii_lower(typed_text.bare(verified))


def _same_phone(typed: str, verified: str) -> bool:
    return phone_number.typed(typed) == phone_number.typed(verified)


def name_words(name: str) -> list[str]:
    """The words of a name as registers compare them, sorted: `Él-Fassi  Amina` -> `[amina, el, fassi]`.

    The Moroccan particles are written together or apart, so that the caller may want `"".join` of them.
    """
    bare = typed_text.decomposed(typed_text.bare(name)).casefold()
    kept = "".join(each for each in bare if not unicodedata.combining(each) and each not in "'\u2019")
    return sorted("".join(each if each.isalnum() else " " for each in kept).split())


_COMPARED: Final[Mapping[Claim, Callable[[str, str], bool]]] = {
    "cnie": _same_number,
    "birthdate": _same_birth_date,
    "name": _same_name,
    "email": _same_email,
    "phone": _same_phone,
}

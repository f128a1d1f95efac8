"""The one rule for text that a person typed: what is kept, dropped and refused (docs/reference/typed-text.md).

Copied text brings marks that nobody sees: around a number from a web page, inside a name from another program. They
make two equal things different, and some reverse what is shown. They are dropped before anything is checked, counted,
kept or sent. What no portal and no database can be asked to hold is refused. Everything here takes time that grows
with the length of the text and no faster.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import chain
from typing import Final

ONE_LINE: Final = 200
"""A text that may have so many characters at most is one line: line ends and tabs in it are spaces."""

_MOST_MARKS: Final = 30
"""Combining marks on one letter: the limit of Unicode's Stream-Safe Text Format (UAX #15, section 13)."""

_REFUSED: Final = frozenset({"Cc", "Cs", "Cn", "Co"})
"""Controls, halves of characters, code points that stand for nothing (noncharacters too), and those of private use."""

_IGNORABLE: Final = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties.txt) beyond the general category Cf."""
_VISIBLE: Final = frozenset([*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD])
"""Of the category Cf, but people see them: signs that Arabic and others write around numbers."""

_JOINER: Final = re.compile("[\u200c\u200d]")
_JOINING: Final = frozenset(
    {
        "ARABIC", "SYRIAC", "MANDAIC", "NKO", "MONGOLIAN", "PHAGS-PA", "TIFINAGH", "DEVANAGARI", "BENGALI", "GURMUKHI",
        "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER", "MYANMAR", "TIBETAN",
        "BALINESE", "JAVANESE",
    }
)  # fmt: skip
"""Scripts in which ZWNJ and ZWJ spell a word: the first word of their characters' names."""

_SPACE: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINE: Final = re.compile("[\t\n]+")
_LINE_END: Final = re.compile("\r\n?|[\u2028\u2029]")
_UPPER: Final = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_DIGITS: Final = {first + n: str(n) for first in (0x660, 0x6F0) for n in range(10)}


def acceptable(text: str) -> bool:
    """Whether nothing in the text has to be refused. Tabs and line ends are fine; `clean` and `line` deal with them."""
    if text.isascii() and text.isprintable():
        return True
    refused = {each for each in set(text) if unicodedata.category(each) in _REFUSED and each not in "\t\n\r"}
    return not any(_marks().sub("", each) for each in refused) and not _piled().search(_without_marks(text))


def clean(text: str) -> str:
    """The text as it is kept and sent: without invisible marks, NFC, one kind of space and of line end, trimmed.

    ZWNJ and ZWJ stay between two letters of one script that spells with them. What is not `acceptable` comes back, but
    not in NFC.
    """
    plain = _without_marks(text)
    if plain.isascii():
        return plain.strip()
    plain = _JOINER.sub(_belonging, plain)
    if not _piled().search(plain):
        plain = unicodedata.normalize("NFC", plain)
    return plain.strip()


def line(text: str) -> str:
    """`clean`, in one line."""
    return _LINE.sub(" ", clean(text)).strip()


def bare(text: str) -> str:
    """One line of what is no prose, such as an address or a number: joiners have no place in it, and nothing is
    composed, because NFC makes a K of the Kelvin sign and so one person of two."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _JOINER.sub("", _LINE.sub(" ", _without_marks(text))).strip()


def decomposed(text: str) -> str:
    """NFKD of text from anywhere, for comparison. Of more marks in a row than any writing has the first ones stay, so
    that it takes time that grows with the length of the text and no faster."""
    return unicodedata.normalize("NFKD", _piled().sub(lambda pile: pile[0][:_MOST_MARKS], text))


def latin_digits(text: str) -> str:
    """The digits of Arabic and Persian keyboards as 0 to 9; those of other scripts stay."""
    return text if text.isascii() else text.translate(_DIGITS)


def number(text: str) -> str:
    """An identifier or number, with the digits of any of these keyboards converted to 0 to 9."""
    return latin_digits(bare(text))


def ascii_upper(text: str) -> str:
    """Capitals for a to z and for nothing else: `str.upper` makes I of a dotless i, and FI of one ligature."""
    return text.translate(_UPPER)


def ascii_lower(text: str) -> str:
    """Small letters for A to Z and for nothing else: `str.lower` makes k of the Kelvin sign."""
    return text.translate(_LOWER)


def code(text: str) -> str:
    """A number of letters and digits, as on a paper: capitals, digits 0 to 9, no spaces."""
    return ascii_upper(latin_digits(bare(text))).replace(" ", "")


def _without_marks(text: str) -> str:
    plain = _LINE_END.sub("\n", text)
    return plain if plain.isascii() else _SPACE.sub(" ", _marks().sub("", plain))


@cache
def _marks() -> re.Pattern[str]:
    """Any mark that is dropped wherever it is. Made when a text first needs it: all of Unicode is gone through."""

    points = {point for first, last in _IGNORABLE for point in range(first, last + 1)}
    category = unicodedata.category
    points.update(point for point in _all_points() if category(chr(point)) == "Cf")
    return _any_of(points - _VISIBLE - {0x200C, 0x200D})


@cache
def _piled() -> re.Pattern[str]:
    """More combining marks in a row than any writing has: to bring them into order takes time by the square. What adds
    to a pile is a combining mark, and what is none itself but made of them (U+0F73)."""
    combining, decomposition = unicodedata.combining, unicodedata.decomposition
    points = set()
    for point in _all_points():
        character = chr(point)
        if combining(character) or (
            decomposition(character) and combining(unicodedata.normalize("NFKD", character)[0])
        ):
            points.add(point)
    return re.compile(f"{_any_of(points).pattern}{{{_MOST_MARKS + 1},}}")


def _all_points() -> Iterable[int]:
    return chain(range(0x80, 0x20000), range(0xE0000, 0xE1000))


def _any_of(wanted: set[int]) -> re.Pattern[str]:
    """As ranges: a set of single characters beyond the basic plane is gone through one by one."""
    points = sorted(wanted)
    firsts = [point for at, point in enumerate(points) if at == 0 or points[at - 1] != point - 1]
    lasts = [point for at, point in enumerate(points) if at + 1 == len(points) or points[at + 1] != point + 1]
    return re.compile(f"[{''.join(f'{chr(a)}-{chr(b)}' for a, b in zip(firsts, lasts, strict=True))}]")


def _belonging(joiner: re.Match[str]) -> str:
    """The joiner between two letters, or their vowel signs, of one script that spells with joiners; else nothing."""
    text, at = joiner.string, joiner.start()
    if not 0 < at < len(text) - 1:
        return ""
    return joiner[0] if _spelled(text[at - 1], text[at + 1]) else ""


@lru_cache(maxsize=4096)
def _spelled(before: str, after: str) -> bool:
    if not all(unicodedata.category(each)[0] in "LM" for each in (before, after)):
        return False
    scripts = {unicodedata.name(each, "").partition(" ")[0] for each in (before, after)}
    return len(scripts) == 1 and scripts <= _JOINING

"""Words as people type them, brought to one form: without accents, vowel signs, capitals and most endings.

The same is done to the catalogue and to the question, so that what is lost does not matter. Why not a full-text engine:
docs/decisions/catalogue-search.md.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gateway.typed_text import decomposed

if TYPE_CHECKING:
    from snowballstemmer import stemmer

_WORD: Final = re.compile(r"[^\W_]{2,}")
_SAME: Final = str.maketrans(
    {
        "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i",
        "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ء": None, "ـ": None,
    }
    | {chr(first + n): str(n) for first in (0x660, 0x6F0) for n in range(10)}
)  # fmt: skip

_SNOWBALL: Final = {
    "fr": "french",
    "en": "english",
    "es": "spanish",
    "nl": "dutch",
    "it": "italian",
    "de": "german",
}
LANGUAGES: Final = ("ar", *_SNOWBALL)

_ARTICLES: Final = ("وال", "بال", "كال", "فال", "ال", "لل")
_ENDINGS: Final = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")


def fold(text: str) -> str:
    """Small letters, no accents, no vowel signs or tatweel; alef, hamza, yeh and teh marbuta in one form each."""
    plain = decomposed(text.casefold())
    return "".join(each for each in plain if not unicodedata.combining(each)).translate(_SAME)


def folded_words(text: str) -> list[str]:
    """The folded words, in their order. An apostrophe or a hyphen parts words; single letters are left out."""
    return _WORD.findall(fold(text))


STOP: Final = frozenset(
    folded_words(
        """
        the of for and to in an my how do from with at on about against is want need
        de la le les des du un une et pour mon ma mes sur au aux en dans comment je veux par contre
        el los las del para por una mi como quiero con al contra
        het een van voor mijn op hoe ik bij wil tegen over
        il lo gli di per mio mia come del dell della contro
        der die das den dem ein eine einen für mein meine meinen und von im wie ich gegen über
        من في على إلى عن مع أو أن كيف هل أريد
        """
    )
)
"""Says nothing about what is looked for."""


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """A folded word without its ending, and in Arabic without its article. What it gives is no word, only a key."""
    if language == "ar":
        return _light_stem(word)
    found: str = _stemmer(language).stemWord(word)
    return found


@lru_cache(maxsize=len(_SNOWBALL))
def _stemmer(language: str) -> stemmer:
    # Takes 20 ms, which a gateway that nobody searches need not spend. With PyStemmer, which is installed beside it,
    # the stemmers are Snowball's in C: 20 µs for a word in six languages, in Python 900.
    import snowballstemmer

    return snowballstemmer.stemmer(_SNOWBALL[language])


def _light_stem(word: str) -> str:
    """The light stemmer `light10` (Larkey, Ballesteros and Connell, 2007). Its "and" is left on: too many words begin
    with that letter (birth, document, mandate)."""
    for article in _ARTICLES:
        if word.startswith(article) and len(word) >= len(article) + 2:
            word = word[len(article) :]
            break
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) >= len(ending) + 3:
            word = word[: -len(ending)]
    return word


def one_letter_off(one: str, other: str) -> bool:
    """Whether one letter too many, too few or wrong, or two that changed places, is all that differs."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])

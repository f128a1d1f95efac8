"""What the formats of the gateway look like as a person types them, as patterns for a browser.

The gateway cleans a value of a format before it checks it (capitals, spaces, digits of an Arabic keyboard), so these
take what it takes. They are coarser where a pattern cannot know better: the length of a phone number in its country, a
day that does not exist, a country's code that nobody has. There the gateway's answer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_DIGIT: Final = r"[0-9\u0660-\u0669\u06F0-\u06F9]"
_NOT_ZERO: Final = r"[1-9\u0661-\u0669\u06F1-\u06F9]"
_GAP: Final = r"[ .\-]*"
_MONTH: Final = r"(?:[0\u0660\u06F0][1-9\u0661-\u0669\u06F1-\u06F9]|[1\u0661\u06F1][0-2\u0660-\u0662\u06F0-\u06F2])"
_DAY: Final = (
    rf"(?:[0\u0660\u06F0]{_NOT_ZERO}|[12\u0661\u0662\u06F1\u06F2]{_DIGIT}|[3\u0663\u06F3][01\u0660\u0661\u06F0\u06F1])"
)
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"

PATTERNS: Final[Mapping[str, str]] = {
    "cnie": (
        rf"^{_GAP}[A-Za-z]{_GAP}(?:[A-Za-z]{_GAP}{_NOT_ZERO}(?:{_GAP}{_DIGIT}){{0,5}}"
        rf"|{_NOT_ZERO}(?:{_GAP}{_DIGIT}){{0,6}}){_GAP}$"
    ),
    "phone": rf"^ *(?:\+|[0\u0660\u06F0][0\u0660\u06F0])(?:[ .\(\)\/\-]*{_DIGIT}){{7,15}}[ .]*$",
    "email": rf"^ *[A-Za-z0-9.!#$%&'*+\/=?^_`\{{\|\}}~\-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+ *$",
    "date": rf"^ *{_DIGIT}{{4}}-{_MONTH}-{_DAY} *$",
    "birth-date": rf"^ *{_DIGIT}{{4}}(?:-{_MONTH}(?:-{_DAY})?)? *$",
    "country": r"^ *[A-Za-z]{2} *$",
    "ma-postcode": rf"^ *{_DIGIT}{{5}} *$",
    "attachment": r"^att_[0-9a-hjkmnp-tv-z]{26}$",
}

SOME_FILE: Final = f"att_{'0' * 26}"
"""How an example names a file, whichever: whoever files it puts the id of an upload in its place."""

"""The formats that forms use besides plain JSON Schema: which values are valid, and how they are stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from babel import Locale

from gateway import national_id, partial_date, phone_number, typed_text

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_POSTCODE: Final = re.compile(r"[0-9]{5}")
_ATTACHMENT: Final = re.compile(r"att_[0-9a-hjkmnp-tv-z]{26}")
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL: Final = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
"""As browsers check it (HTML, section 4.10.5.1.5), with a dot in the domain."""

_NOT_COUNTRIES: Final = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
)
"""Two-letter codes of CLDR that ISO 3166-1 does not assign to a country."""

COUNTRIES: Final = frozenset(
    code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code) and code not in _NOT_COUNTRIES
)
"""ISO 3166-1 alpha-2."""


@dataclass(frozen=True, slots=True)
class Format:
    accepts: Callable[[str], bool]
    clean: Callable[[str], str]

    def fits(self, value: object) -> bool:
        """A format applies to strings only, as JSON Schema says."""
        return not isinstance(value, str) or self.accepts(value)


def _reads(read: Callable[[str], object]) -> Callable[[str], bool]:
    """Whether `read` accepts the text, which it shows by not raising `ValueError`."""

    def accepts(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return accepts


def _as_read(read: Callable[[str], str]) -> Callable[[str], str]:
    """The text as `read` parses it; unchanged if `read` rejects it, and `accepts` then reports the error."""

    def clean(text: str) -> str:
        try:
            return read(text)
        except ValueError:
            return text

    return clean


def _digits(text: str) -> str:
    return typed_text.latin_digits(typed_text.bare(text))


def _birth_date(text: str) -> str:
    return str(partial_date.parse(_digits(text)))


def _is_email(text: str) -> bool:
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    if _DATE.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


FORMATS: Final = {
    "cnie": Format(_reads(national_id.typed), _as_read(national_id.typed)),
    "phone": Format(_reads(phone_number.typed), _as_read(phone_number.typed)),
    "email": Format(_is_email, typed_text.bare),
    "date": Format(_is_date, _digits),
    "birth-date": Format(_reads(partial_date.parse), _as_read(_birth_date)),
    "country": Format(COUNTRIES.__contains__, typed_text.code),
    "ma-postcode": Format(lambda text: _POSTCODE.fullmatch(text) is not None, _digits),
    "digits": Format(lambda text: True, _digits),
    "code": Format(lambda text: True, typed_text.code),
    "attachment": Format(lambda text: _ATTACHMENT.fullmatch(text) is not None, typed_text.bare),
}
"""`digits` and `code` only clean a text of digits, or of letters and digits; the `pattern` beside the format checks
it."""

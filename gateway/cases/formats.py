"""The formats that forms use besides plain JSON Schema: what fits, and how a value is written once it is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import phonenumbers
from babel import Locale

from gateway.auth import national_id

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
        """As JSON Schema has it: a format says nothing about what is not text."""
        return not isinstance(value, str) or self.accepts(value)


def _latin_digits(text: str) -> str:
    """Arabic-Indic digits, which Arabic keyboards give, as 0-9."""
    return "".join(str(unicodedata.digit(each)) if each.isdecimal() else each for each in text)


def _is_cnie(text: str) -> bool:
    try:
        national_id.normalise(text)
    except ValueError:
        return False
    return True


def _cnie(text: str) -> str:
    try:
        return national_id.normalise(_latin_digits(text))
    except ValueError:
        return text


def _parsed_phone(text: str) -> phonenumbers.PhoneNumber | None:
    """Only with a country code: a person abroad who writes 06... may mean either country."""
    number = _latin_digits(text)
    if number.startswith("00"):
        number = "+" + number[2:]
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_possible_number(parsed) else None


def _is_phone(text: str) -> bool:
    return _parsed_phone(text) is not None


def _phone(text: str) -> str:
    parsed = _parsed_phone(text)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if parsed else text


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


def _as_it_is(text: str) -> str:
    return text


FORMATS: Final = {
    "cnie": Format(_is_cnie, _cnie),
    "phone": Format(_is_phone, _phone),
    "email": Format(_is_email, _as_it_is),
    "date": Format(_is_date, _latin_digits),
    "country": Format(COUNTRIES.__contains__, str.upper),
    "ma-postcode": Format(lambda text: _POSTCODE.fullmatch(text) is not None, _latin_digits),
    "attachment": Format(lambda text: _ATTACHMENT.fullmatch(text) is not None, _as_it_is),
}

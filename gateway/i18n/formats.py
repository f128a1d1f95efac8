"""Amounts and times as people in Morocco read them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from babel.core import Locale, get_global
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_currency, get_currency_precision

from gateway.time_zones import MOROCCO

_LOCALES: Final = {
    "ar": "ar_MA",
    "fr": "fr_MA",
    "en": "en_GB",
    "es": "es_ES",
    "nl": "nl_NL",
    "it": "it_IT",
    "de": "de_DE",
}


def money(amount: int, currency: str, language: str) -> str:
    """An amount in the currency's minor unit, written out: 1040 -> `10,40 MAD`, in English `MAD 10.40`."""
    if currency not in get_global("all_currencies"):
        return f"{amount} {currency}"
    value = Decimal(amount).scaleb(-get_currency_precision(currency))
    written = format_currency(value, currency, locale=_locale(language))
    digits = written.removeprefix(currency)
    if digits != written and digits[0].isdigit():
        # CLDR asks for a space between a code and a digit, and the library leaves it out.
        return f"{currency}\N{NO-BREAK SPACE}{digits}"
    return written


def moment(at: datetime, language: str) -> str:
    """Date and time in Morocco, to the minute."""
    local = at.astimezone(MOROCCO)
    return f"{day(local, language)} {format_time(local, 'HH:mm', locale=_locale(language))}"


def day(on: date, language: str) -> str:
    return format_date(on, "long", locale=_locale(language))


def days(number: int, language: str) -> str:
    """A number of days with its word: `60 jours`, `10 أيام`."""
    # The threshold keeps 60 days from becoming two months.
    return format_timedelta(timedelta(days=number), "day", threshold=number + 1, locale=_locale(language))


def language_name(language: str, reader: str) -> str:
    """What a language is called in the reader's language."""
    return str(Locale.parse(_locale(reader)).languages.get(language, language))


def _locale(language: str) -> str:
    return _LOCALES.get(language, "en_GB")

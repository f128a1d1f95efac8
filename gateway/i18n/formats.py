"""Amounts and times as people in Morocco read them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.dates import format_date, format_time
from babel.numbers import format_currency, get_currency_precision

ZONE: Final = ZoneInfo("Africa/Casablanca")
"""The legal time of Morocco, with its shift in Ramadan."""

_LOCALES: Final = {"ar": "ar_MA", "fr": "fr_MA", "en": "en_GB"}


def money(amount: int, currency: str, language: str) -> str:
    """An amount in the currency's minor unit, written out: 1040 -> `10,40 MAD`."""
    if currency not in get_global("all_currencies"):
        return f"{amount} {currency}"
    value = Decimal(amount).scaleb(-get_currency_precision(currency))
    return format_currency(value, currency, locale=_locale(language))


def moment(at: datetime, language: str) -> str:
    """Date and time in Morocco, to the minute."""
    local = at.astimezone(ZONE)
    return f"{day(local, language)} {format_time(local, 'HH:mm', locale=_locale(language))}"


def day(on: date, language: str) -> str:
    return format_date(on, "long", locale=_locale(language))


def _locale(language: str) -> str:
    return _LOCALES.get(language, "en_GB")

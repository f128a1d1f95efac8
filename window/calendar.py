"""Free slots by day, as the clock of the post shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from babel.core import get_global
from babel.dates import format_date, format_time, get_timezone_location

_LOCALES: Final = {"ar": "ar_MA", "fr": "fr_FR", "en": "en_GB"}


class Free(msgspec.Struct, kw_only=True):
    id: str
    clock: str


class Day(msgspec.Struct, kw_only=True):
    title: str
    slots: list[Free]


def by_day(slots: Iterable[Mapping[str, Any]], language: str) -> list[Day]:
    """The offset that each time has is the post's own: it is shown as it stands, wherever the reader is."""
    days: dict[date, Day] = {}
    for each in slots:
        at = datetime.fromisoformat(each["starts_at"])
        locale = _LOCALES[language]
        day = days.setdefault(at.date(), Day(title=format_date(at.date(), "EEEE d MMMM y", locale=locale), slots=[]))
        day.slots.append(Free(id=each["id"], clock=format_time(at.time(), "HH:mm", locale=locale)))
    return [days[each] for each in sorted(days)]


def day_after(slots: list[dict[str, Any]]) -> str:
    """The day after the last of them; empty for none."""
    if not slots:
        return ""
    return (datetime.fromisoformat(slots[-1]["starts_at"]).date() + timedelta(days=1)).isoformat()


def place(zone: str, language: str) -> str:
    """`Europe/Paris` is the clock of Paris, as the language calls it."""
    if zone in get_global("zone_aliases"):  # it would be called by another city, Montreal by Toronto
        return zone.rpartition("/")[2].replace("_", " ")
    return get_timezone_location(zone, locale=_LOCALES[language], return_city=True)

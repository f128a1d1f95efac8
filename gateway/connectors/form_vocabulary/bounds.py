"""The first and last day that a date may be: `x-earliest` and `x-latest`, a day or one counted from today."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from gateway import partial_date

PATTERN: Final = r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|today(?:[+\-][0-9]{1,4}[dmy])?)$"
"""`2024-01-31`, `today`, `today-130y`, `today+10d`, `today-3m`."""

_RELATIVE: Final = re.compile(r"today(?:([+-])([0-9]{1,4})([dmy]))?")
_EAST: Final = timedelta(hours=14)
_WEST: Final = timedelta(hours=-12)
"""Where a day begins first and last: nobody's today is out of bounds."""


def day(bound: str, today: date) -> date:
    """The day that a bound means. Raises `ValueError` for what is no bound."""
    found = _RELATIVE.fullmatch(bound)
    if found is None:
        return date.fromisoformat(bound)
    sign, count, unit = found.groups()
    if sign is None:
        return today
    number = int(count) if sign == "+" else -int(count)
    if unit == "d":
        return today + timedelta(days=number)
    months = today.year * 12 + today.month - 1 + number * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    first = date(year, month + 1, 1)
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return first.replace(day=min(today.day, last))


def too_early(value: str, bound: str, now: datetime | None = None) -> bool:
    """Whether a date, known to the year perhaps, lies before the bound altogether. False for what is no date."""
    return _outside(value, bound, now, first=True)


def too_late(value: str, bound: str, now: datetime | None = None) -> bool:
    """The same, after the bound."""
    return _outside(value, bound, now, first=False)


def _outside(value: str, bound: str, now: datetime | None, *, first: bool) -> bool:
    moment = now or datetime.now(UTC)
    try:
        given = partial_date.parse(value)
        if first:
            return given.last_day() < day(bound, (moment + _WEST).date())
        return given.first_day() > day(bound, (moment + _EAST).date())
    except ValueError:
        return False

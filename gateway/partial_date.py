"""Dates that may be known to the year or the month only: YYYY, YYYY-MM, YYYY-MM-DD. Registers have such people.

OpenID Connect (Core 1.0, section 5.1) has two forms more in the claim `birthdate`: YYYY alone, which is one of these,
and 0000-MM-DD for a year that is not told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_SHAPE: Final = re.compile("([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_LEAP: Final = 2000
"""Stands for a year that is not told, so that 29 February is a day."""


@dataclass(frozen=True, slots=True)
class PartialDate:
    """`None` where it is not known. A day has its month."""

    year: int | None
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        written = f"{self.year or 0:04d}"
        if self.month is not None:
            written += f"-{self.month:02d}"
        return written if self.day is None else f"{written}-{self.day:02d}"

    def agrees(self, other: PartialDate) -> bool:
        """Whether both can be the same day: what both know is equal."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(one == another for one, another in pairs if one is not None and another is not None)

    def last_day(self) -> date:
        """The last day that it can be. Raises `ValueError` without a year."""
        if self.year is None:
            raise ValueError("the year is not told")
        if self.day is not None:
            return date(self.year, self.month or 1, self.day)
        month = self.month or 12
        following = date(self.year + month // 12, month % 12 + 1, 1) if self.year < 9999 or month < 12 else date.max
        return following - timedelta(days=1) if following != date.max else date.max

    def first_day(self) -> date:
        """The first day that it can be. Raises `ValueError` without a year."""
        if self.year is None:
            raise ValueError("the year is not told")
        return date(self.year, self.month or 1, self.day or 1)


def parse(text: str, *, without_year: bool = False) -> PartialDate:
    """The date that is written so, to the letter; `without_year` takes 0000-MM-DD too. Raises `ValueError`."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError("not a date")
    year, month, day = (int(part) if part else None for part in found.groups())
    if year == 0 and not (without_year and day is not None):
        raise ValueError("not a date")
    date(year or _LEAP, 1 if month is None else month, 1 if day is None else day)
    return PartialDate(year or None, month, day)

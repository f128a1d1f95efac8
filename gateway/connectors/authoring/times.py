"""Times as a Moroccan portal shows them: a wall clock's, without an offset."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from gateway.connectors.authoring.answers import UnexpectedAnswer
from gateway.foreign_text import wall_clock_order
from gateway.time_zones import MOROCCO as MOROCCO

OUT_OF_ORDER: Final = "portal_steps_out_of_order"
"""The warning of a history whose order cannot be time's."""

_WALL_CLOCK: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4}) ([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")


def wall_clock(text: str, *, seconds: bool) -> datetime:
    """`dd/MM/yyyy HH:mm`, with `seconds` `dd/MM/yyyy HH:mm:ss`. Naive. Raises `UnexpectedAnswer`, and `ValueError` for
    a day that does not exist."""
    found = _WALL_CLOCK.fullmatch(text)
    if found is None or (found[6] is not None) != seconds:
        raise UnexpectedAnswer("a time in another form")
    day, month, year, hour, minute, second = map(int, found.groups("0"))
    return datetime(year, month, day, hour, minute, second)


def in_morocco(wall: datetime) -> datetime:
    """UTC of a Moroccan wall clock's time; of the two meanings that an hour has when the clocks go back, the first."""
    return wall.replace(tzinfo=MOROCCO).astimezone(UTC)


def in_order(walls: Sequence[datetime], *, newest_first: bool) -> tuple[list[tuple[int, datetime]], list[str]]:
    """A history's order, oldest first, as (place in `walls`, UTC), and warnings.

    The page's own order decides: an hour comes twice when the clocks go back, and minutes are too coarse to sort by.
    `newest_first` is how the page is usually written. Only an order that cannot be time's is sorted, with a warning.
    """
    order = wall_clock_order(walls, MOROCCO, newest_first=newest_first)
    if order is not None:
        return order, []
    timed = [(place, in_morocco(wall)) for place, wall in enumerate(walls)]
    return sorted(timed, key=lambda pair: pair[1]), [OUT_OF_ORDER]

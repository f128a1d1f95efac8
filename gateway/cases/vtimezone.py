"""The rules of a time zone around one event, as a VTIMEZONE (RFC 5545, 3.6.5), for programs that have no others.

Each change of the clock is written out as the time zone data have it, without a rule that repeats: Morocco's changes
followed the moon, and a rule would promise years that no law has decided. icalendar's own generator looks for changes
in steps of 35 days, and steps over a shorter Ramadan.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import icalendar

_AROUND: Final = timedelta(days=400)
"""Before and after the event: a whole year of changes on each side."""
_STEP: Final = timedelta(days=1)
"""Two changes of one zone are six days apart at least (Brazil in October 2000); a test looks at all of them."""
_SECOND: Final = timedelta(seconds=1)


def vtimezone(name: str, zone: tzinfo, start: datetime, end: datetime) -> icalendar.Timezone:
    """The zone `name` as it is from more than a year before `start` to more than a year after `end`."""
    import icalendar

    first = (start - _AROUND).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    component = icalendar.Timezone()
    component.add("tzid", name)
    _observe(component, zone, first, first)
    for change in changes(zone, first, end.astimezone(UTC) + _AROUND):
        _observe(component, zone, change, change - _SECOND)
    return component


def changes(zone: tzinfo, first: datetime, last: datetime) -> list[datetime]:
    """Each instant in UTC, to the second, at which the offset becomes another one."""
    found, at, offset = [], first, _offset(zone, first)
    while at < last:
        step = min(at + _STEP, last)
        if (later := _offset(zone, step)) != offset:
            found.append(_between(zone, at, step))
        at, offset = step, later
    return found


def _between(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The first second of the offset that `after` has."""
    old = _offset(zone, before)
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _observe(component: icalendar.Timezone, zone: tzinfo, since: datetime, before: datetime) -> None:
    """The offset from `since` on; the one of `before` is that in which its wall clock is told."""
    import icalendar

    local, old = since.astimezone(zone), _offset(zone, before)
    part = icalendar.TimezoneDaylight() if local.dst() else icalendar.TimezoneStandard()
    part.add("dtstart", (since + old).replace(tzinfo=None))
    part.add("tzoffsetfrom", old)
    part.add("tzoffsetto", _offset(zone, since))
    part.add("tzname", local.tzname() or "")
    component.add_component(part)


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()

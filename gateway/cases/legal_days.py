"""Days as they are dated in Morocco: legal terms, and the days between which something was filed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from gateway.time_zones import MOROCCO


class DaysInvalid(Exception):
    """The last day comes before the first."""


def days_between(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """The moment at which the first day begins, and the one at which the last day is over; None where there is no
    bound. Raises `DaysInvalid`."""
    if first is not None and last is not None and last < first:
        raise DaysInvalid
    end = None if last is None or last == date.max else beginning(last + timedelta(days=1))
    return None if first is None else beginning(first), end


def beginning(day: date) -> datetime:
    """The moment at which a day begins in Morocco."""
    try:
        return datetime.combine(day, time(), MOROCCO).astimezone(UTC)
    except OverflowError:  # before the first moment that there is
        return datetime.min.replace(tzinfo=UTC)


def day_of(at: datetime) -> date:
    """The day as it is dated in Morocco."""
    return at.astimezone(MOROCCO).date()


def last_day(filed_at: datetime, days: int) -> str:
    """The last day of a legal term, counted from the day after filing as it is dated in Morocco (ISO 8601)."""
    return (day_of(filed_at) + timedelta(days=days)).isoformat()

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
    end = None if last is None or last == date.max else _beginning(last + timedelta(days=1))
    return None if first is None else _beginning(first), end


def _beginning(day: date) -> datetime:
    try:
        return datetime.combine(day, time(), MOROCCO).astimezone(UTC)
    except OverflowError:  # before the first moment that there is
        return datetime.min.replace(tzinfo=UTC)


def last_day(filed_at: datetime, days: int) -> str:
    """The last day of a legal term, counted from the day after filing as it is dated in Morocco (ISO 8601)."""
    return (filed_at.astimezone(MOROCCO).date() + timedelta(days=days)).isoformat()

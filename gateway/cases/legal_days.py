"""Legal terms in days, as they are dated in Morocco."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.time_zones import MOROCCO


def last_day(filed_at: datetime, days: int) -> str:
    """The last day of a legal term, counted from the day after filing as it is dated in Morocco (ISO 8601)."""
    return (filed_at.astimezone(MOROCCO).date() + timedelta(days=days)).isoformat()

"""A place in a list that is ordered by time and id: what follows it is the next page, whatever came or went before."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from urllib.parse import quote, unquote


class BadCursor(ValueError):
    """The cursor is not one of ours."""


def write_cursor(at: datetime, id: str) -> str:
    text = f"{at.isoformat()} {quote(id, safe='')}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Time (UTC) and id of the last one of the page before. Raises `BadCursor`."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, quoted = text.split(" ")
        moment, id = datetime.fromisoformat(at), unquote(quoted, errors="strict")
        if moment.tzinfo is None or not id.isprintable():
            raise ValueError(cursor)
        return moment.astimezone(UTC), id
    except (ValueError, OverflowError, binascii.Error) as error:  # or a time that UTC has no name for
        raise BadCursor(cursor) from error

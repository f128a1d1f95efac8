"""Places in a list that is numbered: a page's cursor, the last event that was seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

from litestar.params import QueryParameter

from gateway.api.http.problems import Problem
from gateway.api.http.shapes import Page

LARGEST: Final = 2**53 - 1
"""Every JSON reader knows it exactly (RFC 8259, section 6), and so does every database."""

_NUMBER: Final = re.compile(r"[0-9]{1,16}")

T = TypeVar("T")

Cursor = Annotated[str, QueryParameter(max_length=200, description="`next_cursor` of the page before.")]


def number(text: str) -> int | None:
    """The number that stands in a cursor, None for an empty one."""
    if not text:
        return None
    found = int(text) if _NUMBER.fullmatch(text) else LARGEST + 1
    if found > LARGEST:
        raise Problem("cursor_invalid")
    return found


def part(everything: Sequence[T], cursor: str, limit: int) -> Page[T]:
    """One page of a list that is there as a whole; the cursor counts from its beginning. Raises `Problem`."""
    start = number(cursor) or 0
    end = start + limit
    more = end < len(everything)
    return Page(data=list(everything[start:end]), has_more=more, next_cursor=str(end) if more else None)

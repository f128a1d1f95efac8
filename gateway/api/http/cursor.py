"""Places in a list that is numbered: a page's cursor, the last event that was seen."""

from __future__ import annotations

import re
from typing import Annotated, Final

from litestar.params import QueryParameter

from gateway.api.http.problems import Problem

LARGEST: Final = 2**53 - 1
"""Every JSON reader knows it exactly (RFC 8259, section 6), and so does every database."""

_NUMBER: Final = re.compile(r"[0-9]{1,16}")

Cursor = Annotated[str, QueryParameter(max_length=200, description="`next_cursor` of the page before.")]


def number(text: str) -> int | None:
    """The number that stands in a cursor, None for an empty one."""
    if not text:
        return None
    found = int(text) if _NUMBER.fullmatch(text) else LARGEST + 1
    if found > LARGEST:
        raise Problem("cursor_invalid")
    return found

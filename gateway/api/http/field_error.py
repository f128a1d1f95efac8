"""One thing that is wrong with a request."""

from __future__ import annotations

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """`pointer` is a JSON pointer (RFC 6901) into the request body, or `/?name` for a query parameter; `detail` never
    repeats the value, and left empty it becomes the general text for `code`. `allowed` are the values that are
    possible, where they can be listed, and `limit` the bound that the value is beyond."""

    pointer: str
    code: str
    detail: str = ""
    allowed: list[str] = []
    limit: int | None = None

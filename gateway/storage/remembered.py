"""What a unit of work remembers of what it has read, and has locked, until it ends."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection

REMEMBERED: Final = "remembered"
"""In the `info` of a connection; made anew for each unit of work."""


def remembered(tx: Connection) -> dict[Any, Any]:
    """Empty, and of no effect, outside of a unit of work."""
    found: dict[Any, Any] = tx.info.get(REMEMBERED, {})
    return found

"""What a unit of work remembers until it ends: what it has read, and has locked, and what is to be checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection

REMEMBERED: Final = "remembered"
"""In the `info` of a connection; made anew for each unit of work."""
_CHECKS: Final = "checks"


def remembered(tx: Connection) -> dict[Any, Any]:
    """Empty, and of no effect, outside of a unit of work."""
    found: dict[Any, Any] = tx.info.get(REMEMBERED, {})
    return found


def check_before_commit(tx: Connection, check: Callable[[], None]) -> None:
    """Call `check` when the unit of work has done all else; what it raises takes everything back. So an answer that was
    asked for `later` is waited for with the others'. Outside of a unit of work it is called at once."""
    if REMEMBERED in tx.info:
        remembered(tx).setdefault(_CHECKS, []).append(check)
    else:
        check()


def check_now(tx: Connection) -> None:
    """At the end of a unit of work."""
    for check in remembered(tx).pop(_CHECKS, ()):
        check()

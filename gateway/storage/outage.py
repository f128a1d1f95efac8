"""Which errors say that the database is away for now, so that the same work may succeed in a moment: 503, not 500."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

READ_ONLY: Final = frozenset({"25006", "0A000"})
"""SQLSTATEs of a database that takes no writes, as after a fail-over. The second, "not supported", is a standby's to
whoever says that it wants to write; nothing else of ours is told so."""
_FOR_NOW: Final = READ_ONLY | {"25P03", "25P04"}
"""An idle transaction, or a long one, was ended by the server."""

_ALWAYS: Final = (OperationalError, InterfaceError, PoolTimeout, PendingRollbackError)
"""Cannot be reached, shuts down, has no room, was lost on the way, or no connection was free in time."""


def is_outage(error: BaseException) -> bool:
    """Whether `error` is the database's absence, not a mistake of ours."""
    if isinstance(error, _ALWAYS):
        return True
    return isinstance(error, DBAPIError) and (error.connection_invalidated or sqlstate(error.orig) in _FOR_NOW)


def sqlstate(error: BaseException | None) -> str:
    """PostgreSQL's code for what a driver raised; empty where there is none."""
    return str(getattr(error, "sqlstate", None) or "")

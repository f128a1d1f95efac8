"""Waiting for PostgreSQL: a process that starts while its database is away, or takes no writes yet, does not end.

Before anything else runs, and in plain blocking code, so that a signal ends the wait as it ends any program.
"""

from __future__ import annotations

import time
from typing import Final

import structlog
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

_CONNECT_SECONDS: Final = 5
_PAUSE_SECONDS: Final = (0.25, 5.0)

_log: Final = structlog.get_logger(__name__)


def wait_for_store(url: str) -> None:
    """Return once the database takes writes. On SQLite at once: there is nobody to wait for.

    Waits without end and says so in the log, ever more seldom. A wrong password looks the same as a database that is
    starting; `mre-gateway doctor` tells them apart.
    """
    tries, pause = 0, _PAUSE_SECONDS[0]
    while failure := _failure(url):
        tries += 1
        if tries & (tries - 1) == 0:
            _log.warning("store_awaited", error=failure, count=tries)
        time.sleep(pause)
        pause = min(_PAUSE_SECONDS[1], pause * 1.5)
    if tries:
        _log.info("store_reached", count=tries)


def reachable(url: str) -> bool:
    """Whether the database can be reached and takes writes."""
    return not _failure(url)


def _failure(url: str) -> str:
    """Why not: the class of the error. Empty if it can."""
    if make_url(url).get_backend_name() == "sqlite":
        return ""
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": _CONNECT_SECONDS})
    try:
        with engine.connect() as connection:
            readonly = connection.execute(text("SELECT current_setting('transaction_read_only')")).scalar_one()
            return "ReadOnly" if readonly == "on" else ""
    except SQLAlchemyError as error:
        return type(error).__name__
    finally:
        engine.dispose()

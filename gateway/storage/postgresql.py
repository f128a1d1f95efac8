"""What is PostgreSQL's alone: how its connections are made, a limit on reads, and what VACUUM leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import threading
import time
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DisconnectionError, OperationalError

from gateway.storage.outage import READ_ONLY, sqlstate

CONNECT_SECONDS: Final = 5
_CANCEL_SECONDS: Final = 1.0
"""How long a server may take to cancel a read before its connection is cut off."""
_LOOK_SECONDS: Final = 0.05

_log: Final = structlog.get_logger(__name__)

_OLDER_VIEWS: Final = text("""
SELECT count(*) FROM (
    SELECT unnest(ARRAY[backend_xmin, backend_xid]) AS xmin FROM pg_stat_activity
        WHERE (datname = current_database() OR datname IS NULL) AND pid <> pg_backend_pid()
    UNION ALL SELECT xmin FROM pg_replication_slots
    UNION ALL SELECT transaction FROM pg_prepared_xacts WHERE database = current_database()
) AS views WHERE age(xmin) > age(CAST(:mark AS xid))
""")
"""Who may still see, or for whom PostgreSQL keeps, rows that were deleted before the transaction `mark`."""


def engine_options(stall_seconds: float, read_seconds: float | None) -> dict[str, Any]:
    """No more connections than were named: by default SQLAlchemy opens as many again while it is busy."""
    stall = f"-c idle_in_transaction_session_timeout={int(stall_seconds * 1000)}"
    return {
        "max_overflow": 0,
        "pool_timeout": read_seconds or 30.0,
        "connect_args": {"options": stall, "connect_timeout": CONNECT_SECONDS},
    }


def leave_lost(engine: Engine) -> None:
    """A connection that the server has closed is not used again.

    An idle connection has nothing to read; one that was closed has its end to read. To look costs a system call, where
    SQLAlchemy's `pool_pre_ping` costs a question to the server before each transaction.
    """

    @event.listens_for(engine, "checkout")
    def refuse_if_closed(driver: Any, *_: object) -> None:
        poll = select.poll()
        poll.register(driver.fileno(), select.POLLIN)
        if poll.poll(0):
            raise DisconnectionError("the server has closed the connection")


def leave_read_only(engine: Engine) -> None:
    """A database that takes no writes any more is, after a fail-over, the wrong one: connect anew, all of us."""

    @event.listens_for(engine, "handle_error")
    def failed(context: Any) -> None:
        if sqlstate(context.original_exception) in READ_ONLY:
            context.is_disconnect = True


class ConnectionsInUse:
    """Those of the pool that somebody works with now."""

    def __init__(self, engine: Engine) -> None:
        self._held: set[Any] = set()
        event.listen(engine, "checkout", lambda driver, *_: self._held.add(driver))
        for gone in ("checkin", "invalidate", "close"):
            event.listen(engine, gone, lambda driver, *_: self._held.discard(driver))

    def end(self, within: float) -> None:
        """Wait so long for them to come back, then cut off the others: their threads would wait for ever for a server
        that hangs."""
        until = time.monotonic() + within
        while self._held and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        for driver in list(self._held):
            _log.warning("store_connection_cut_off")
            cut_off(driver)


def cut_off(driver: Any) -> None:
    """Whoever waits on this connection sees it as lost."""
    import psycopg  # here, because SQLite needs none

    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(driver.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


class ReadLimit:
    """Ends what one read asks for once it has taken `seconds`. Made on the event loop; the read runs in a thread."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._driver: Any = None
        self._over = False
        self._ending: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(seconds, self._start)

    def began(self, connection: Connection) -> None:
        """In the thread, before the first statement."""
        with self._lock:
            self._driver = connection.connection.driver_connection

    def ended(self) -> None:
        """In the thread, before the connection goes back to the pool, where others take it."""
        with self._lock:
            self._over, self._driver = True, None

    def cancel(self) -> None:
        """On the event loop, when there is nothing left to end."""
        self._timer.cancel()

    def _start(self) -> None:
        self._ending = asyncio.get_running_loop().create_task(asyncio.to_thread(self._end), name="end-read")

    def _end(self) -> None:
        """The server is asked to cancel it. One that does not answer, because it hangs or is gone, loses the
        connection, which whoever reads sees as any other loss."""
        with self._lock:
            if self._driver is None:
                return
            driver = self._driver
            _log.warning("store_read_ended", wait_seconds=self._seconds)
            with contextlib.suppress(Exception):
                driver.cancel_safe(timeout=_CANCEL_SECONDS)
        time.sleep(_CANCEL_SECONDS)
        with self._lock:
            if self._driver is not None:
                cut_off(driver)


def scrub(engine: Engine, *, patience: float, lock_seconds: float) -> bool:
    """Remove dead rows, and write the table of the persons' keys anew; see `Storage.scrub`. Blocks."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        alone = _unseen(connection, patience)
        connection.exec_driver_sql("VACUUM")
        return _rewrite_keys(connection, lock_seconds) and alone


def _unseen(connection: Connection, patience: float) -> bool:
    """Nobody sees any more what was deleted until now."""
    mark = connection.exec_driver_sql("SELECT pg_current_xact_id()::xid::text").scalar_one()
    until = time.monotonic() + patience
    while connection.execute(_OLDER_VIEWS, {"mark": mark}).scalar_one():
        if time.monotonic() >= until:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _rewrite_keys(connection: Connection, patience: float) -> bool:
    """VACUUM leaves the bytes of a removed row in their page until another row needs the room. FULL does not."""
    connection.exec_driver_sql(f"SET lock_timeout = {int(patience * 1000)}")
    try:
        connection.exec_driver_sql("VACUUM FULL subject_keys")
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":  # lock_not_available
            raise
        return False
    finally:
        connection.exec_driver_sql("RESET lock_timeout")
    return True

"""Is the process alive that holds something? Told by what the operating system, or PostgreSQL, ends with it.

A lease alone says that a holder is dead only when its time is over. Here a process has a number. On PostgreSQL a
session of its own holds the advisory lock of that number as long as the process lives, and whoever gets the lock knows
that it does not. SQLite has one process: whoever locks the file beside the database is alone, and all that was held
before it came is held by the dead.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import secrets
from pathlib import Path
from typing import IO, Final

import structlog
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.async_tasks import end
from gateway.storage.engine import Storage

_BEAT_SECONDS: Final = 5.0
"""How often the session is looked after. One that broke takes the same lock again."""

_log: Final = structlog.get_logger(__name__)


class Holder:
    """This process, as one that may hold something."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.number = secrets.randbits(62) + 1
        self._task: asyncio.Task[None] | None = None
        self._file: IO[bytes] | None = None
        self._held = asyncio.Event()

    async def start(self) -> bool:
        """From now on others can tell that it lives. True: it is the only one, and whatever is held is dead men's."""
        if self._storage.sqlite:
            return self._lock_file()
        self._task = asyncio.create_task(self._stay(), name="holder")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_BEAT_SECONDS):
                await self._held.wait()
        return False

    async def stop(self) -> None:
        await end(self._task)
        if self._file is not None:
            self._file.close()

    def _lock_file(self) -> bool:
        path = make_url(self._storage.url).database
        if not path or path == ":memory:":
            return True
        self._file = Path(f"{path}.lock").open("ab")  # noqa: SIM115 - as long as the process
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    async def _stay(self) -> None:
        import psycopg  # here, because SQLite needs none

        while True:
            try:
                connection = await self._storage.session()
                async with connection:  # the lock ends with the session
                    await connection.execute("SELECT pg_advisory_lock(%s)", [self.number])
                    while True:
                        self._held.set()
                        await asyncio.sleep(_BEAT_SECONDS)
                        await connection.execute("SELECT 1")
            except (SQLAlchemyError, psycopg.Error, OSError):
                _log.warning("holder_session_lost")
            except Exception:  # without a lock this process would be taken for dead
                _log.exception("holder_session_lost")
            await asyncio.sleep(1.0)


def is_dead(connection: Connection, number: int) -> bool:
    """Whether the process with this number is certainly gone. On SQLite nobody can tell after the start."""
    if connection.dialect.name != "postgresql" or not number:
        return False
    got = connection.execute(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number})
    return bool(got.scalar_one())

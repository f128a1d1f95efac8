"""Word from process to process that there is something to look for in the database: PostgreSQL's LISTEN and NOTIFY.

A notice says nothing but its name, may come more than once, and may be lost with a connection: who waits for it looks
now and then without one too. On SQLite there is one process, and a notice is a function call.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.async_tasks import end
from gateway.storage.engine import Storage

_log: Final = structlog.get_logger(__name__)

_TOGETHER_SECONDS: Final = 0.02
"""Notices of one process within this time become one: NOTIFY commits are made one after the other by the server."""
_AGAIN_SECONDS: Final = 1.0
_ALIVE_SECONDS: Final = 30.0
"""How often the listening connection is tried, should it be broken without a word."""


class Notices:
    """One named notice, sent and received."""

    def __init__(self, storage: Storage, name: str) -> None:
        if not name.isidentifier():
            raise ValueError(name)
        self._storage, self._name = storage, name
        self._process = secrets.token_hex(8)
        self._told: list[Callable[[], None]] = []
        self._sending: asyncio.Task[None] | None = None
        self._wanted = False
        self._listening: asyncio.Task[None] | None = None

    def send(self) -> None:
        """Tell whoever listens, here at once and in other processes soon. Call it after the commit."""
        self._tell()
        if self._storage.sqlite:
            return
        self._wanted = True
        if self._sending is None:
            self._sending = asyncio.create_task(self._send(), name=f"notify-{self._name}")

    def subscribe(self, told: Callable[[], None]) -> None:
        """Call `told` for each notice. From the first one on, this process listens."""
        self._told.append(told)
        if not self._storage.sqlite and self._listening is None:
            self._listening = asyncio.create_task(self._listen(), name=f"listen-{self._name}")

    async def unsubscribe(self, told: Callable[[], None]) -> None:
        self._told.remove(told)
        if not self._told and self._listening is not None:
            task, self._listening = self._listening, None
            await end(task)

    async def close(self) -> None:
        """Send what is still to be sent, and nothing more."""
        if self._sending is not None:
            await asyncio.wait([self._sending], timeout=_AGAIN_SECONDS)
            if self._sending is not None:
                await end(self._sending)

    def _tell(self) -> None:
        for each in self._told:
            each()

    async def _send(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                try:
                    await self._storage.run_write(self._notify)
                except (SQLAlchemyError, OSError):
                    _log.warning("notice_not_sent")  # the others look by themselves after a while
                await asyncio.sleep(_TOGETHER_SECONDS)
        finally:
            self._sending = None

    def _notify(self, tx: Connection) -> None:
        # Nothing is stored, so there is nothing to wait for on the disk.
        tx.exec_driver_sql("SET LOCAL synchronous_commit TO off")
        tx.exec_driver_sql(f"NOTIFY {self._name}, '{self._process}'")

    async def _listen(self) -> None:
        import psycopg  # here, because SQLite needs none

        while True:
            try:
                async with await self._storage.session() as connection:
                    await connection.execute(f"LISTEN {self._name}".encode())
                    self._tell()  # what was missed before
                    while True:
                        async for notice in connection.notifies(timeout=_ALIVE_SECONDS):
                            if notice.payload != self._process:
                                self._tell()
                        await connection.execute(b"SELECT 1")
            except (SQLAlchemyError, psycopg.Error, OSError):
                _log.warning("listening_lost")
            except Exception:  # of what was told, too: the next notice comes all the same
                _log.exception("listening_lost")
            await asyncio.sleep(_AGAIN_SECONDS)

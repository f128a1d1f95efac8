"""One way to the database. Every write is `async with storage.transaction() as tx`; every read `storage.read()`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

T = TypeVar("T")

_LOOKERS: Final = 4
"""Threads that read SQLite."""


class Storage:
    """The pool of connections to the gateway's database.

    SQLite has one writer: here writers queue in the process instead of failing on a busy lock, and a writing
    transaction begins IMMEDIATE, so that it cannot lose its snapshot half-way. WAL and synchronous=FULL: what is
    committed is on the disk.
    """

    def __init__(
        self, url: str, *, pool_size: int = 10, busy_timeout: float = 30.0, stall_seconds: float = 10.0
    ) -> None:
        self.url = url
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        stall = f"-c idle_in_transaction_session_timeout={int(stall_seconds * 1000)}"
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            pool_pre_ping=not self.sqlite,
            connect_args={} if self.sqlite else {"options": stall},
        )
        self._writes = self.engine.execution_options(writes=True)
        self._reads = (
            self.engine
            if self.sqlite
            else self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )
        self._writer = asyncio.Lock()
        self._after: WeakKeyDictionary[AsyncConnection, list[Callable[[], None]]] = WeakKeyDictionary()
        if self.sqlite:
            _tune_sqlite(self.engine.sync_engine, busy_timeout)
            self._thread = ThreadPoolExecutor(1, "sqlite-writer")
            engine = create_engine(make_url(url).set(drivername="sqlite"), pool_size=1)
            _tune_sqlite(engine, busy_timeout)
            self._thread_engine = engine.execution_options(writes=True)
            self._lookers = ThreadPoolExecutor(_LOOKERS, "sqlite-reader")
            self._look_engine = create_engine(make_url(url).set(drivername="sqlite"), pool_size=_LOOKERS)
            _tune_sqlite(self._look_engine, busy_timeout)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A writing transaction: commits on the way out, rolls back on any error."""
        async with AsyncExitStack() as stack:
            if self.sqlite:
                await stack.enter_async_context(self._writer)
            connection = await stack.enter_async_context(self._writes.connect())
            async with connection.begin():
                yield connection
            for callback in self._after.pop(connection, ()):
                callback()

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """A writing transaction that is one function, committed when it returns.

        On SQLite the whole of it runs in a thread of its own: one hand-over instead of one a statement, some ten times
        cheaper. Cancelled there, it still runs to its end, and whoever writes next waits for that.
        """
        if not self.sqlite:
            async with self.transaction() as tx:
                return await tx.run_sync(work)
        await self._writer.acquire()
        running = asyncio.get_running_loop().run_in_executor(self._thread, self._in_thread, work)
        running.add_done_callback(lambda _: self._writer.release())
        return await asyncio.shield(running)

    def _in_thread(self, work: Callable[[Connection], T]) -> T:
        with self._thread_engine.begin() as tx:
            return work(tx)

    def after_commit(self, tx: AsyncConnection, callback: Callable[[], None]) -> None:
        """Call `callback` once `tx`, a `transaction()` still open, is committed; never if it is rolled back."""
        self._after.setdefault(tx, []).append(callback)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent view: every statement sees the same moment. Nothing written here is kept."""
        async with self._reads.connect() as connection:
            yield connection

    async def scrub(self) -> None:
        """Let nothing that was deleted stay in the database's own files. Copies elsewhere are not ours to reach.

        SQLite's log is emptied into the database, which overwrites what it frees; PostgreSQL's dead rows are removed.
        """
        if self.sqlite:
            async with self._writer, self.engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            async with self.engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.exec_driver_sql("VACUUM")

    async def look(self, work: Callable[[Connection], T]) -> T:
        """`read()` that is one function. On SQLite it runs in a thread, for the sake of `transact`'s one hand-over."""
        if not self.sqlite:
            async with self.read() as connection:
                return await connection.run_sync(work)
        return await asyncio.get_running_loop().run_in_executor(self._lookers, self._look_in_thread, work)

    def _look_in_thread(self, work: Callable[[Connection], T]) -> T:
        with self._look_engine.connect() as connection:
            return work(connection)

    async def ping(self) -> None:
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()
        if self.sqlite:
            async with self._writer:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._thread_engine.dispose)
            self._thread.shutdown()
            self._lookers.shutdown()
            self._look_engine.dispose()


def _tune_sqlite(engine: Engine, busy_timeout: float) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(busy_timeout * 1000)}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # an erased key must not stay in a free page
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

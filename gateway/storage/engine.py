"""One way to the database. Every write is `async with storage.transaction() as tx`; every read `storage.read()`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

T = TypeVar("T")

_LOOKERS: Final = 4
"""Threads that read SQLite."""

_LOCK_SECONDS: Final = 2
"""PostgreSQL: whoever needs a person's key waits behind a scrub that waits for its lock, so that gives up soon."""
_LOOK_SECONDS: Final = 0.05

_OLDER_VIEWS: Final = text("""
SELECT count(*) FROM (
    SELECT unnest(ARRAY[backend_xmin, backend_xid]) AS xmin FROM pg_stat_activity
        WHERE (datname = current_database() OR datname IS NULL) AND pid <> pg_backend_pid()
    UNION ALL SELECT xmin FROM pg_replication_slots
    UNION ALL SELECT transaction FROM pg_prepared_xacts WHERE database = current_database()
) AS views WHERE age(xmin) > age(CAST(:mark AS xid))
""")
"""Who may still see, or for whom PostgreSQL keeps, rows that were deleted before the transaction `mark`."""


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
        self._patience = busy_timeout
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

    @asynccontextmanager
    async def turn(self, key: int) -> AsyncIterator[bool]:
        """Whether this process is the one, of all on this database, to do now what `key` stands for. On SQLite it is.

        No transaction is open meanwhile, so it may last: `store.stall_seconds` does not count.
        """
        if self.sqlite:
            yield True
            return
        async with self.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            asked = await connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key})
            ours = bool(asked.scalar_one())
            try:
                yield ours
            except BaseException:
                await connection.invalidate()  # its session ends, and the lock with it
                raise
            if ours:
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})

    async def scrub(self) -> bool:
        """Let no key that was deleted stay in the database's own files. Copies elsewhere are not ours to reach.

        SQLite's log is emptied into the database, which overwrites what it frees. In PostgreSQL dead rows are removed,
        and the table of the persons' keys is written anew: what other tables have freed is without a key.

        Waits at most `busy_timeout` for those who still see what was deleted. False: they still do, or did something
        else with the keys, and it may still be there. Do it again when nobody reads.
        """
        if self.sqlite:
            async with self._writer, self.engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                busy, *_ = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).one()
                return not busy
        async with self.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            alone = await self._unseen(connection)
            await connection.exec_driver_sql("VACUUM")
            return alone and await _rewrite_keys(connection, min(self._patience, _LOCK_SECONDS))

    async def _unseen(self, connection: AsyncConnection) -> bool:
        """Nobody sees any more what was deleted until now."""
        mark = (await connection.exec_driver_sql("SELECT pg_current_xact_id()::xid::text")).scalar_one()
        until = asyncio.get_running_loop().time() + self._patience
        while (await connection.execute(_OLDER_VIEWS, {"mark": mark})).scalar_one():
            if asyncio.get_running_loop().time() >= until:
                return False
            await asyncio.sleep(_LOOK_SECONDS)
        return True

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


async def _rewrite_keys(connection: AsyncConnection, patience: float) -> bool:
    """VACUUM leaves the bytes of a removed row in their page until another row needs the room. FULL does not."""
    await connection.exec_driver_sql(f"SET lock_timeout = {int(patience * 1000)}")
    try:
        await connection.exec_driver_sql("VACUUM FULL subject_keys")
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":  # lock_not_available
            raise
        return False
    finally:
        await connection.exec_driver_sql("RESET lock_timeout")
    return True


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

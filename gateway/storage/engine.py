"""One way to the database: `await storage.run_write(work)` and `await storage.run_read(work)`.

`work` is a plain function over a synchronous SQLAlchemy connection. It runs in a thread, as one transaction: one
hand-over instead of one a statement. A look-up by a key needs neither: `await storage.look_up(query, key)`.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.storage import postgresql
from gateway.storage.compiled_statements import BEGIN, CompiledStatement, queue_statements
from gateway.storage.postgresql import ConnectionsInUse, ReadLimit
from gateway.storage.remembered import REMEMBERED, check_now
from gateway.storage.shared_commits import SharedCommits, call_each
from gateway.storage.shared_look_ups import SharedLookUps
from gateway.struct_types import look_up_all

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")

_READERS: Final = 4
"""Threads that read SQLite."""
_CLOSE_SECONDS: Final = 2.0
"""How long work under way has at the end. A server that hangs would keep the process for ever."""
_LOCK_SECONDS: Final = 2
"""PostgreSQL: whoever needs a person's key waits behind a scrub that waits for its lock, so that gives up soon."""


class Storage:
    """The connections to the gateway's database, and the threads that use them.

    SQLite has one writer: here writers queue in the process instead of failing on a busy lock, those who wait share a
    commit, and a writing transaction begins IMMEDIATE, so that it cannot lose its snapshot half-way. WAL and
    synchronous=FULL: what is committed is on the disk.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        busy_timeout: float = 30.0,
        stall_seconds: float = 10.0,
        read_seconds: float | None = None,
    ) -> None:
        look_up_all()
        self.url = url
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        self._patience = busy_timeout
        self._after: WeakKeyDictionary[Connection, list[Callable[[], None]]] = WeakKeyDictionary()
        if self.sqlite:
            self._read_seconds: float | None = None  # SQLite's readers wait for nobody
            self.engine = _sqlite(url, _READERS, busy_timeout)
            self._reads: Engine = self.engine
            self._look_ups: Engine = _sqlite(url, 1, busy_timeout=0)
            self._writes: Engine = _sqlite(url, 1, busy_timeout).execution_options(writes=True)
            self._commits = SharedCommits(self._writes, self._begin_unit)
            self._threads = ThreadPoolExecutor(_READERS, "sqlite-reader")
        else:
            self._read_seconds = read_seconds
            options = postgresql.engine_options(stall_seconds, read_seconds)
            self.engine = create_engine(url, pool_size=pool_size, **options)
            postgresql.leave_lost(self.engine)
            postgresql.leave_read_only(self.engine)
            self._in_use = ConnectionsInUse(self.engine)
            queue_statements(self.engine)
            self._reads = self.engine.execution_options(**{BEGIN: b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"})
            self._shared_look_ups = WeakKeyDictionary[asyncio.AbstractEventLoop, SharedLookUps]()
            self._writes = self.engine
            self._threads = ThreadPoolExecutor(pool_size, "postgresql")

    async def run_write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once all that it wrote is committed; what it raises takes everything back.

        Cancelled before its turn it is not done; afterwards it runs to its end.
        """
        if self.sqlite:
            return await self._commits.run(lambda tx: _checked(tx, work))
        loop, after = asyncio.get_running_loop(), list[Callable[[], None]]()

        def unit() -> T:
            with self.unit_of_work(after) as tx:
                return work(tx)

        def committed(done: Future[T]) -> None:
            if after and not done.cancelled() and done.exception() is None and not loop.is_closed():
                loop.call_soon_threadsafe(call_each, after)

        running = self._threads.submit(contextvars.copy_context().run, unit)
        running.add_done_callback(committed)
        with self._soon(running):
            return await asyncio.shield(asyncio.wrap_future(running))

    async def run_read(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns. Every statement in it sees the same moment; nothing written there is kept."""
        return await self._in_thread(self._reads, work)

    async def look_up(self, query: CompiledStatement, key: Mapping[str, Any]) -> Any:
        """The row that a SELECT finds by its key; None if there is none.

        One statement sees one moment without a transaction. On PostgreSQL those who wait at the same time ask together:
        the thread and the trip to the server are one. On SQLite it is asked here and now: the pages of an index take
        some 10 us, a thread ten times as long.
        """
        if self.sqlite:
            # Where it is busy, for once, it is asked in a thread, which can wait.
            with contextlib.suppress(OperationalError), self._look_ups.connect() as connection:
                return query.one_or_none(connection, key, alone=True)
            return await self.run_read(lambda read: query.one_or_none(read, key))
        loop = asyncio.get_running_loop()
        shared = self._shared_look_ups.get(loop)
        if shared is None:
            shared = SharedLookUps(partial(self._in_thread, self.engine), self._read_seconds)
            self._shared_look_ups[loop] = shared
        return await shared.one_or_none(query, key)

    async def _in_thread(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        limit = None if self._read_seconds is None else ReadLimit(self._read_seconds)
        running = self._threads.submit(contextvars.copy_context().run, _read, engine, work, limit)
        try:
            with self._soon(running):
                return await asyncio.wrap_future(running)
        finally:
            if limit is not None and running.done():
                limit.cancel()

    @contextmanager
    def _soon(self, running: Future[T]) -> Iterator[None]:
        """Give up `running` if no thread has begun with it within `read_seconds`, or when its caller goes away."""
        late = None
        if self._read_seconds is not None:
            late = asyncio.get_running_loop().call_later(self._read_seconds, running.cancel)
        try:
            yield
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if running.cancelled() and task is not None and not task.cancelling():
                raise PoolTimeout(f"no connection was free for {self._read_seconds} s") from None
            running.cancel()
            raise
        finally:
            if late is not None:
                late.cancel()

    @contextmanager
    def unit_of_work(self, after: list[Callable[[], None]]) -> Iterator[Connection]:
        """A writing transaction in the calling thread, for who has one of its own. Call what is in `after` then."""
        with self._writes.begin() as tx:
            self._begin_unit(tx, after)
            try:
                yield tx
                check_now(tx)
            finally:
                if not tx.invalidated:
                    tx.info.pop(REMEMBERED, None)

    def _begin_unit(self, tx: Connection, after: list[Callable[[], None]]) -> None:
        self._after[tx] = after
        tx.info[REMEMBERED] = {}

    def reading(self) -> Connection:
        """A consistent view in the calling thread, for who has one of its own. Close it."""
        return self._reads.connect()

    def after_commit(self, tx: Connection, callback: Callable[[], None]) -> None:
        """Call `callback` on the event loop once `tx` is committed; never if it is rolled back."""
        self._after[tx].append(callback)

    @asynccontextmanager
    async def turn(self, key: int) -> AsyncIterator[bool]:
        """Whether this process is the one, of all on this database, to do now what `key` stands for. On SQLite it is.

        No transaction is open meanwhile, so it may last: `store.stall_seconds` does not count.
        """
        if self.sqlite:
            yield True
            return
        import psycopg  # here as below, because SQLite needs none

        connection = await self.session()
        try:
            asked = await connection.execute("SELECT pg_try_advisory_lock(%s)", [key])
            ours = await asked.fetchone()
            yield bool(ours and ours[0])
        finally:
            with contextlib.suppress(psycopg.Error):  # at once: a server ends a session a moment after its client
                await connection.execute("SELECT pg_advisory_unlock_all()")
            await connection.close()

    async def session(self) -> psycopg.AsyncConnection[Any]:
        """PostgreSQL: a connection beside the pool, without a transaction, for what lasts. Raises `OperationalError`
        if there is none."""
        import psycopg

        url = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        try:
            return await psycopg.AsyncConnection.connect(
                url, autocommit=True, connect_timeout=postgresql.CONNECT_SECONDS
            )
        except psycopg.OperationalError as error:
            raise OperationalError("connect", {}, error) from error

    async def scrub(self) -> bool:
        """Let no key that was deleted stay in the database's own files. Copies elsewhere are not ours to reach.

        SQLite's log is emptied into the database, which overwrites what it frees. In PostgreSQL dead rows are removed,
        and the table of the persons' keys is written anew: what other tables have freed is without a key.

        Waits at most `busy_timeout` for those who still see what was deleted. False: they still do, or did something
        else with the keys, and it may still be there. Do it again when nobody reads.
        """
        if self.sqlite:
            return await self._commits.run_alone(self._empty_log)
        return await asyncio.to_thread(
            postgresql.scrub,
            self.engine,
            patience=self._patience,
            lock_seconds=min(self._patience, _LOCK_SECONDS),
        )

    def _empty_log(self) -> bool:
        connection = self.engine.raw_connection()  # a checkpoint is not made inside a transaction
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy: int = cursor.fetchall()[0][0]
        finally:
            connection.close()
        return not busy

    async def ping(self) -> None:
        await self.run_read(lambda connection: connection.execute(text("SELECT 1")))

    async def close(self) -> None:
        if self.sqlite:
            await self._commits.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        if not self.sqlite:
            await asyncio.to_thread(self._in_use.end, _CLOSE_SECONDS)
        else:
            self._look_ups.dispose()
        await asyncio.to_thread(self._threads.shutdown)
        self.engine.dispose()


def _checked(tx: Connection, work: Callable[[Connection], T]) -> T:
    result = work(tx)
    check_now(tx)
    return result


def _read(engine: Engine, work: Callable[[Connection], T], limit: ReadLimit | None) -> T:
    with engine.connect() as connection:
        if limit is None:
            return work(connection)
        limit.began(connection)
        try:
            return work(connection)
        finally:
            limit.ended()


def _sqlite(url: str, connections: int, busy_timeout: float) -> Engine:
    engine = create_engine(make_url(url).set(drivername="sqlite"), pool_size=connections)

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

    return engine

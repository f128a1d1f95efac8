"""SQLite has one writer. Those who wait for it at the same time share a commit, so that one fsync serves many.

Each of them has a savepoint of its own: what one of them raises takes back her work and nobody else's. Nobody is
answered before the commit.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import Connection, Engine

T = TypeVar("T")

_log: Final = structlog.get_logger(__name__)

MOST_TOGETHER: Final = 64
"""Units of work in one commit: the first of them waits for the last."""


@dataclass(slots=True, eq=False)
class _Unit:
    work: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]
    context: contextvars.Context
    after: list[Callable[[], None]] = field(default_factory=list)
    result: Any = None
    error: BaseException | None = None
    given_up: bool = False


class SharedCommits:
    """`begin_unit(connection, after)` is called before each unit: what the unit adds to the list `after` is called on
    the event loop once it is committed."""

    def __init__(self, engine: Engine, begin_unit: Callable[[Connection, list[Callable[[], None]]], None]) -> None:
        self._engine, self._begin_unit = engine, begin_unit
        self._thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._lock = threading.Lock()
        self._waiting: deque[_Unit] = deque()
        self._at_work = False

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once it is committed. Cancelled before its turn it is not done; afterwards it is done
        to its end."""
        loop = asyncio.get_running_loop()
        unit = _Unit(work, loop, loop.create_future(), contextvars.copy_context())
        with self._lock:
            self._waiting.append(unit)
            start, self._at_work = not self._at_work, True
        if start:
            self._thread.submit(self._write_all)
        try:
            result: T = await asyncio.shield(unit.done)
        except asyncio.CancelledError:
            unit.given_up = True
            raise
        return result

    async def run_alone(self, work: Callable[[], T]) -> T:
        """Do something in the writer's thread, with no transaction open in it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def close(self) -> None:
        await self.run_alone(self._engine.dispose)
        self._thread.shutdown()

    def _write_all(self) -> None:
        while batch := self._next():
            self._write(batch)
            _tell(batch)

    def _next(self) -> list[_Unit]:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(MOST_TOGETHER, len(self._waiting)))]
            self._at_work = bool(batch)
        return batch

    def _write(self, batch: list[_Unit]) -> None:
        wanted = [unit for unit in batch if not unit.given_up]
        if not wanted:
            return
        try:
            with self._engine.begin() as tx:
                for unit in wanted:
                    self._do(tx, unit, alone=len(wanted) == 1)
        except BaseException as error:
            for unit in wanted:
                unit.error = unit.error or error

    def _do(self, tx: Connection, unit: _Unit, *, alone: bool) -> None:
        self._begin_unit(tx, unit.after)
        if alone:
            unit.result = unit.context.run(unit.work, tx)
            return
        try:
            with _savepoint(tx):
                unit.result = unit.context.run(unit.work, tx)
        except Exception as error:
            unit.error = error
            if not _in_transaction(tx):
                raise  # a full disk, say: SQLite has taken back everything, the others' work too


def _in_transaction(tx: Connection) -> bool:
    return bool(tx.connection.driver_connection.in_transaction)  # type: ignore[union-attr]


@contextmanager
def _savepoint(tx: Connection) -> Iterator[None]:
    """What fails inside is taken back, and nothing else. SQLAlchemy's nested transactions cost three times as much."""
    tx.exec_driver_sql("SAVEPOINT unit")
    try:
        yield
    except BaseException:
        if _in_transaction(tx):
            tx.exec_driver_sql("ROLLBACK TO unit")
            tx.exec_driver_sql("RELEASE unit")
        raise
    tx.exec_driver_sql("RELEASE unit")


def call_each(callbacks: Iterable[Callable[[], None]]) -> None:
    """What they raise is logged: everything is committed, and whoever waits for that gets her answer."""
    for callback in callbacks:
        try:
            callback()
        except Exception:
            _log.exception("after_commit_failed")


def _tell(batch: list[_Unit]) -> None:
    loops = {unit.loop: unit for unit in batch}
    for loop in loops:
        mine = [unit for unit in batch if unit.loop is loop]
        if not loop.is_closed():
            loop.call_soon_threadsafe(_finish, mine)


def _finish(units: list[_Unit]) -> None:
    for unit in units:
        if unit.error is None:
            call_each(unit.after)
        if unit.done.done():
            continue
        if unit.error is None:
            unit.done.set_result(unit.result)
        else:
            unit.done.set_exception(unit.error)
            unit.done.exception()  # who was cancelled does not ask any more

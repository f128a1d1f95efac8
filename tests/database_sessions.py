"""The gateway's database as a test's coroutine uses it: several statements, with something else in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, CursorResult

from gateway.storage import Storage

_THREADS = ThreadPoolExecutor(64, "test-session")
"""More than there are sessions at once: those that wait for SQLite's one writer must not keep it from its end."""


async def _in_thread(work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, partial(work, *arguments, **named))


class Session:
    """A synchronous connection. Each statement runs in a thread, so that the event loop goes on."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def execute(self, *arguments: Any) -> CursorResult[Any]:
        return await _in_thread(self.connection.execute, *arguments)

    async def scalar(self, *arguments: Any) -> Any:
        return await _in_thread(self.connection.scalar, *arguments)

    async def exec_driver_sql(self, *arguments: Any) -> CursorResult[Any]:
        return await _in_thread(self.connection.exec_driver_sql, *arguments)

    async def run_sync(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return await _in_thread(work, self.connection, *arguments, **named)


@asynccontextmanager
async def transaction(storage: Storage) -> AsyncIterator[Session]:
    """A writing transaction: committed at the end, taken back on any error."""
    after: list[Callable[[], None]] = []
    unit = storage.unit_of_work(after)
    connection = await _in_thread(unit.__enter__)
    try:
        yield Session(connection)
    except BaseException as error:
        await _in_thread(unit.__exit__, type(error), error, error.__traceback__)
        raise
    await _in_thread(unit.__exit__, None, None, None)
    for callback in after:
        callback()


@asynccontextmanager
async def read(storage: Storage) -> AsyncIterator[Session]:
    """A consistent view. Nothing written here is kept."""
    connection = await _in_thread(storage.reading)
    try:
        yield Session(connection)
    finally:
        await _in_thread(connection.close)

"""What PostgreSQL does to those who hang, ask for too long or meet the wrong server is an outage, not a mistake."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.storage import Storage
from gateway.storage.outage import is_outage
from tests.database import Database
from tests.database_sessions import transaction
from tests.waiting import PATIENCE

WRITE = text("INSERT INTO holders_probe (id) VALUES (1)")


@pytest.fixture
async def storage(filled_database: Database) -> AsyncIterator[Storage]:
    storage = Storage(filled_database.url, pool_size=4, stall_seconds=0.2, read_seconds=0.3)
    async with transaction(storage) as tx:
        await tx.execute(text("CREATE TABLE holders_probe (id integer)"))
    yield storage
    await storage.close()


async def write(storage: Storage) -> None:
    async with transaction(storage) as tx:
        await tx.execute(WRITE)


async def until_gone(database: Database, sessions: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while database.sessions() > sessions:
            await asyncio.sleep(0.02)


async def test_a_stalled_transaction_is_an_outage(storage: Storage, filled_database: Database) -> None:
    async def stall() -> None:
        async with transaction(storage) as tx:
            await tx.execute(WRITE)
            await until_gone(filled_database, 0)
            await tx.execute(WRITE)

    with pytest.raises(DBAPIError) as failed:
        await stall()
    assert is_outage(failed.value), repr(failed.value)
    await write(storage)


async def test_a_read_only_database_is_an_outage(storage: Storage, filled_database: Database) -> None:
    await write(storage)
    filled_database.read_only(True)
    with pytest.raises(DBAPIError) as failed:
        await write(storage)
    assert is_outage(failed.value), repr(failed.value)
    filled_database.read_only(False)
    await write(storage)  # no connection to the read-only one is kept


async def test_a_read_that_takes_too_long_is_ended(storage: Storage, filled_database: Database) -> None:
    def count(connection: Connection) -> int:
        return connection.execute(text("SELECT count(*) FROM cases")).scalar_one()

    with filled_database.connect() as other:
        other.execute("LOCK TABLE cases IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DBAPIError) as failed:
            async with asyncio.timeout(PATIENCE):
                await storage.run_read(count)
        assert is_outage(failed.value), repr(failed.value)
    assert await storage.run_read(count) == 0


async def test_a_server_that_hangs_is_left_by_its_reader(storage: Storage) -> None:
    stopped: list[int] = []

    def hang(connection: Connection) -> None:
        stopped.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        os.kill(stopped[0], signal.SIGSTOP)
        connection.execute(text("SELECT 1"))

    try:
        with pytest.raises(DBAPIError) as failed:
            async with asyncio.timeout(PATIENCE):
                await storage.run_read(hang)
        assert is_outage(failed.value), repr(failed.value)
        assert await storage.run_read(lambda read: read.execute(text("SELECT 1")).scalar_one()) == 1
    finally:
        os.kill(stopped[0], signal.SIGCONT)


async def test_a_hanging_server_does_not_keep_the_process(filled_database: Database) -> None:
    storage, stopped, inside = Storage(filled_database.url, pool_size=4), list[int](), threading.Event()

    def hang(tx: Connection) -> None:
        stopped.append(tx.execute(text("SELECT pg_backend_pid()")).scalar_one())
        os.kill(stopped[0], signal.SIGSTOP)
        inside.set()
        tx.execute(text("SELECT 1"))

    try:
        writing = asyncio.create_task(storage.run_write(hang))
        await asyncio.to_thread(inside.wait, 20)
        async with asyncio.timeout(PATIENCE):
            await storage.close()
            with pytest.raises(DBAPIError):
                await writing
    finally:
        os.kill(stopped[0], signal.SIGCONT)


@pytest.mark.parametrize("ask", [Storage.run_read, Storage.run_write])
async def test_work_that_finds_no_connection_is_an_outage(storage: Storage, ask: Any) -> None:
    go_on = threading.Event()
    busy = [asyncio.create_task(storage.run_write(lambda _: go_on.wait(20))) for _ in range(4)]
    await asyncio.sleep(0)  # each has its thread
    try:
        with pytest.raises(PoolTimeout) as failed:
            async with asyncio.timeout(PATIENCE):
                await ask(storage, lambda connection: connection.execute(text("SELECT 1")))
        assert is_outage(failed.value)
    finally:
        go_on.set()
    await asyncio.gather(*busy)


async def test_a_lost_connection_is_not_waited_for_at_the_end(storage: Storage) -> None:
    def end(connection: Connection) -> None:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DBAPIError):
        await storage.run_read(end)
    assert storage._in_use._held == set()


async def test_no_more_connections_than_were_named(storage: Storage, filled_database: Database) -> None:
    most: list[int] = []

    def read(connection: Connection) -> None:
        connection.execute(text("SELECT pg_sleep(0.02)"))
        most.append(filled_database.sessions())

    await asyncio.gather(*(storage.run_read(read) for _ in range(12)))
    assert max(most) == 4


async def test_a_mistake_of_ours_is_no_outage(storage: Storage) -> None:
    for statement, kind in (("SELEKT", ProgrammingError), ("INSERT INTO cases DEFAULT VALUES", IntegrityError)):
        with pytest.raises(kind) as failed:
            async with transaction(storage) as tx:
                await tx.execute(text(statement))
        assert not is_outage(failed.value)

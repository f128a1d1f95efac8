from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, delete, func, insert, make_url, select, text

from gateway.storage import Storage
from gateway.storage.migrate import migrate
from gateway.storage.tables import subject_keys


def row(subject: str) -> dict[str, object]:
    return {"subject": subject, "wrapped": b"k", "created_at": datetime.now(UTC)}


CANARY = os.urandom(16) * 4


async def count(storage: Storage) -> int:
    async with storage.read() as connection:
        return (await connection.execute(select(func.count()).select_from(subject_keys))).scalar_one()


async def test_what_a_transaction_wrote_is_there_afterwards(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await tx.execute(insert(subject_keys), row("a"))
    async with storage.read() as connection:
        found = (await connection.execute(select(subject_keys))).one()
    assert found.subject == "a"
    assert found.created_at.tzinfo is UTC or found.created_at.utcoffset().total_seconds() == 0


async def test_a_failed_transaction_leaves_nothing(storage: Storage) -> None:
    async def work() -> None:
        async with storage.transaction() as tx:
            await tx.execute(insert(subject_keys), row("a"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await work()
    assert await count(storage) == 0


async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(storage: Storage) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with storage.transaction() as tx:
            await tx.execute(insert(subject_keys), row("a"))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with storage.transaction() as tx:
        await tx.execute(insert(subject_keys), row("b"))
    assert await count(storage) == 1


async def test_concurrent_writers_wait_for_each_other(storage: Storage) -> None:
    async def work(number: int) -> None:
        async with storage.transaction() as tx:
            await tx.execute(insert(subject_keys), row(str(number)))

    await asyncio.gather(*(work(n) for n in range(40)))
    assert await count(storage) == 40


async def test_a_second_process_can_write_in_between(store_url: str) -> None:
    one, two = Storage(store_url), Storage(store_url)

    async def work(storage: Storage, names: str) -> None:
        for name in names:
            async with storage.transaction() as tx:
                await tx.execute(select(func.count()).select_from(subject_keys))
                await tx.execute(insert(subject_keys), row(name))

    await asyncio.gather(work(one, "abcdefgh"), work(two, "ijklmnop"))
    assert await count(one) == 16
    await one.close()
    await two.close()


async def test_a_reader_keeps_its_moment_while_others_write(storage: Storage) -> None:
    async with storage.read() as connection:
        before = (await connection.execute(select(func.count()).select_from(subject_keys))).scalar_one()
        async with storage.transaction() as tx:
            await tx.execute(insert(subject_keys), row("a"))
        after = (await connection.execute(select(func.count()).select_from(subject_keys))).scalar_one()
    assert (before, after) == (0, 0)
    assert await count(storage) == 1


async def test_a_look_keeps_its_moment_too_and_holds_up_nobody(storage: Storage) -> None:
    loop = asyncio.get_running_loop()

    async def write() -> None:
        async with storage.transaction() as tx:
            await tx.execute(insert(subject_keys), row("b"))

    def twice(connection: Connection) -> tuple[int, int]:
        query = select(func.count()).select_from(subject_keys)
        before = connection.execute(query).scalar_one()
        if storage.sqlite:  # this is a thread of its own; the loop goes on meanwhile
            asyncio.run_coroutine_threadsafe(write(), loop).result(20)
        return before, connection.execute(query).scalar_one()

    assert await storage.look(twice) == (0, 0)
    assert await count(storage) == (1 if storage.sqlite else 0)


async def test_after_commit_runs_once_the_data_are_there(storage: Storage) -> None:
    seen: list[str] = []
    async with storage.transaction() as tx:
        storage.after_commit(tx, lambda: seen.append("committed"))
        assert seen == []
    assert seen == ["committed"]
    async with storage.transaction():
        pass
    assert seen == ["committed"]


async def test_after_commit_does_not_run_when_the_transaction_fails(storage: Storage) -> None:
    seen: list[str] = []

    async def work() -> None:
        async with storage.transaction() as tx:
            storage.after_commit(tx, lambda: seen.append("committed"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await work()
    async with storage.transaction():
        pass
    assert seen == []


async def test_every_sqlite_connection_is_durable(tmp_path) -> None:
    storage = Storage(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}")
    async with storage.read() as one, storage.read() as two:
        for connection in (one, two):
            answers = [
                (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
                for name in ("journal_mode", "synchronous")
            ]
            assert answers == ["wal", 2]
    await storage.close()


# --- What was deleted, in the database's own files -------------------------------------------------------------------


async def hers_is_deleted(storage: Storage) -> None:
    """The newest key among others is deleted."""
    others = [row(f"other{number}") | {"wrapped": os.urandom(69)} for number in range(20)]
    async with storage.transaction() as tx:
        await tx.execute(insert(subject_keys), [*others, row("hers") | {"wrapped": CANARY}])
    async with storage.transaction() as tx:
        await tx.execute(delete(subject_keys).where(subject_keys.c.subject == "hers"))


async def files_with_it(storage: Storage) -> list[str]:
    if storage.sqlite:
        path = Path(make_url(storage.url).database or "")
        return [each.name for each in path.parent.glob(f"{path.name}*") if CANARY in each.read_bytes()]
    async with storage.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.exec_driver_sql("CHECKPOINT")
        home = (await connection.exec_driver_sql("SHOW data_directory")).scalar_one()
        found = await connection.exec_driver_sql(
            "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relname = 'subject_keys' "
            "OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'subject_keys'::regclass)"
        )
        return [name for name in found.scalars() if CANARY in Path(home, name).read_bytes()]


@contextmanager
def somebody_reads(storage: Storage, table: str) -> Iterator[None]:
    """A backup, a report: what is deleted from now on, it still sees."""
    if storage.sqlite:
        with closing(sqlite3.connect(make_url(storage.url).database or "", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute(f"SELECT * FROM {table}").fetchall()
            yield
        return
    with psycopg.connect(storage.url.replace("+psycopg", "")) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute(f"SELECT 1 FROM {table}")
        yield


@asynccontextmanager
async def hurried(url: str) -> AsyncIterator[Storage]:
    storage = Storage(url, busy_timeout=0.1)
    yield storage
    await storage.close()


async def test_a_deleted_key_is_gone_from_the_files(storage: Storage) -> None:
    await hers_is_deleted(storage)
    assert await storage.scrub() is True
    assert await files_with_it(storage) == []
    assert await count(storage) == 20


async def test_a_scrub_says_so_if_somebody_still_sees_what_was_deleted(store_url: str) -> None:
    async with hurried(store_url) as storage:
        with somebody_reads(storage, "cases"):
            await hers_is_deleted(storage)
            assert await storage.scrub() is False
            assert await files_with_it(storage) != []
        assert await storage.scrub() is True
        assert await files_with_it(storage) == []


async def test_a_scrub_waits_a_while_for_those_who_read(storage: Storage) -> None:
    with somebody_reads(storage, "cases"):
        await hers_is_deleted(storage)
        scrubbing = asyncio.create_task(storage.scrub())
        done, _ = await asyncio.wait([scrubbing], timeout=0.3)
        assert not done
    assert await scrubbing is True
    assert await files_with_it(storage) == []


async def test_a_scrub_does_not_hold_up_those_who_need_a_key(postgres_url: str) -> None:
    """Who looked at the keys and goes on to do other things holds them against VACUUM FULL."""
    async with hurried(postgres_url) as storage:
        await migrate(storage)
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as reader:
            reader.execute("SELECT 1 FROM subject_keys")  # READ COMMITTED: no view is held, only the table
            assert await storage.scrub() is False
            assert await count(storage) == 0


# --- Turns -----------------------------------------------------------------------------------------------------------


async def test_a_turn_is_one_process_at_a_time_and_keeps_no_transaction_open(store_url: str, storage: Storage) -> None:
    other = Storage(store_url)
    for _ in range(2):
        async with storage.turn(7) as ours, other.turn(7) as theirs, other.turn(8) as another:
            assert (ours, theirs, another) == (True, storage.sqlite, True)
            if not storage.sqlite:
                async with storage.read() as connection:
                    idle = "state LIKE 'idle in %%' AND datname = current_database()"
                    found = await connection.exec_driver_sql(f"SELECT pid FROM pg_stat_activity WHERE {idle}")
                    assert found.all() == []
    with pytest.raises(RuntimeError):
        async with storage.turn(7):
            raise RuntimeError
    async with other.turn(7) as theirs:
        assert theirs
    await other.close()

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, delete, event, func, insert, make_url, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from gateway.storage import Storage
from gateway.storage.migrate import migrate
from gateway.storage.tables import subject_keys
from tests.database_sessions import read, transaction
from tests.waiting import PATIENCE, eventually


def row(subject: str) -> dict[str, object]:
    return {"subject": subject, "wrapped": b"k", "created_at": datetime.now(UTC)}


CANARY = os.urandom(16) * 4


async def count(storage: Storage) -> int:
    async with read(storage) as connection:
        return (await connection.execute(select(func.count()).select_from(subject_keys))).scalar_one()


async def names(storage: Storage) -> set[str]:
    return await storage.run_read(lambda read: set(read.execute(select(subject_keys.c.subject)).scalars()))


def add(subject: str) -> Callable[[Connection], None]:
    return lambda tx: tx.execute(insert(subject_keys), row(subject)) and None


async def test_what_a_write_did_is_there_afterwards(storage: Storage) -> None:
    await storage.run_write(add("a"))
    found = await storage.run_read(lambda read: read.execute(select(subject_keys)).one())
    assert found.subject == "a"
    assert found.created_at.tzinfo is UTC or found.created_at.utcoffset().total_seconds() == 0


async def test_a_failed_write_leaves_nothing(storage: Storage) -> None:
    def work(tx: Connection) -> None:
        add("a")(tx)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await storage.run_write(work)
    assert await count(storage) == 0


async def test_a_cancelled_write_is_done_whole_or_not_at_all(storage: Storage) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(tx: Connection) -> None:
        inside.set()
        go_on.wait(20)
        add("a")(tx)

    begun = asyncio.create_task(storage.run_write(slow))
    await asyncio.to_thread(inside.wait, 20)
    waiting = [asyncio.create_task(storage.run_write(add(name))) for name in "bc"]
    await asyncio.sleep(0)
    for task in (begun, waiting[0]):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    go_on.set()
    await waiting[1]
    await storage.run_write(add("d"))

    async def all_three() -> bool:  # on PostgreSQL the first has a thread of its own, and nobody waits for it any more
        return {"a", "c", "d"} <= await names(storage)

    await eventually(all_three)
    found = await names(storage)
    assert "b" not in found or not storage.sqlite  # PostgreSQL's has begun at once


async def test_concurrent_writers_wait_for_each_other(storage: Storage) -> None:
    await asyncio.gather(*(storage.run_write(add(str(number))) for number in range(40)))
    assert await count(storage) == 40


async def test_a_second_process_can_write_in_between(store_url: str) -> None:
    one, two = Storage(store_url), Storage(store_url)

    def work(name: str) -> Callable[[Connection], None]:
        def counted(tx: Connection) -> None:
            tx.execute(select(func.count()).select_from(subject_keys))
            add(name)(tx)

        return counted

    async def all_of(storage: Storage, names: str) -> None:
        for name in names:
            await storage.run_write(work(name))

    await asyncio.gather(all_of(one, "abcdefgh"), all_of(two, "ijklmnop"))
    assert await count(one) == 16
    await one.close()
    await two.close()


@asynccontextmanager
async def one_commit_for_all(storage: Storage) -> AsyncIterator[None]:
    """What is asked for inside waits until its end, and is then done together."""
    inside, go_on = threading.Event(), threading.Event()

    def held(_tx: Connection) -> None:
        inside.set()
        go_on.wait(20)

    first = asyncio.create_task(storage.run_write(held))
    await asyncio.to_thread(inside.wait, 20)
    yield
    await asyncio.sleep(0)  # those inside have asked by now
    go_on.set()
    await first


async def test_writers_who_wait_share_a_commit(tmp_path: Path, storage: Storage) -> None:
    if not storage.sqlite:
        return  # its server does that by itself
    commits: list[None] = []
    event.listen(storage._writes, "commit", lambda _: commits.append(None))
    async with one_commit_for_all(storage):
        tasks = [asyncio.create_task(storage.run_write(add(str(number)))) for number in range(40)]
    await asyncio.gather(*tasks)
    assert await count(storage) == 40
    assert len(commits) == 2  # of the one that held the others up, and theirs


async def test_one_that_fails_takes_nothing_from_the_others(tmp_path: Path, storage: Storage) -> None:
    if not storage.sqlite:
        return  # nothing is shared there
    seen: list[str] = []

    def work(name: str) -> Callable[[Connection], str]:
        def one(tx: Connection) -> str:
            storage.after_commit(tx, lambda: seen.append(name))
            add(name)(tx)
            if name == "c":
                raise RuntimeError
            if name == "d":
                add("a")(tx)  # it is there: IntegrityError
            return name

        return one

    async with one_commit_for_all(storage):
        tasks = [asyncio.create_task(storage.run_write(work(name))) for name in "abcde"]
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [each if isinstance(each, str) else type(each) for each in done] == [
        "a", "b", RuntimeError, IntegrityError, "e",
    ]  # fmt: skip
    assert await storage.run_read(lambda read: set(read.execute(select(subject_keys.c.subject)).scalars())) == set(
        "abe"
    )
    assert sorted(seen) == ["a", "b", "e"]


async def test_a_callback_that_fails_keeps_nobody_waiting(storage: Storage) -> None:
    seen: list[str] = []

    def work(name: str) -> Callable[[Connection], str]:
        def callback() -> None:
            if name == "a":
                raise RuntimeError
            seen.append(name)

        def one(tx: Connection) -> str:
            storage.after_commit(tx, callback)
            return name

        return one

    async with one_commit_for_all(storage):
        tasks = [asyncio.create_task(storage.run_write(work(name))) for name in "abc"]
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.gather(*tasks) == ["a", "b", "c"]
    assert sorted(seen) == ["b", "c"]


async def test_a_lost_transaction_fails_all_who_shared_it(store_url: str, storage: Storage) -> None:
    """SQLite takes back the whole transaction where the disk is full: nobody may be told that hers is kept."""
    if not storage.sqlite:
        return

    def lost(tx: Connection) -> None:
        tx.connection.driver_connection.rollback()
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    async with one_commit_for_all(storage):
        works = [add("a"), lost, add("b")]
        tasks = [asyncio.create_task(storage.run_write(work)) for work in works]
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(each, OperationalError) for each in done] == [True] * 3
    assert await count(storage) == 0
    await storage.run_write(add("c"))
    assert await count(storage) == 1


async def test_a_reader_keeps_its_moment_while_others_write(storage: Storage) -> None:
    async with read(storage) as connection:
        before = (await connection.execute(select(func.count()).select_from(subject_keys))).scalar_one()
        async with transaction(storage) as tx:
            await tx.execute(insert(subject_keys), row("a"))
        after = (await connection.execute(select(func.count()).select_from(subject_keys))).scalar_one()
    assert (before, after) == (0, 0)
    assert await count(storage) == 1


async def test_after_commit_runs_once_the_data_are_there(storage: Storage) -> None:
    seen: list[str] = []

    def work(tx: Connection) -> None:
        storage.after_commit(tx, lambda: seen.append("committed"))
        assert seen == []

    await storage.run_write(work)
    assert seen == ["committed"]
    await storage.run_write(lambda _: None)
    assert seen == ["committed"]


async def test_after_commit_does_not_run_when_the_write_fails(storage: Storage) -> None:
    seen: list[str] = []

    def work(tx: Connection) -> None:
        storage.after_commit(tx, lambda: seen.append("committed"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await storage.run_write(work)
    await storage.run_write(lambda _: None)
    assert seen == []


async def test_every_sqlite_connection_is_durable(tmp_path) -> None:
    storage = Storage(f"sqlite:///{tmp_path / 'a.sqlite'}")
    async with read(storage) as one, read(storage) as two:
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
    async with transaction(storage) as tx:
        await tx.execute(insert(subject_keys), [*others, row("hers") | {"wrapped": CANARY}])
    async with transaction(storage) as tx:
        await tx.execute(delete(subject_keys).where(subject_keys.c.subject == "hers"))


async def files_with_it(storage: Storage) -> list[str]:
    if storage.sqlite:
        path = Path(make_url(storage.url).database or "")
        return [each.name for each in path.parent.glob(f"{path.name}*") if CANARY in each.read_bytes()]
    with storage.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
        home = connection.exec_driver_sql("SHOW data_directory").scalar_one()
        found = connection.exec_driver_sql(
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
                async with read(storage) as connection:
                    idle = "state LIKE 'idle in %%' AND datname = current_database()"
                    found = await connection.exec_driver_sql(f"SELECT pid FROM pg_stat_activity WHERE {idle}")
                    assert found.all() == []
    with pytest.raises(RuntimeError):
        async with storage.turn(7):
            raise RuntimeError

    async def theirs_now() -> bool:
        async with other.turn(7) as theirs:
            return theirs

    assert await eventually(theirs_now)  # PostgreSQL ends a session a moment after its connection is gone
    await other.close()

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, func, insert, select, text

from gateway.storage import Storage
from gateway.storage.tables import subject_keys


def row(subject: str) -> dict[str, object]:
    return {"subject": subject, "wrapped": b"k", "created_at": datetime.now(UTC)}


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

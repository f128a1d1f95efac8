"""Statements that are compiled once do what SQLAlchemy's own execution of them does, on both stores."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, delete, event, func, insert, literal, select, text, union_all, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from gateway.cases import store
from gateway.storage import Storage
from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.outage import is_outage
from gateway.storage.tables import cases, outbox
from tests.conftest import ON_SQLITE
from tests.database import Database
from tests.waiting import PATIENCE

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
CASE: dict[str, Any] = {
    "id": "case_1",
    "client": "app",
    "subject": "p_1",
    "service": "echo.note",
    "status": "received",
    "version": 1,
    "language": "ar",
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "deadline_on": None,
    "portal": "echo",
    "reference": "",
    "due_in": 60.0,
    "state": {"رقم": [1, None, "é"]},
    "sealed": bytes(range(256)),
}
ALL = select(cases).where(cases.c.id == bindparam("case_id"))
PUT = CompiledStatement(insert(outbox))


async def test_row_is_as_sqlalchemy_writes_and_reads_it(storage: Storage) -> None:
    await storage.run_write(lambda tx: store._INSERT.run(tx, CASE))

    def both(read: Connection) -> tuple[Any, Any]:
        mine = CompiledStatement(ALL).one_or_none(read, {"case_id": "case_1"})
        return mine, read.execute(ALL, {"case_id": "case_1"}).one()

    mine, theirs = await storage.run_read(both)
    assert mine._asdict() == theirs._asdict()
    assert (mine.created_at, mine.state, mine.sealed) == (MOMENT, CASE["state"], CASE["sealed"])


async def test_changes_are_counted_and_a_missing_row_is_none(storage: Storage) -> None:
    rows = [{"case_id": "case_1", "seq": number} for number in range(3)]
    later = CompiledStatement(update(outbox).where(outbox.c.seq > bindparam("least")))
    gone = CompiledStatement(delete(outbox).where(outbox.c.seq == bindparam("which")))

    def work(tx: Connection) -> tuple[int, Any]:
        PUT.run_each(tx, rows)
        gone.run_each(tx, [{"which": 0}])
        gone.run_each(tx, [])
        return later.run(tx, {"least": 0, "not_before": MOMENT}), CompiledStatement(ALL).scalar(tx, {"case_id": "no"})

    assert await storage.run_write(work) == (2, None)


async def test_error_is_sqlalchemys_and_takes_the_unit_back(storage: Storage) -> None:
    def twice(tx: Connection) -> None:
        PUT.run(tx, {"case_id": "case_1", "seq": 1})
        store._INSERT.run(tx, CASE)
        store._INSERT.run(tx, CASE)

    with pytest.raises(IntegrityError):
        await storage.run_write(twice)
    assert await storage.run_read(lambda read: read.execute(select(outbox)).all()) == []


async def test_listeners_hear_of_compiled_statements(storage: Storage) -> None:
    heard: list[str] = []
    event.listen(storage._writes, "before_cursor_execute", lambda *call: heard.append(call[2]))
    await storage.run_write(lambda tx: PUT.run(tx, {"case_id": "case_1", "seq": 1}))
    assert [each.split("(")[0] for each in heard if not each.startswith("BEGIN")] == ["INSERT INTO outbox "]


async def test_lost_connection_is_an_outage(filled_database: Database) -> None:
    storage = Storage(filled_database.url, pool_size=1)

    def cut(tx: Connection) -> None:
        PUT.run(tx, {"case_id": "case_1", "seq": 1})
        tx.connection.driver_connection.close()  # type: ignore[union-attr]
        PUT.run(tx, {"case_id": "case_1", "seq": 2})

    with pytest.raises(DBAPIError) as lost:
        await storage.run_write(cut)
    assert is_outage(lost.value)
    await storage.run_write(lambda tx: PUT.run(tx, {"case_id": "case_1", "seq": 3}))
    await storage.close()


@ON_SQLITE
async def test_row_that_cannot_be_read_fails_as_others_do(storage: Storage) -> None:
    """SQLite reads rows one by one, and may fail at any of them."""

    def second(number: int) -> int:
        if number == 2:
            raise OSError
        return number

    def work(read: Connection) -> None:
        read.connection.driver_connection.create_function("second", 1, second)  # type: ignore[union-attr]
        rows = union_all(*(select(literal(number).label("number")) for number in (1, 2))).subquery()
        CompiledStatement(select(func.second(rows.c.number))).all(read, {})

    with pytest.raises(DBAPIError):
        await storage.run_read(work)


async def test_statement_with_a_list_is_not_taken(storage: Storage) -> None:
    query = CompiledStatement(select(cases.c.id).where(cases.c.id.in_(["case_1"])))
    with pytest.raises(ValueError, match="not for every call the same"):
        await storage.run_read(lambda read: query.all(read, {}))


async def test_read_begins_a_transaction_of_its_own(storage: Storage) -> None:
    """Or what a second statement sees might be of another moment."""

    def work(read: Connection) -> bool:
        CompiledStatement(ALL).all(read, {"case_id": "case_1"})
        return read.in_transaction()

    assert await storage.run_read(work)
    await storage.run_write(lambda tx: tx.execute(text("DELETE FROM outbox")))


async def test_look_up_finds_what_was_committed_last(storage: Storage) -> None:
    query = CompiledStatement(ALL)
    assert await storage.look_up(query, {"case_id": "case_1"}) is None
    await storage.run_write(lambda tx: store._INSERT.run(tx, CASE))
    assert (await storage.look_up(query, {"case_id": "case_1"})).version == 1
    await storage.run_write(lambda tx: tx.execute(update(cases).values(version=2)))
    assert (await storage.look_up(query, {"case_id": "case_1"})).version == 2


@ON_SQLITE
async def test_look_up_that_is_blocked_leaves_the_loop(storage: Storage) -> None:
    """Somebody has the file for themselves: who waits for that waits in a thread."""
    await storage.run_write(lambda tx: store._INSERT.run(tx, CASE))
    path = str(storage.engine.url.database)
    await storage.run_read(lambda read: read.execute(text("SELECT 1")).one())
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        storage.engine.dispose()
        storage._writes.dispose()
        other.execute("BEGIN EXCLUSIVE")
        found = asyncio.create_task(storage.look_up(CompiledStatement(ALL), {"case_id": "case_1"}))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not found.done()
        other.execute("ROLLBACK")
    async with asyncio.timeout(PATIENCE):
        assert (await found).id == "case_1"

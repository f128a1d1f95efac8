"""Statements that are asked for later, on both stores; and what only PostgreSQL can do wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, insert, literal_column, select, text
from sqlalchemy.exc import DataError, IntegrityError, InvalidRequestError, ProgrammingError

from gateway.storage import Storage
from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.remembered import check_before_commit
from gateway.storage.tables import outbox
from tests.conftest import ON_POSTGRESQL

PUT = CompiledStatement(insert(outbox))
SEQS = CompiledStatement(select(outbox.c.seq).where(outbox.c.case_id == bindparam("of")).order_by(outbox.c.seq))


def line(seq: Any = 1, case_id: str = "case_1") -> dict[str, Any]:
    return {"case_id": case_id, "seq": seq}


async def seqs(storage: Storage) -> list[int]:
    return [row.seq for row in await storage.run_read(lambda read: SEQS.all(read, {"of": "case_1"}))]


async def test_what_is_put_later_is_committed(storage: Storage) -> None:
    def work(tx: Connection) -> None:
        PUT.later(tx, line(1))
        PUT.run_each(tx, [line(2), line(3)])

    await storage.run_write(work)
    assert await seqs(storage) == [1, 2, 3]


async def test_order_holds_among_sqlalchemys_own_statements(storage: Storage) -> None:
    def work(tx: Connection) -> list[int]:
        PUT.later(tx, line(1))
        tx.execute(text("UPDATE outbox SET seq = 7"))
        PUT.later(tx, line(2))
        return list(tx.execute(text("SELECT seq FROM outbox ORDER BY seq")).scalars())

    assert await storage.run_write(work) == [2, 7]


async def test_statement_sees_what_was_put_before_it(storage: Storage) -> None:
    def work(tx: Connection) -> list[list[int]]:
        before = SEQS.later(tx, {"of": "case_1"})
        PUT.later(tx, line(1))
        after = SEQS.later(tx, {"of": "case_1"})
        return [[row.seq for row in each.all()] for each in (after, before)]

    assert await storage.run_write(work) == [[1], []]


async def test_failed_unit_leaves_nothing_for_the_next_one(storage: Storage) -> None:
    def fails(tx: Connection) -> None:
        PUT.later(tx, line(1))
        raise RuntimeError

    for _ in range(12):  # whichever connection it gets
        with pytest.raises(RuntimeError):
            await storage.run_write(fails)
        await storage.run_write(lambda tx: PUT.run(tx, line(2)))
    assert set(await seqs(storage)) == {2}


async def test_error_of_a_later_statement_fails_the_commit(storage: Storage) -> None:
    def work(tx: Connection) -> None:
        PUT.later(tx, line(1))
        PUT.later(tx, line(None))
        PUT.later(tx, line(3))

    with pytest.raises(IntegrityError, match="INSERT INTO outbox") as failed:
        await storage.run_write(work)
    assert "'seq': None" in str(failed.value) or "None)" in str(failed.value)
    assert await seqs(storage) == []
    await storage.run_write(lambda tx: PUT.run(tx, line(4)))
    assert await seqs(storage) == [4]


async def test_check_before_commit_takes_all_back(storage: Storage) -> None:
    def work(tx: Connection) -> None:
        PUT.later(tx, line(1))
        found = SEQS.later(tx, {"of": "case_1"})
        check_before_commit(tx, lambda: _refuse(len(found.all())))
        PUT.later(tx, line(2))

    with pytest.raises(RuntimeError, match="1 is too many"):
        await storage.run_write(work)
    assert await seqs(storage) == []


def _refuse(count: int) -> None:
    raise RuntimeError(f"{count} is too many")


async def test_check_outside_of_a_unit_of_work_is_made_at_once(storage: Storage) -> None:
    with pytest.raises(RuntimeError):
        await storage.run_read(lambda read: check_before_commit(read, lambda: _refuse(1)))


async def test_read_of_compiled_statements_sees_one_moment(storage: Storage) -> None:
    async def between() -> None:
        await storage.run_write(lambda tx: PUT.run(tx, line(2)))

    await storage.run_write(lambda tx: PUT.run(tx, line(1)))
    read = storage.reading()
    first = [row.seq for row in SEQS.all(read, {"of": "case_1"})]
    await between()
    second = [row.seq for row in SEQS.all(read, {"of": "case_1"})]
    read.close()
    assert (first, second) == ([1], [1])
    assert await seqs(storage) == [1, 2]


@ON_POSTGRESQL
async def test_read_keeps_nothing_that_is_written(storage: Storage) -> None:
    for write in (lambda read: PUT.run(read, line(1)), lambda read: read.execute(insert(outbox), line(1))):
        with pytest.raises(Exception, match="read-only transaction"):
            await storage.run_read(write)


@ON_POSTGRESQL
async def test_unit_asks_as_seldom_as_it_must(storage: Storage, trips: list[int]) -> None:
    def work(tx: Connection) -> None:
        PUT.later(tx, line(1))
        found = SEQS.later(tx, {"of": "case_1"})
        assert PUT.run(tx, line(2)) == 1
        assert [row.seq for row in found.all()] == [1]
        PUT.later(tx, line(3))

    await storage.run_write(work)
    assert trips == [3, 1]  # BEGIN goes with the first, COMMIT with the last


@ON_POSTGRESQL
async def test_failed_statement_is_asked_anew_by_its_connection(storage: Storage) -> None:
    """What the connection could not prepare it must not take for prepared."""
    strange = CompiledStatement(select(literal_column("1").label("one")).where(text("EXISTS (SELECT FROM strange)")))

    def work(tx: Connection) -> Any:
        return strange.later(tx, {}).scalar()

    one = Storage(storage.url, pool_size=1)
    for _ in range(2):
        with pytest.raises(ProgrammingError, match="strange"):
            await one.run_write(work)
    await one.run_write(lambda tx: tx.execute(text("CREATE TABLE strange AS SELECT 1 AS one")) and None)
    assert await one.run_write(work) == 1
    assert await one.run_write(work) == 1
    await one.close()


@ON_POSTGRESQL
async def test_answer_after_a_failure_is_an_error(storage: Storage) -> None:
    def work(tx: Connection) -> None:
        PUT.later(tx, line(None))
        found = SEQS.later(tx, {"of": "case_1"})
        with pytest.raises(IntegrityError):
            found.all()
        found.all()

    with pytest.raises(InvalidRequestError):
        await storage.run_write(work)


@ON_POSTGRESQL
async def test_value_that_cannot_be_sent_fails_alone(storage: Storage) -> None:
    def work(tx: Connection) -> None:
        PUT.later(tx, line(1))
        with pytest.raises(DataError):
            SEQS.later(tx, {"of": "\0"})
        PUT.later(tx, line(2))

    await storage.run_write(work)
    assert await seqs(storage) == [1, 2]


@ON_POSTGRESQL
async def test_very_many_statements_go_together(storage: Storage, trips: list[int]) -> None:
    """More than fits into the buffers of both sides, in both directions."""
    long = CompiledStatement(select(bindparam("what").label("said")))

    def work(tx: Connection) -> int:
        answers = [long.later(tx, {"what": f"{number}" * 2000}) for number in range(1000, 4000)]
        return sum(answer.scalar() == f"{number}" * 2000 for number, answer in enumerate(answers, 1000))

    assert await storage.run_write(work) == 3000
    assert trips[0] == 3000


@ON_POSTGRESQL
async def test_without_prepared_statements_the_same_is_done(storage: Storage) -> None:
    def work(tx: Connection) -> list[int]:
        tx.connection.driver_connection.prepare_threshold = None  # type: ignore[union-attr]
        PUT.later(tx, line(1))
        found = [row.seq for row in SEQS.all(tx, {"of": "case_1"})]
        known = tx.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar_one()
        return [*found, known]

    one = Storage(storage.url, pool_size=1)
    assert await one.run_write(work) == [1, 0]
    await one.close()

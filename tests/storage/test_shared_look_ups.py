"""Look-ups that wait together are asked together, and none of them pays for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.storage import Storage
from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.outage import is_outage
from gateway.storage.tables import outbox
from tests.database import Database
from tests.waiting import PATIENCE

LINE = CompiledStatement(select(outbox.c.seq).where(outbox.c.case_id == bindparam("of")))
LONGER = CompiledStatement(select(outbox.c.seq, outbox.c.case_id).where(outbox.c.case_id == bindparam("of")))


@pytest.fixture
async def storage(filled_database: Database) -> AsyncIterator[Storage]:
    storage = Storage(filled_database.url, pool_size=4, read_seconds=0.5)

    def fill(tx: Connection) -> None:
        tx.execute(insert(outbox), [{"case_id": f"case_{seq}", "seq": seq} for seq in range(200)])

    await storage.run_write(fill)
    yield storage
    await storage.close()


def of(number: Any) -> dict[str, str]:
    return {"of": f"case_{number}"}


async def test_each_gets_her_own_in_one_trip(storage: Storage, trips: list[int]) -> None:
    asked = [storage.look_up(LINE if number % 2 else LONGER, of(number)) for number in range(10)]
    found = await asyncio.gather(*asked, storage.look_up(LINE, of("none")))
    assert [row.seq for row in found[:-1]] == list(range(10))
    assert found[-1] is None
    assert trips == [11]


async def test_very_many_take_turns(storage: Storage, trips: list[int]) -> None:
    found = await asyncio.gather(*(storage.look_up(LINE, of(number)) for number in range(200)))
    assert [row.seq for row in found] == list(range(200))
    assert trips == [64, 64, 64, 8]


async def test_one_that_cannot_be_asked_fails_alone(storage: Storage) -> None:
    asked = [storage.look_up(LINE, {"of": each}) for each in ("case_1", "\0", "case_2")]
    first, second, third = await asyncio.gather(*asked, return_exceptions=True)
    assert (first.seq, third.seq) == (1, 2)
    assert isinstance(second, DataError)


async def test_one_that_the_server_refuses_fails_alone(storage: Storage) -> None:
    number = CompiledStatement(select((1 / outbox.c.seq).label("part")).where(outbox.c.case_id == bindparam("of")))
    asked = [storage.look_up(number, of(each)) for each in (1, 0, 2)]
    first, second, third = await asyncio.gather(*asked, return_exceptions=True)
    assert (float(first.part), float(third.part)) == (1.0, 0.5)
    assert isinstance(second, DataError)
    assert not is_outage(second)


async def test_caller_who_goes_away_takes_nothing_with_her(storage: Storage) -> None:
    asked = [asyncio.create_task(storage.look_up(LINE, of(number))) for number in range(3)]
    await asyncio.sleep(0)
    asked[0].cancel()
    asked[1].cancel()
    first, second, third = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, asyncio.CancelledError)
    assert isinstance(second, asyncio.CancelledError)
    assert third.seq == 2


async def test_look_up_that_takes_too_long_is_an_outage(storage: Storage, filled_database: Database) -> None:
    with filled_database.connect() as other:
        other.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        first = asyncio.create_task(storage.look_up(LINE, of(1)))
        await asyncio.sleep(0.1)  # it is under way, and the others wait behind it
        async with asyncio.timeout(PATIENCE):
            failed = await asyncio.gather(
                first, *(storage.look_up(LINE, of(2)) for _ in range(3)), return_exceptions=True
            )
    assert all(isinstance(each, OperationalError | PoolTimeout) and is_outage(each) for each in failed), failed
    assert (await storage.look_up(LINE, of(1))).seq == 1


async def test_all_learn_that_the_database_is_away(storage: Storage, filled_database: Database) -> None:
    filled_database.away()
    failed = await asyncio.gather(*(storage.look_up(LINE, of(number)) for number in range(5)), return_exceptions=True)
    assert all(isinstance(each, Exception) and is_outage(each) for each in failed), failed
    filled_database.back()
    assert (await storage.look_up(LINE, of(1))).seq == 1


async def test_lost_connection_is_replaced(storage: Storage, filled_database: Database) -> None:
    assert (await storage.look_up(LINE, of(1))).seq == 1
    filled_database.end_sessions()
    async with asyncio.timeout(PATIENCE):
        while filled_database.sessions():
            await asyncio.sleep(0.02)
    found = await asyncio.gather(*(storage.look_up(LINE, of(number)) for number in range(5)))
    assert [row.seq for row in found] == list(range(5))

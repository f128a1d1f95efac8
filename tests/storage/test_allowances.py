"""Allowances: so much in such a time, counted in the database."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from gateway.storage import Storage
from gateway.storage.allowances import Allowance, Spent, forget_refilled, spend
from gateway.storage.tables import allowances
from tests.database_sessions import transaction
from tests.waiting import PATIENCE

THREE_AN_HOUR = Allowance("tries", amount=3, seconds=3600)


async def spent(storage: Storage, allowance: Allowance, key: str, cost: float = 1) -> Spent:
    return await storage.run_write(lambda tx: spend(tx, allowance, key, cost))


async def test_allowance_grants_its_amount_and_no_more(storage: Storage) -> None:
    told = [await spent(storage, THREE_AN_HOUR, "amina") for _ in range(4)]
    assert [each.granted for each in told] == [True, True, True, False]
    assert told[3].retry_after == pytest.approx(1200, abs=30)


async def test_allowance_of_one_is_nobody_elses(storage: Storage) -> None:
    for _ in range(4):
        await spent(storage, THREE_AN_HOUR, "amina")
    assert (await spent(storage, THREE_AN_HOUR, "youssef")).granted
    assert (await spent(storage, Allowance("other", 3, 3600), "amina")).granted


async def test_allowance_refills_evenly(storage: Storage) -> None:
    quick = Allowance("quick", amount=2, seconds=0.4)
    assert [(await spent(storage, quick, "k")).granted for _ in range(2)] == [True, True]
    async with asyncio.timeout(PATIENCE):
        while not (await spent(storage, quick, "k")).granted:
            await asyncio.sleep(0.02)


async def test_allowance_looked_at_is_not_used(storage: Storage) -> None:
    for _ in range(5):
        assert (await spent(storage, THREE_AN_HOUR, "k", cost=0)).granted
    await spent(storage, THREE_AN_HOUR, "k", cost=3)
    told = await spent(storage, THREE_AN_HOUR, "k", cost=0)
    assert not told.granted
    assert told.retry_after == pytest.approx(1200, abs=30)


async def test_cost_over_the_whole_amount_is_never_granted(storage: Storage) -> None:
    told = await spent(storage, THREE_AN_HOUR, "k", cost=4)
    assert not told.granted
    assert (await spent(storage, THREE_AN_HOUR, "k", cost=3)).granted


async def test_allowance_of_a_failed_transaction_is_given_back(storage: Storage) -> None:
    async def fails() -> None:
        async with transaction(storage) as tx:
            assert (await tx.run_sync(spend, THREE_AN_HOUR, "k", 3)).granted
            raise LookupError

    with pytest.raises(LookupError):
        await fails()
    assert (await spent(storage, THREE_AN_HOUR, "k", 3)).granted


async def test_allowance_spent_at_once_by_many_is_exact(storage: Storage) -> None:
    told = await asyncio.gather(*(spent(storage, THREE_AN_HOUR, "k") for _ in range(12)))
    assert sum(each.granted for each in told) == 3


async def test_allowances_that_refilled_are_forgotten(storage: Storage) -> None:
    await spent(storage, Allowance("short", 1, 0.01), "k")
    await spent(storage, THREE_AN_HOUR, "k")
    async with asyncio.timeout(PATIENCE):
        while True:
            await storage.run_write(forget_refilled)
            left = await storage.run_read(
                lambda tx: tx.execute(select(func.count()).select_from(allowances)).scalar_one()
            )
            if left == 1:
                break
            await asyncio.sleep(0.02)
    assert not (await spent(storage, THREE_AN_HOUR, "k", 3)).granted

"""Keys whose first request failed or runs still; `tests/acceptance/test_idempotency.py` has the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.cases.idempotency import Hold, Idempotency, StillRunning, StoredResponse
from gateway.cases.model import now
from gateway.settings import Idempotency as Limits
from gateway.storage import Storage
from gateway.storage.tables import idempotency as table
from gateway.storage.vault import Vault
from tests.database import Database
from tests.database_sessions import read, transaction
from tests.waiting import PATIENCE

ASKED: dict[str, Any] = {"client": "portal", "subject": "p_1", "key": "k", "request": b"POST /v1/cases"}
VAULT = Vault(bytes(range(32)))


@pytest.fixture
async def away(filled_database: Database) -> AsyncIterator[tuple[Idempotency, Storage]]:
    storage = Storage(filled_database.url)
    keys = Idempotency(storage, VAULT, Limits())
    yield keys, storage
    await keys.stop()
    await storage.close()


async def answer(keys: Idempotency) -> StoredResponse:
    async def work(hold: Hold) -> StoredResponse:
        async with transaction(keys.storage) as tx:
            return await tx.run_sync(hold.complete, StoredResponse(status=201, body=b"{}"))

    return (await keys.run(**ASKED, work=work))[0]


async def test_a_key_is_released_once_the_database_is_back(
    away: tuple[Idempotency, Storage], filled_database: Database
) -> None:
    """The request that failed has been answered long before; its key would be held for a minute."""
    keys, storage = away

    async def fail(hold: Hold) -> StoredResponse:
        filled_database.away()
        async with transaction(storage) as tx:
            await tx.execute(select(1))  # a connection whose end has not arrived yet is noticed by its first statement
            raise AssertionError("the database is away")

    with pytest.raises(Exception, match="connection"):
        await keys.run(**ASKED, work=fail)
    filled_database.back()
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                assert (await answer(keys)).status == 201
            except StillRunning:
                await asyncio.sleep(0.02)
            else:
                break


async def test_a_key_in_use_says_when_its_hold_ends(storage: Storage) -> None:
    keys = Idempotency(storage, VAULT, Limits())
    seen: list[float] = []

    async def work(hold: Hold) -> StoredResponse:
        async with transaction(storage) as tx:
            await tx.execute(update(table).values(lease_until=now() + timedelta(seconds=1000)))
        with pytest.raises(StillRunning) as refused:
            await answer(keys)
        seen.append(refused.value.retry_after)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await keys.run(**ASKED, work=work)
    assert 900 < seen[0] <= 1000
    async with read(storage) as connection:
        assert (await connection.execute(select(table))).all() == []

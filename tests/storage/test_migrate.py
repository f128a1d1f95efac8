from __future__ import annotations

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from gateway.storage import Storage
from gateway.storage.migrate import migrate, revision
from gateway.storage.tables import metadata
from tests.database_sessions import read, transaction


@pytest.fixture
async def empty(empty_url: str):
    storage = Storage(empty_url)
    yield storage
    await storage.close()


async def tables(storage: Storage) -> set[str]:
    async with read(storage) as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_an_empty_database_gets_every_table(empty: Storage) -> None:
    current, head = await revision(empty)
    assert current is None
    await migrate(empty)
    assert await revision(empty) == (head, head)
    assert await tables(empty) == set(metadata.tables) | {"alembic_version"}


async def test_migrations_and_tables_say_the_same(empty: Storage) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    await migrate(empty)
    async with read(empty) as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(empty: Storage) -> None:
    await migrate(empty)
    before = await tables(empty)
    await migrate(empty)
    assert await tables(empty) == before


async def test_processes_that_start_together_do_not_disturb_each_other(empty_url: str) -> None:
    several = [Storage(empty_url) for _ in range(4)]
    await asyncio.gather(*(migrate(storage) for storage in several))
    current, head = await revision(several[0])
    assert current == head
    for storage in several:
        await storage.close()


async def test_a_migration_that_fails_leaves_the_database_as_it_was(empty: Storage, monkeypatch) -> None:
    async with transaction(empty) as tx:
        await tx.run_sync(lambda sync: metadata.tables["signing_keys"].create(sync))
    with pytest.raises(Exception, match="signing_keys"):
        await migrate(empty)
    assert await tables(empty) == {"signing_keys"}

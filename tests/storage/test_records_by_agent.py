"""Records of before the log could be searched by the agent who acted are found by her as well."""

from __future__ import annotations

from datetime import UTC, datetime

from alembic import command
from sqlalchemy import Connection, text

from gateway.audit.entry import Entry
from gateway.audit.record import prepare, row
from gateway.audit.search import Filter, search
from gateway.storage import Storage
from gateway.storage.migrate import _config, migrate
from tests.database_sessions import read, transaction

BEFORE = "0027"
ACTORS = ("a_1", "", "a_" + "2" * 32, "")


async def test_earlier_records_are_found_by_the_agent_who_acted(empty_url: str) -> None:
    storage = Storage(empty_url)
    async with transaction(storage) as tx:
        await tx.run_sync(_old)
        await tx.run_sync(_fill)
    await migrate(storage)
    async with read(storage) as connection:
        found = {
            actor: [each.index for each in (await connection.run_sync(search, Filter(actor=actor))).records]
            for actor in ACTORS
            if actor
        }
        unnamed = (await connection.execute(text("SELECT count(*) FROM audit_records WHERE actor IS NULL"))).scalar()
    await storage.close()
    assert found == {"a_1": [0], "a_" + "2" * 32: [2]}
    assert unnamed == 2


def _old(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, BEFORE)


def _fill(tx: Connection) -> None:
    for index, actor in enumerate(ACTORS):
        entry = Entry(call_id=f"call_{index}", kind="call", actor=actor, at=datetime(2026, 1, 1, tzinfo=UTC))
        made = prepare(entry, max_bytes=4096)
        columns = row(made.record)
        del columns["actor"]
        columns |= {"index": index, "leaf": made.leaf, "leaf_hash": b"h" * 32, "at": "2026-01-01T00:00:00+00:00"}
        names = ", ".join(f'"{name}"' for name in columns)
        tx.execute(
            text(f"INSERT INTO audit_records ({names}) VALUES ({', '.join(f':{name}' for name in columns)})"), columns
        )

"""Migrations that read every case hold a few of them in memory at a time."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, func, select, text

from gateway.storage import Storage
from gateway.storage.migrate import _config, migrate
from gateway.storage.tables import cases, visits
from tests.database_sessions import read, transaction

BEFORE = "0005"
CASES = 1_000
STATE_BYTES = 20_000
BOOKED = {
    "reference": "RDV-1",
    "portal": "rendezvous",
    "post": {"id": "lyon", "timezone": "Europe/Paris"},
    "slot": {"id": "s", "start": "2026-11-30T10:00:00+01:00", "end": "2026-11-30T10:15:00+01:00"},
}
STATE = json.dumps({"portal": "office", "appointment": {"booked": BOOKED}, "pad": "x" * STATE_BYTES})


async def test_many_cases_are_not_held_at_once(tmp_path: Path) -> None:
    storage = Storage(f"sqlite:///{tmp_path / 'gateway.sqlite'}")
    async with transaction(storage) as tx:
        await tx.run_sync(_old)
        await tx.run_sync(_fill)
    tracemalloc.start()
    try:
        await migrate(storage)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    async with read(storage) as connection:
        counted = [
            (await connection.execute(select(func.count()).select_from(each))).scalar() for each in (cases, visits)
        ]
    await storage.close()
    assert counted == [CASES, CASES]
    assert peak < CASES * STATE_BYTES * 0.6


def _old(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, BEFORE)


def _fill(tx: Connection) -> None:
    insert = text(
        "INSERT INTO cases (id, client, subject, service, status, version, language, created_at, updated_at, due_at,"
        " state, sealed) VALUES (:id, 'app', 'p', 'office.paper', 'in_progress', 1, 'fr', CURRENT_TIMESTAMP,"
        " CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, :state, :sealed)"
    )
    tx.execute(insert, [{"id": f"case_{n:04}", "state": STATE, "sealed": b"x"} for n in range(CASES)])

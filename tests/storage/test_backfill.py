"""The public figures begin with the cases there are, and count nothing of them twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from alembic import command
from sqlalchemy import Connection, select, text

from gateway.cases.indicator_events import due, take
from gateway.cases.store import _LIGHT, _case
from gateway.storage import Storage
from gateway.storage.migrate import _config, migrate
from gateway.storage.tables import case_counts, cases
from tests.database_sessions import read, transaction

BEFORE = "0006"
STATE = {"parts": ["filing", "follow"], "portal": "office"}
FILED_ON_NEW_YEARS_EVE = "2025-12-31T23:30:00+00:00"  # in Morocco it is the new year
EVENTS = [
    ("case_1", "received", "received", "2025-12-31 23:00:00"),
    ("case_1", "filed", "in_progress", "2025-12-31 23:30:00"),
    ("case_1", "asked", "action_required", "2026-01-05 12:00:00"),
    ("case_1", "answered", "in_progress", "2026-01-08 13:00:00"),
    ("case_1", "shipped", "in_progress", "2026-03-01 10:00:00"),
    ("case_1", "completed", "completed", "2026-04-02 10:00:00"),
    ("case_2", "filed", "in_progress", "2026-01-02 10:00:00"),
    ("case_3", "withdrawn", "withdrawn", "2026-02-02 10:00:00"),
]


async def test_cases_of_before_are_counted_once_and_go_on_from_there(empty_url: str) -> None:
    storage = Storage(empty_url)
    async with transaction(storage) as tx:
        await tx.run_sync(upgrade)
        await insert(tx, "case_1", "completed", {**STATE, "filed_at": FILED_ON_NEW_YEARS_EVE}, "2026-02-28")
        await insert(tx, "case_2", "in_progress", {**STATE, "filed_at": "2026-01-02T10:00:00Z"}, None)
        await insert(tx, "case_3", "withdrawn", STATE, None)
        for seq, (id, code, status, at) in enumerate(EVENTS, 1):
            await tx.execute(
                text("INSERT INTO case_events (case_id, seq, at, code, status, data) VALUES (:id, :seq, :at, :code,"
                     " :status, '{}')"),
                {"id": id, "seq": seq, "at": at if storage.sqlite else datetime.fromisoformat(f"{at}+00:00"),
                 "code": code, "status": status},
            )  # fmt: skip
    await migrate(storage)
    async with read(storage) as connection:
        table = case_counts.c
        rows = (await connection.execute(select(table.figure, table.quarter, table.value, table.n))).all()
        found = {row.id: _case(row) for row in (await connection.execute(select(*_LIGHT).order_by(cases.c.id))).all()}
    assert sorted(map(tuple, rows)) == [
        ("answered", "2026-Q1", 0, 1),
        ("completed", "2026-Q2", 0, 1),
        ("days", "2026-Q1", 59, 1),
        ("filed", "2026-Q1", 0, 2),
        ("late", "2026-Q1", 0, 1),
        ("not_filed", "2026-Q1", 0, 1),
        ("overrun", "2026-Q1", 1, 1),
        ("waited", "2026-Q1", 3, 1),
    ]
    assert [due(case) for case in found.values()] == [False, False, False]
    going_on = found["case_2"]
    going_on.state.filing.answered_at = datetime(2026, 2, 1, tzinfo=UTC)
    figures = {each.figure for each in take(going_on, going_on.state.filing.answered_at, [])}
    assert figures == {"answered", "days", "waited"}
    await storage.close()


def upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, BEFORE)


async def insert(tx: Any, id: str, status: str, state: dict[str, Any], deadline_on: str | None) -> None:
    await tx.execute(
        text(
            "INSERT INTO cases (id, client, subject, service, status, version, language, created_at, updated_at,"
            " deadline_on, portal, reference, state, sealed) VALUES (:id, 'app', 'p', 'office.paper', :status, 1, 'fr',"
            " CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, :on, 'office', '', :state, :sealed)"
        ),
        {"id": id, "status": status, "on": deadline_on, "state": json.dumps(state), "sealed": b"x"},
    )

"""How often a filing waits for PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from gateway.storage.pipelines import Pipeline
from tests.database import Database

from .conftest import FAST, world_in

NOTE = {"service": "echo.note", "form": {"text": "Bonjour"}}


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> dict[Any, list[str]]:
    """What went to the server together, by connection: the statements of one trip as one text."""
    made: dict[Any, list[str]] = defaultdict(list)
    ask = Pipeline.ask

    def noted(self: Pipeline, questions: Any, **more: bytes) -> None:
        made[self].append("\n".join(each.statement.text.decode() for each in questions) or "-")
        ask(self, questions, **more)

    monkeypatch.setattr(Pipeline, "ask", noted)
    return made


async def test_filing_is_three_trips(tmp_path: Path, filled_database: Database, trips: dict[Any, list[str]]) -> None:
    over = {"journeys": FAST | {"embedded": False}}
    async with world_in(tmp_path / "state", filled_database.url, **over) as world:
        token = await world.citizen()
        assert (await world.post("/v1/cases", NOTE, token)).status_code == 201  # makes the person's key
        others: list[str] = []
        event.listen(world.gateway.storage.engine, "before_cursor_execute", _sqlalchemys(others))
        trips.clear()
        assert (await world.post("/v1/cases", NOTE, token)).status_code == 201
        connection, first = next((c, at) for c, told in trips.items() for at, each in enumerate(told) if _takes(each))
        took, stored, committed, *_ = [*trips[connection][first:], "", ""]
        assert "subject_keys" in took
        assert all(f"INSERT INTO {table}" in stored for table in ("cases", "case_events", "outbox", "allowances"))
        assert "INSERT INTO audit_pending" in stored
        assert "UPDATE idempotency" in stored
        assert committed == "-"
        assert not [each for each in others if "cases" in each]


def _takes(asked: str) -> bool:
    return "INSERT INTO idempotency" in asked


def _sqlalchemys(heard: list[str]) -> Any:
    def note(_connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if cursor is not None:
            heard.append(statement)

    return note

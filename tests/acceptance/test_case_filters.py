"""Finding one's own cases: by several statuses, by the day of filing, and by what stands on a paper."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from gateway.storage.tables import cases
from tests.database_sessions import transaction

from .conftest import AMINA, FAST, YOUSSEF, World, world_in
from .shared import problem


@pytest.fixture
async def world(tmp_path: Path, store_url: str) -> AsyncIterator[World]:
    """One whose journeys stand still."""
    async with world_in(tmp_path / "state", store_url, journeys=FAST | {"embedded": False}) as found:
        yield found


MIDNIGHT = datetime(2026, 11, 3, tzinfo=UTC)
"""Morocco keeps UTC since 20 September 2026."""


async def listed(world: World, token: str | None = None, **query: Any) -> list[str]:
    address = httpx.URL("/v1/cases", params={"limit": "100", **query})
    answer = await world.get(str(address), token)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["data"]]


async def filed(world: World, service: str, who: str, **columns: Any) -> str:
    """A case whose row says this."""
    token = await world.citizen(who)
    example = (await world.get(f"/v1/services/{service}", token)).json()["example"]
    answer = await world.post("/v1/cases", {"service": service, "form": example}, token)
    assert answer.status_code == 201, answer.text
    case_id: str = answer.json()["id"]
    async with transaction(world.gateway.storage) as connection:
        await connection.execute(update(cases).where(cases.c.id == case_id).values(**columns))
    return case_id


async def test_own_cases_are_filtered(world: World) -> None:
    who = AMINA
    note = await filed(world, "echo.note", who, created_at=MIDNIGHT - timedelta(seconds=1), status="completed")
    stamped = await filed(world, "echo.stamped", who, created_at=MIDNIGHT, status="in_progress")
    birth = await filed(
        world, "watiqa.birth-extract", who, created_at=MIDNIGHT + timedelta(days=1), status="rejected",
        reference="WQ-2026-900017",
    )  # fmt: skip
    assert await listed(world) == [birth, stamped, note]

    assert await listed(world, status=["completed", "rejected"]) == [birth, note]
    assert await listed(world, status="in_progress") == [stamped]
    assert await listed(world, status=["completed"], service="echo.stamped") == []

    assert await listed(world, **{"from": "2026-11-03"}) == [birth, stamped]
    assert await listed(world, to="2026-11-02") == [note]
    assert await listed(world, **{"from": "2026-11-03", "to": "2026-11-03"}) == [stamped]
    assert await listed(world, **{"from": str(date.min), "to": str(date.max)}) == [birth, stamped, note]

    for typed in ("wq2026", "WQ-2026-900017", "٩٠٠٠١٧", birth, birth.upper(), "naiss extrait"):
        assert await listed(world, q=typed) == [birth], typed
    for typed in ("%", "_", "900018", "naissances", "' OR 1=1"):
        assert await listed(world, q=typed) == [], typed
    assert await listed(world, q=" ") == [birth, stamped, note]
    assert await listed(world, q="900017", status="completed") == []

    youssef = await world.citizen(YOUSSEF)
    assert await listed(world, youssef, q="900017") == []
    assert await listed(world, youssef, q=birth) == []


async def test_parcel_and_appointment_numbers_find_a_case(world: World) -> None:
    case_id = await filed(world, "echo.note", AMINA, status="in_progress")
    case = await world.gateway.cases.get(case_id)
    assert case is not None
    case.state.shipment.number = "RR123456785MA"
    async with transaction(world.gateway.storage) as connection:
        await connection.run_sync(world.gateway.cases.save, case)
    assert await listed(world, q="rr 123 456 785 ma") == [case_id]
    assert await listed(world, q="RR123456786MA") == []


@pytest.mark.parametrize("query", ["status=unknown", "status=completed&status=x", "from=tomorrow", f"q={'a' * 101}"])
async def test_wrong_case_filters_are_refused(small_world: World, query: str) -> None:
    problem(await small_world.get(f"/v1/cases?{query}"), 400, "invalid_request")


async def test_days_in_the_wrong_order_are_refused(small_world: World) -> None:
    body = problem(await small_world.get("/v1/cases?from=2026-11-04&to=2026-11-03"), 400, "filter_invalid")
    assert [(each["pointer"], each["code"]) for each in body["errors"]] == [("/?to", "days_reversed")]

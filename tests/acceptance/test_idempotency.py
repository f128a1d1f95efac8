"""The same write sent twice is done once, whoever sends it how often, and whatever dies in between."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from gateway.storage.tables import cases
from tests.database_sessions import read
from tests.waiting import PATIENCE

from .conftest import World
from .served import served
from .shared import problem

WAITS = {"service": "echo.stamped", "form": {"text": "x"}}
"""A case that waits for its fee and so stays as it is."""


async def counted(world: World) -> int:
    async with read(world.gateway.storage) as connection:
        return (await connection.execute(select(func.count()).select_from(cases))).scalar_one()


@pytest.mark.parametrize("posts", [40, pytest.param(200, marks=pytest.mark.soak)])
async def test_many_posts_at_once_with_one_key_make_one_case(world: World, posts: int) -> None:
    token = await world.citizen()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "once"}
    limits = httpx.Limits(max_connections=posts)
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE, limits=limits) as many:

        async def send() -> httpx.Response:
            return await many.post(f"{world.url}/v1/cases", json=WAITS, headers=headers)

        answers = await asyncio.gather(*(send() for _ in range(posts)))
    made = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len([answer for answer in made if "idempotent-replayed" not in answer.headers]) == 1
    assert len({answer.json()["id"] for answer in made}) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert problem(answer, 409, "idempotency_in_progress")["retry_safe"] is True
            assert int(answer.headers["retry-after"]) >= 1
    assert await counted(world) == 1
    # Every one of them is on record, once.
    calls = {answer.headers["call-id"] for answer in answers}
    async with asyncio.timeout(PATIENCE):
        while not calls <= set(recorded := Counter(each["call"] for each in await world.records(kind="call"))):
            await asyncio.sleep(0.02)
    assert set(recorded.values()) == {1}


async def filed(world: World) -> str:
    """A case that the portal holds and does nothing about."""
    await world.fault("echo", "none")
    body = {"service": "echo.note", "form": {"text": "x", "behave": "never"}}
    case_id: str = (await world.post("/v1/cases", body)).json()["id"]
    await world.until(case_id, lambda case: case["filing"]["reference"])
    return case_id


async def test_a_killed_gateway_leaves_one_case_and_a_key_that_is_taken_over(tmp_path: Path) -> None:
    async with served(tmp_path) as world:
        case = await filed(world)
        await world.fault("echo", "hang")
        cut_off: list[Any] = [asyncio.create_task(world.post(f"/v1/cases/{case}/actions/withdraw", None, key="w"))]
        await until_held(world)
        cut_off.append(asyncio.create_task(world.post("/v1/cases", WAITS, key="c")))
        await asyncio.sleep(0.004)  # somewhere between the arrival and the answer
        world.kill()
        await asyncio.gather(*cut_off, return_exceptions=True)
        await world.fault("echo", "none")
        await world.start()
        early = await world.post(f"/v1/cases/{case}/actions/withdraw", None, key="w")
        if early.status_code != 200:  # its holder is dead, and that is known; on a slow machine the journey was faster
            problem(early, 409, "case_finished")
        async with asyncio.timeout(PATIENCE):
            while (answer := await world.post("/v1/cases", WAITS, key="c")).status_code == 409:
                problem(answer, 409, "idempotency_in_progress")
                await asyncio.sleep(0.05)
        assert answer.status_code == 201, answer.text
        assert (await world.effects("echo")).count("withdrawal") == 1
        listed = (await world.get("/v1/cases?service=echo.stamped")).json()["data"]
        assert len(listed) == 1


async def until_held(world: World) -> None:
    """The key of a running write is in the database."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with closing(sqlite3.connect(f"file:{world.state_dir / 'gateway.sqlite'}?mode=ro", uri=True)) as store:
                if store.execute("SELECT count(*) FROM idempotency WHERE status IS NULL").fetchone()[0]:
                    return
            await asyncio.sleep(0.01)

"""Calls of nobody: the first have records, the others are summed up, and the numbers add up."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.waiting import PATIENCE

from .conftest import World, world_in
from .shared import problem

FEW = {"refusals_per_address_minute": 5, "refusals_per_minute": 8}


async def refused_by(world: World, source: str, times: int) -> list[httpx.Response]:
    transport = httpx.AsyncHTTPTransport(local_address=source)
    async with httpx.AsyncClient(transport=transport, timeout=PATIENCE) as web:
        answers = [await web.get(f"{world.url}/v1/cases") for _ in range(times)]
    for each in answers:
        problem(each, 401, "token_missing")
    return answers


def summed(records: list[dict[str, Any]]) -> dict[tuple[str, str, str, int], int]:
    found: dict[tuple[str, str, str, int], int] = {}
    for record in records:
        for each in record.get("sums", ()):
            key = (each.get("operation", ""), each.get("code", ""), each["outcome"], each["status"])
            found[key] = found.get(key, 0) + each["count"]
    return found


async def test_refusals_of_nobody_are_summed_and_add_up(tmp_path: Path) -> None:
    async with world_in(tmp_path, "", quotas=FEW, journeys={"embedded": False}) as world:
        answers = await refused_by(world, "127.0.0.1", 40)
        await world.gateway.sums.flush()
        own = await world.records(operation="cases.list")
        assert {each["call"] for each in own} == {each.headers["call-id"] for each in answers[:5]}
        [record] = await world.records(operation="calls.sum")
        assert summed([record]) == {("cases.list", "token_missing", "denied", 401): 35}
        assert (record["kind"], record["principal"], record["outcome"]) == ("refusal", "anonymous", "denied")
        assert record["at"] < record["until"]
        await world.gateway.sums.flush()
        assert len(await world.records(operation="calls.sum")) == 1  # nothing counted, nothing written


async def test_a_flood_hides_no_other_address(tmp_path: Path) -> None:
    async with world_in(tmp_path, "", quotas=FEW, journeys={"embedded": False}) as world:
        await refused_by(world, "127.0.0.1", 30)
        [other] = await refused_by(world, "127.0.0.2", 1)
        assert len(await world.records(call_id=other.headers["call-id"])) == 1
        await refused_by(world, "127.0.0.3", 5)  # all addresses together have eight
        assert len(await world.records(operation="cases.list")) == 8
        await world.gateway.sums.flush()
        [record] = await world.records(operation="calls.sum")
        assert summed([record]) == {("cases.list", "token_missing", "denied", 401): 28}


async def test_calls_by_somebody_known_are_never_summed(tmp_path: Path) -> None:
    async with world_in(tmp_path, "", quotas=FEW, journeys={"embedded": False}) as world:
        token = await world.citizen()
        for _ in range(12):
            assert (await world.get("/v1/cases/case_unknown", token)).status_code == 404
            assert (await world.get("/v1/cases", token)).status_code == 200
        assert len(await world.records(operation="cases.read")) == 12
        assert len(await world.records(operation="cases.list")) == 12


@pytest.mark.parametrize("path", ["/callbacks/nobody/payment", "/nowhere"])
async def test_calls_to_nowhere_are_summed_too(tmp_path: Path, path: str) -> None:
    async with world_in(tmp_path, "", quotas=FEW, journeys={"embedded": False}) as world:
        for _ in range(20):
            assert (await world.web.post(world.url + path, content=b"x")).status_code == 404
        await world.gateway.sums.flush()
        [record] = await world.records(operation="calls.sum")
        assert sum(summed([record]).values()) == 15


async def test_what_ends_before_a_route_is_counted(tmp_path: Path) -> None:
    async with world_in(tmp_path, "", server={"max_header_bytes": 2048}, journeys={"embedded": False}) as world:
        for _ in range(3):
            answer = await world.web.get(f"{world.url}/v1/cases", headers={"X": "a" * 4000})
            problem(answer, 431, "headers_too_large")
        await world.gateway.sums.flush()
        [record] = await world.records(operation="calls.sum")
        assert summed([record]) == {("connection", "headers_too_large", "client_error", 431): 3}


async def test_sums_are_on_record_when_the_process_ends(tmp_path: Path) -> None:
    async with world_in(tmp_path, "", quotas=FEW, journeys={"embedded": False}) as world:
        await refused_by(world, "127.0.0.1", 30)
    with closing(sqlite3.connect(tmp_path / "gateway.sqlite")) as database:
        rows = database.execute("SELECT leaf FROM audit_records WHERE operation = 'calls.sum'").fetchall()
    records = [json.loads(leaf) for (leaf,) in rows]
    assert summed(records) == {("cases.list", "token_missing", "denied", 401): 25}

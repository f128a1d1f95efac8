"""One answer to "is this portal up", from the guide, the catalogue, cases and health, of every process."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.api.http.protocol import GuardedProtocol
from gateway.app import assemble
from gateway.sandbox.serve import listen, running
from gateway.settings import load
from tests.waiting import PATIENCE

from .conftest import FAST, UNCOUNTED, World, world_in

SERVICE = "watiqa.birth-extract"


@asynccontextmanager
async def second_process(world: World):
    """Another gateway on the same database, which runs no journeys."""
    socket = listen("127.0.0.1", 0)
    gateway = assemble(
        load(state_dir=world.state_dir, journeys=FAST | {"embedded": True}, rates=UNCOUNTED), journeys=False
    )
    async with running(gateway.application(), socket, http=GuardedProtocol):
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"


async def told(world: World, url: str, case: str) -> dict[str, str]:
    """What each kind of answer says of watiqa, by one process."""
    headers = await world._headers(None, {})

    async def read(path: str) -> Any:
        return (await world.web.get(url + path, headers=headers)).json()

    return {
        "guide": (await read(f"/v1/services/{SERVICE}"))["availability"]["state"],
        "health": (await read("/health/ready"))["portals"]["watiqa"],
        "case": (await read(f"/v1/cases/{case}"))["filing"]["availability"]["state"],
    }


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_portal_is_the_same_in_every_answer_of_two_processes(tmp_path: Path, store_url: str) -> None:
    """The worker's case says that the portal does not answer; nobody then says that it is up."""
    patience = {"journeys": FAST | {"embedded": True, "retry_base_seconds": 30.0, "retry_max_seconds": 30.0}}
    async with world_in(tmp_path / "state", store_url, **patience) as world, second_process(world) as other:
        assert (await world.get(f"/v1/services/{SERVICE}")).json()["availability"]["state"] == "up"
        case = (await world.order())["id"]
        await world.fault("watiqa", "error")
        await world.pay(case)
        async with asyncio.timeout(PATIENCE):
            while "portal_unavailable" not in await world.codes(case):
                await asyncio.sleep(0.05)
        here = await told(world, world.url, case)
        assert set(here.values()) == {"degraded"}
        there: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            while set(there.values()) != {"degraded"}:
                there = await told(world, other, case)
                await asyncio.sleep(0.05)

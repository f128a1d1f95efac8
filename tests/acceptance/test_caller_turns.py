"""While several callers are there, one's many calls wait for each other and hold up nobody else.

An open event stream stands for a call that is at work: it lasts until its reader goes, and the clock of the turns
stands still, so that nothing here depends on how fast a machine is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest

from gateway.api.http.caller_turns import CallerTurns
from tests.waiting import PATIENCE

from .conftest import AMINA, YOUSSEF, World
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, shared_world
from .test_bound_tokens import THUMBPRINT, proof, prove

pytestmark = IN_ONE_LOOP
world = shared_world(
    server={"waiting_calls_per_caller": 1, "caller_turn_seconds": 3600, "trusted_proxies": ("127.0.0.1", "::1")}
)
PATH = "/v1/cases?limit=1"
ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}
WAITS = {"service": "echo.stamped", "form": {"text": "x"}}


@pytest.fixture
def turns(world: World, monkeypatch: pytest.MonkeyPatch) -> CallerTurns:
    """Whoever has called stays there."""
    found = world.gateway.caller_turns
    monkeypatch.setattr(found, "_clock", lambda: 0.0)
    return found


@asynccontextmanager
async def at_work(world: World, path: str, headers: Mapping[str, str]) -> AsyncIterator[None]:
    """A call of this caller's is at work."""
    accept = {"Accept": "text/event-stream"}
    async with world.web.stream("GET", world.url + path, headers={**headers, **accept}) as stream:
        assert stream.status_code == 200, await stream.aread()
        yield


async def waits(turns: CallerTurns) -> None:
    """Return once a call of somebody's waits for her turn."""
    async with asyncio.timeout(PATIENCE):
        while not turns._waiting:
            await asyncio.sleep(0.01)


async def test_a_callers_calls_hold_up_nobody_else(world: World, turns: CallerTurns) -> None:
    amina, youssef = [await world.citizen(who) for who in (AMINA, YOUSSEF)]
    case = (await world.post("/v1/cases", WAITS, amina)).json()
    bearer = {"Authorization": f"Bearer {amina}"}
    async with asyncio.timeout(PATIENCE):
        async with at_work(world, f"/v1/cases/{case['id']}/events", bearer):
            assert (await world.get(PATH, youssef)).status_code == 200
            waiting = asyncio.create_task(world.get(PATH, amina))
            await waits(turns)
            refused = problem(await world.get(PATH, amina), 429, "too_many_requests")
            assert refused["retry_safe"] is True
            assert (await world.get(PATH, youssef)).status_code == 200
            assert (await world.web.get(f"{world.url}/health/live")).status_code == 200
            assert not waiting.done()
        assert (await waiting).status_code == 200


async def test_a_stolen_bound_token_takes_no_turns(world: World, turns: CallerTurns) -> None:
    """Its owner's call is at work and one place to wait is left: who calls with it from elsewhere is told at once that
    the proof is missing, and the place is the owner's."""
    youssef = await world.citizen(YOUSSEF)
    token = Forge.of(world).token(cnf={"jkt": THUMBPRINT})
    nonce = (await prove(world, token, "/v1/cases", "")).headers["dpop-nonce"]
    assert (await prove(world, token, "/v1/cases", nonce)).status_code == 200
    case = (await world.post("/v1/cases", WAITS)).json()
    path = f"/v1/cases/{case['id']}/events"
    hers = {"Authorization": f"DPoP {token}", "DPoP": proof(token, world.url + path, nonce=nonce)}
    async with asyncio.timeout(PATIENCE):
        async with at_work(world, path, hers):
            assert (await world.get(PATH, youssef)).status_code == 200
            for _ in range(3):
                stolen = await _with(world, token, ELSEWHERE)
                problem(stolen, 401, "token_binding_failed")
            waiting = asyncio.create_task(_with(world, token, {}))
            await waits(turns)
            assert not waiting.done()
        problem(await waiting, 401, "token_binding_failed")  # it waited, as the owner's own do


async def _with(world: World, token: str, headers: Mapping[str, str]) -> httpx.Response:
    return await world.web.get(world.url + PATH, headers={"Authorization": f"Bearer {token}", **headers})

"""Journeys as processes on PostgreSQL, and journeys among portals that fail in every way at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from gateway.sandbox.serve import listen, running
from gateway.sandbox.state import prepare
from gateway.settings import load
from tests.quick_gateway import QuickGateway
from tests.waiting import PATIENCE

from .conftest import FAST, TEN_DAYS_A_SECOND, World, world_in
from .evidence import ledger, order, payments_of, sent_to
from .sandboxes import build
from .shared import to_do

JOURNEY_SETTINGS = {**FAST, "LEASE_SECONDS": 2.0}


WRONG_CLOCK = """
from datetime import UTC, datetime, timedelta
import gateway.cases.model
gateway.cases.model.now = lambda: datetime.now(UTC) + timedelta(seconds={seconds})
from gateway.cli import run
run()
"""


class Processes:
    """`serve` and `work`, each a process of its own."""

    def __init__(self, state_dir: Path, **journey_settings: float) -> None:
        self._state_dir = state_dir
        limits = JOURNEY_SETTINGS | journey_settings
        self._env = {**os.environ, **{f"MRE_GATEWAY__JOURNEYS__{name.upper()}": str(v) for name, v in limits.items()}}
        self.running: list[subprocess.Popen[bytes] | QuickGateway] = []

    def start(self, *command: str, clock: float = 0.0) -> subprocess.Popen[bytes] | QuickGateway:
        """A process whose clock is so many seconds fast (slow, if negative)."""
        words = (*command, "--state", str(self._state_dir))
        process: subprocess.Popen[bytes] | QuickGateway
        with self.log.open("ab") as log:
            if clock:
                program = [sys.executable, "-c", WRONG_CLOCK.format(seconds=clock), *words]
                process = subprocess.Popen(program, env=self._env, stdout=log, stderr=log)
            else:
                process = QuickGateway(*words, env=self._env, log=log)
        self.running.append(process)
        return process

    @property
    def log(self) -> Path:
        return self._state_dir / "processes.log"

    def end(self) -> list[int]:
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        return [process.wait(PATIENCE) for process in self.running]


@asynccontextmanager
async def on_postgresql(
    state_dir: Path, store_url: str, **journey_settings: float
) -> AsyncIterator[tuple[World, Processes]]:
    front, back = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
    port, sandbox_port = front.getsockname()[1], back.getsockname()[1]
    front.close()
    prepare(state_dir, port=port, sandbox_port=sandbox_port, store_url=store_url, speed=TEN_DAYS_A_SECOND)
    sandbox_url, processes = f"http://127.0.0.1:{sandbox_port}", Processes(state_dir, **journey_settings)
    host = build(load(state_dir=state_dir), url=sandbox_url, speed=TEN_DAYS_A_SECOND)
    async with running(host, back), httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE) as web:
        try:
            yield World(f"http://127.0.0.1:{port}", sandbox_url, state_dir, None, web), processes  # type: ignore[arg-type]
        finally:
            for process in processes.running:
                process.kill()
                process.wait()


async def effects(world: World, portal: str, kind: str) -> list[str]:
    """Whose they are: the gateway's keys, or the portal's numbers."""
    found = (await world.web.get(f"{world.sandbox_url}/_effects/{portal}")).json()
    return [each.get("client_reference", each["key"]) for each in found if each["kind"] == kind]


async def until_up(world: World, processes: Processes) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await world.web.get(f"{world.url}/health/live")).status_code == 200:
                    return
            assert all(process.poll() is None for process in processes.running), processes.log.read_text()[-2000:]
            await asyncio.sleep(0.05)


async def test_workers_share_the_journeys_and_one_that_is_killed_is_replaced(tmp_path: Path, postgres_url: str) -> None:
    """All start at once on an empty database; both workers have the same name, which nobody should give them: the
    second one then runs what the first is running. Nothing is done twice all the same."""
    async with on_postgresql(tmp_path, postgres_url) as (world, processes):
        processes.start("serve")
        first = processes.start("work")
        await until_up(world, processes)
        paid = await order(world)
        await world.pay(paid)
        await world.fault("echo", "slow", seconds=1.0)
        cases = [await order(world, "echo.note") for _ in range(6)]
        async with asyncio.timeout(PATIENCE):
            while not await effects(world, "echo", "demand"):
                await asyncio.sleep(0.02)
        processes.start("work")
        cases += [await order(world, "echo.parcel") for _ in range(2)]
        await asyncio.sleep(0.5)
        first.kill()
        first.wait()
        processes.running.remove(first)
        await world.fault("echo", "none")
        for case_id in (*cases, paid):
            assert (await world.ended(case_id))["status"] == "completed", await world.codes(case_id)
        assert sorted(await effects(world, "echo", "demand")) == sorted(f"{case_id}:file" for case_id in cases)
        assert await effects(world, "watiqa", "order") == [f"{paid}:file"]
        assert len(await effects(world, "barid", "shipment")) == 3
        assert [len(await effects(world, "etimbre", kind)) for kind in ("capture", "stamp", "stamp_consumed")] == [
            1
        ] * 3
        served, worked = processes.end()
        assert (served in (0, -signal.SIGTERM), worked) == (True, 0), processes.log.read_text()[-2000:]
        assert held(postgres_url) == 0


@pytest.mark.soak
async def test_workers_with_wrong_clocks_do_nothing_twice(tmp_path: Path, postgres_url: str) -> None:
    """Five minutes fast and five minutes slow: each takes the other's leases for old, if it reckons with its own clock,
    and the time that a portal needs to know of a request for over. Half of what the portal is sent arrives late."""
    async with on_postgresql(tmp_path, postgres_url, LEASE_SECONDS=30.0, SETTLE_SECONDS=5.0) as (world, processes):
        processes.start("serve")
        processes.start("work", "--executor", "slow", clock=-300.0)
        processes.start("work", "--executor", "fast", clock=300.0)
        await until_up(world, processes)
        await world.fault("echo", "slow", 0.5, seconds=1.5)
        cases = [await order(world, "echo.note") for _ in range(24)]
        await asyncio.sleep(3.0)
        await world.fault("echo", "none")
        for case_id in cases:
            assert (await world.ended(case_id))["status"] == "completed", await world.codes(case_id)
        assert sorted(await effects(world, "echo", "demand")) == sorted(f"{case_id}:file" for case_id in cases)


def held(url: str) -> int:
    """Cases that a worker has not given back."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT COUNT(*) FROM cases WHERE claimed_by IS NOT NULL").fetchone()
        assert row is not None
        return int(row[0])


MODES = ("error", "reset", "garbage", "slow", "commit_then_drop", "hang")
PORTALS = ("watiqa", "etimbre", "barid", "echo")
IMPATIENT: dict[str, Any] = {
    "journeys": FAST | {"embedded": True, "poll_seconds": 0.25, "settle_seconds": 0.9, "retry_max_seconds": 0.3},
    "outbound": {
        "timeouts": {"connect_seconds": 0.5, "read_seconds": 0.3, "total_seconds": 0.6},
        "retry": {"base_seconds": 0.01, "max_seconds": 0.05},
        "breaker": {"minimum_calls": 8, "open_seconds": 0.2},
    },
}


@pytest.mark.parametrize(
    ("seed", "of_each"), [(1, 1), *(pytest.param(seed, 2, marks=pytest.mark.soak) for seed in (1, 2, 3))]
)
@pytest.mark.usefixtures("portals_not_asked")
async def test_whatever_fails_and_when_every_case_ends_and_nothing_happens_twice(
    tmp_path: Path, seed: int, of_each: int
) -> None:
    """Random faults at random rates on all portals while many cases are under way: the money of completed cases is
    taken once, that of all others comes back, and no portal sees a demand, stamp or parcel twice. `make soak` has twice
    the cases, for twice the time, with three seeds."""
    chance = random.Random(seed)
    async with world_in(tmp_path, "", speed=3_000_000.0, **IMPATIENT) as world:
        cases = await filed(world, chance, of_each)
        for _ in range(4 * of_each):
            for portal in PORTALS:
                mode = chance.choice(MODES)
                await world.fault(portal, mode, chance.uniform(0.2, 0.9), seconds=0.2)
            await asyncio.sleep(0.4)
        for portal in PORTALS:
            await world.fault(portal, "none")
        await asyncio.gather(*(end(world, case_id, chance) for case_id in cases))
        for case_id, service in cases.items():
            await check(world, case_id, service)


async def filed(world: World, chance: random.Random, of_each: int) -> dict[str, str]:
    """Cases of all kinds, paid where there is a fee; some of them withdrawn at once."""
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("watiqa.birth-extract", {}),
        ("watiqa.birth-extract", sent_to("LOST")),
        ("watiqa.birth-extract", {"act": {"number": "4321"}}),
        ("echo.stamped", {}),
        ("echo.stamped", {"behave": "reject_later"}),
        ("echo.note", {}),
        ("echo.note", {"behave": "refuse"}),
        ("echo.parcel", {}),
    ]
    cases = {}
    for service, changes in chance.sample(kinds * of_each, len(kinds) * of_each):
        case_id = await order(world, service, **changes)
        cases[case_id] = service
        if service in ("watiqa.birth-extract", "echo.stamped"):
            await world.pay(case_id)
        if chance.random() < 0.2:
            await world.post(f"/v1/cases/{case_id}/actions/withdraw", None)
    return cases


async def end(world: World, case_id: str, chance: random.Random) -> None:
    case = await world.until(case_id, lambda case: to_do(case) or case["status"] in ENDS)
    while case["status"] not in ENDS:
        choice = chance.choice(case["actions"][0]["options"])
        await world.post(f"/v1/cases/{case_id}/actions/confirm", {"choice": choice})
        case = await world.until(case_id, lambda case: to_do(case) or case["status"] in ENDS)


ENDS = ("completed", "rejected", "withdrawn", "failed")


async def check(world: World, case_id: str, service: str) -> None:
    happened: Counter[str] = await ledger(world, case_id)
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    told = (case["status"], service, dict(happened), await world.codes(case_id))
    feed = service in ("watiqa.birth-extract", "echo.stamped")
    assert happened["capture"] - happened["refund"] == (1 if feed and case["status"] == "completed" else 0), told
    assert max(happened["capture"], happened["stamp"], happened["order"], happened["demand"]) <= 1, told
    assert happened["shipment"] <= 1 + happened["reissue"], told
    assert happened["stamp_consumed"] + happened["stamp_cancelled"] == happened["stamp"], told
    assert happened["cancellation"] + happened["withdrawal"] <= 1, told
    if case["status"] == "completed":
        assert happened["order"] + happened["demand"] == 1, told
        assert happened["shipment"] >= (1 if case["shipment"] else 0), told
    states = set((await payments_of(world, case_id)).values())
    assert states == ({"paid" if case["status"] == "completed" else "refunded"} if feed else set()), told

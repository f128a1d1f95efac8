"""A disk that is full: what cannot be recorded is refused and said so, nothing is lost, and it ends by itself."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

from .served import Served, served
from .shared import problem

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process's files")


def limit(world: Served, size: int) -> None:
    """No file of the gateway's may grow beyond `size` bytes: writing fails as on a full disk."""
    assert world.process is not None
    resource.prlimit(world.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def test_on_a_full_disk_calls_are_refused_and_afterwards_all_is_well(tmp_path: Path) -> None:
    async with served(tmp_path, AUDIT__WRITE_TIMEOUT_SECONDS="0.5") as world:
        answered = [await world.web.get(f"{world.url}/v1/services/echo.note") for _ in range(3)]
        assert {answer.status_code for answer in answered} == {200}
        limit(world, 1)
        refused = [await world.web.get(f"{world.url}/v1/services/echo.note") for _ in range(3)]
        for answer in refused:
            problem(answer, 503, "audit_unavailable")
        ready = await world.web.get(f"{world.url}/health/ready")
        assert (ready.status_code, ready.json()["checks"]["audit"]) == (503, False)
        assert (await world.web.get(f"{world.url}/health/live")).status_code == 200
        metrics = (await world.web.get(f"{world.url}/metrics")).text
        assert float(metrics.split("\nmre_gateway_audit_commit_failures_total ")[1].split()[0]) > 0

        limit(world, resource.RLIM_INFINITY)
        async with asyncio.timeout(PATIENCE):
            while (answer := await world.web.get(f"{world.url}/v1/services/echo.note")).status_code != 200:
                await asyncio.sleep(0.05)
        answered.append(answer)
        assert (await world.web.get(f"{world.url}/health/ready")).json()["checks"]["audit"] is True
    with sqlite3.connect(tmp_path / "gateway.sqlite") as database:
        calls = [call for (call,) in database.execute('SELECT call_id FROM audit_records ORDER BY "index"')]
    assert {answer.headers["call-id"] for answer in answered} <= set(calls)
    assert len(calls) == len(set(calls))

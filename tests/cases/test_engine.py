"""The worker: what it advances, what rests, and how it stops. The journeys here are scripted."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.cases.claims import Lease
from gateway.cases.journey import Rest
from gateway.cases.store import Cases
from gateway.cases.worker import DUE, Worker
from gateway.connectors.contract import CaseStatus
from gateway.settings import Journeys
from gateway.storage.notices import Notices
from gateway.storage.tables import cases
from tests.database_sessions import read, transaction
from tests.waiting import PATIENCE

from .conftest import CaseHarness

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

Advance = Callable[[str, int, datetime], Awaitable[float | None]]


class Scripted:
    """A journey that does what `advance(case_id, calls before, due_at)` says: how long to rest, or None at the end."""

    def __init__(self, cases: Cases, advance: Advance) -> None:
        self._cases, self._advance = cases, advance
        self.calls: Counter[str] = Counter()
        self.together = self.most_together = 0

    async def advance(self, case_id: str, lease: Lease | None = None) -> Rest | None:
        case = await self._cases.get(case_id)
        assert case is not None
        if case.due_at is None or (lease is not None and case.claimed_by != lease.holder):
            return None
        self.calls[case_id] += 1
        self.together += 1
        self.most_together = max(self.most_together, self.together)
        try:
            seconds = await self._advance(case_id, self.calls[case_id] - 1, case.due_at)
        finally:
            self.together -= 1
        if seconds is not None:
            return Rest(seconds, case.version)
        await finish(self._cases, case_id)
        return None


async def finish(cases: Cases, case_id: str) -> None:
    case = await cases.get(case_id)
    assert case is not None
    case.move(CaseStatus.COMPLETED)
    async with transaction(cases.storage) as tx:
        await tx.run_sync(cases.save, case)


class Shop:
    """Cases, and workers that come and go."""

    def __init__(self, harness: CaseHarness, folder: Path) -> None:
        self.harness, self.cases, self.folder = harness, harness.services.cases, folder

    async def open(self, *case_ids: str) -> None:
        for case_id in case_ids:
            self.harness.case_id = case_id
            await self.harness.begin()

    @asynccontextmanager
    async def engine(self, advance: Advance, grace: float = 10.0, **journeys: float) -> AsyncIterator[Scripted]:
        journey = Scripted(self.cases, advance)
        worker = self.worker(journey, **({"lease_seconds": 60.0, "tick_seconds": 0.05} | journeys))
        await worker.start()
        try:
            yield journey
        finally:
            await worker.stop(grace)

    def worker(self, journey: Scripted, **limits: Any) -> Worker:
        return Worker(journey, self.cases, Journeys(**limits), Notices(self.cases.storage, DUE))  # type: ignore[arg-type]

    async def held(self) -> list[str]:
        """The cases that a worker has not given back."""
        query = select(cases.c.id).where(cases.c.claimed_by.is_not(None)).order_by(cases.c.id)
        async with read(self.cases.storage) as connection:
            return list((await connection.execute(query)).scalars())

    async def until(self, wanted: Callable[[], object], seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while not wanted():
                await asyncio.sleep(0.01)

    async def until_over(self, *case_ids: str) -> None:
        async with asyncio.timeout(PATIENCE):
            for case_id in case_ids:
                while not (await self.cases.get(case_id)).ended:
                    await asyncio.sleep(0.01)


@pytest.fixture
async def shop(harness: CaseHarness, tmp_path: Path) -> Shop:
    await finish(harness.services.cases, harness.case_id)
    return Shop(harness, tmp_path)


MANY = tuple(f"case_{letter}" for letter in "abcdefghijklmnopqrst")


async def test_what_has_ended_is_held_by_nobody(shop: Shop) -> None:
    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        return (0.0, 0.02, None)[min(before, 2)]

    await shop.open(*MANY)
    async with shop.engine(advance, lease_seconds=0.3):
        await shop.until_over(*MANY)
        assert await shop.held() == []
    assert await shop.held() == []


async def test_a_case_that_fails_unexpectedly_comes_again_after_its_lease_and_holds_nobody_up(shop: Shop) -> None:
    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        if case_id == "case_a" and before < 3:
            raise ValueError("unexpected")
        return None

    await shop.open("case_a", "case_b")
    began = time.monotonic()
    async with shop.engine(advance, lease_seconds=0.3) as journey:
        await shop.until_over("case_b")
        assert journey.calls["case_a"] <= 1 + (time.monotonic() - began) / 0.3
        await shop.until_over("case_a")
        assert journey.calls["case_a"] == 4
        assert time.monotonic() - began >= 3 * 0.3


async def test_short_waits_hold_no_place_that_others_need(shop: Shop) -> None:
    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        return None if case_id == "case_z" else 0.01

    await shop.open(*MANY, "case_z")
    async with shop.engine(advance, concurrent=2) as journey:
        await shop.until_over("case_z")
        await shop.until(lambda: all(journey.calls[case_id] >= 2 for case_id in MANY))
        assert journey.most_together <= 2


async def test_a_long_wait_rests_in_the_database_and_a_change_ends_it(shop: Shop) -> None:
    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        return 3600.0 if before == 0 else None

    await shop.open("case_a")
    async with shop.engine(advance) as journey:
        await shop.until(lambda: journey.calls["case_a"] == 1 and not journey.together)
        async with asyncio.timeout(PATIENCE):
            while await rests_for(shop, "case_a") < 3000:
                await asyncio.sleep(0.01)
        await make_due(shop, "case_a")
        await shop.until_over("case_a")


async def rests_for(shop: Shop, case_id: str) -> float:
    case = await shop.cases.get(case_id)
    assert case is not None
    return (case.due_at - datetime.now(case.due_at.tzinfo)).total_seconds() if case.due_at else 0.0


async def make_due(shop: Shop, case_id: str) -> None:
    case = await shop.cases.get(case_id)
    assert case is not None
    assert case.due_at is not None
    case.due_at = datetime.now(case.due_at.tzinfo)
    async with transaction(shop.cases.storage) as tx:
        await tx.run_sync(shop.cases.save, case)


async def test_a_journey_in_circles_is_stopped_until_its_lease_ends(shop: Shop) -> None:
    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        return None if case_id == "case_b" else 0.0

    await shop.open("case_a")
    async with shop.engine(advance) as journey:
        await shop.until(lambda: journey.calls["case_a"] == 100)
        await shop.open("case_b")
        await shop.until_over("case_b")
        assert journey.calls["case_a"] == 100


async def test_stopping_lets_the_step_that_runs_come_to_its_end_and_takes_no_other(shop: Shop) -> None:
    entered, done = asyncio.Event(), []

    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        entered.set()
        await asyncio.sleep(0.2)
        done.append(before)
        return 0.0

    await shop.open("case_a")
    async with shop.engine(advance):
        await entered.wait()
        began = time.monotonic()
    assert done == [0]
    assert time.monotonic() - began < 8
    assert await rests_for(shop, "case_a") <= 0  # the next process need not wait for the lease


@pytest.mark.parametrize("turns", range(4))
async def test_a_wake_at_the_moment_of_stopping_keeps_nothing_alive(shop: Shop, turns: int) -> None:
    """`asyncio.wait_for` loses a cancellation that comes together with what it waits for."""

    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        return None

    worker = shop.worker(Scripted(shop.cases, advance))
    await worker.start()
    await asyncio.sleep(0.05)  # into its wait
    worker.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    await worker.stop(grace=0.5)
    assert not worker.alive


async def test_a_step_that_does_not_end_in_time_is_cut_off_and_taken_up_at_the_next_start(shop: Shop) -> None:
    """The lease is an hour: a stop gives back what it has cut off."""
    entered = asyncio.Event()

    async def stuck(case_id: str, before: int, due_at: datetime) -> float | None:
        entered.set()
        await asyncio.sleep(3600)
        return None

    async def quick(case_id: str, before: int, due_at: datetime) -> float | None:
        return None

    await shop.open("case_a")
    async with shop.engine(stuck, grace=0.1, lease_seconds=3600.0):
        await entered.wait()
    assert await shop.held() == []
    async with shop.engine(quick, lease_seconds=3600.0) as journey:
        await shop.until_over("case_a")
        assert journey.calls["case_a"] == 1


async def test_a_case_is_never_in_two_runs_of_a_process(shop: Shop) -> None:
    at_once: Counter[str] = Counter()

    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        at_once[case_id] += 1
        assert at_once[case_id] == 1
        await asyncio.sleep(0.3)  # longer than the lease
        at_once[case_id] -= 1
        return 0.01 if before < 2 else None

    await shop.open("case_a", "case_b")
    async with shop.engine(advance, lease_seconds=0.1) as journey:
        await shop.until_over("case_a", "case_b")
        assert journey.calls == {"case_a": 3, "case_b": 3}

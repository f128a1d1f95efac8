"""The engine: what runs, what rests, what is deleted, and how it stops. The journeys here are scripted."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from gateway.cases.engine import VERSION, Engine
from gateway.cases.journey import Rest
from gateway.cases.store import Cases
from gateway.connectors.contract import CaseStatus
from gateway.settings import Journeys

from .conftest import Desk

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

Advance = Callable[[str, int, datetime], Awaitable[float | None]]


class Scripted:
    """A journey that does what `advance(case_id, calls before, due_at)` says: how long to rest, or None at the end."""

    def __init__(self, cases: Cases, advance: Advance) -> None:
        self._cases, self._advance = cases, advance
        self.calls: Counter[str] = Counter()
        self.together = self.most_together = 0

    async def advance(self, case_id: str) -> Rest | None:
        case = await self._cases.get(case_id)
        assert case is not None
        if case.due_at is None:
            return None
        self.calls[case_id] += 1
        self.together += 1
        self.most_together = max(self.most_together, self.together)
        try:
            seconds = await self._advance(case_id, self.calls[case_id] - 1, case.due_at)
        finally:
            self.together -= 1
        if seconds is not None:
            return Rest(seconds, case.due_at)
        await finish(self._cases, case_id)
        return None


async def finish(cases: Cases, case_id: str) -> None:
    case = await cases.get(case_id)
    assert case is not None
    case.move(CaseStatus.COMPLETED)
    async with cases.storage.transaction() as tx:
        await cases.save(tx, case)


class Shop:
    """Cases, a journal, and engines that come and go."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.cases, self.journal = desk, desk.office.cases, folder / "journeys.sqlite"

    async def open(self, *case_ids: str) -> None:
        for case_id in case_ids:
            self.desk.case_id = case_id
            await self.desk.begin()

    @asynccontextmanager
    async def engine(self, advance: Advance, grace: float = 10.0, **pace: float) -> AsyncIterator[Scripted]:
        journey = Scripted(self.cases, advance)
        limits = Journeys(**({"lease_seconds": 60.0, "tick_seconds": 0.05} | pace))
        engine = Engine(journey, self.cases, limits, f"sqlite:///{self.journal}")
        await engine.start()
        try:
            yield journey
        finally:
            await engine.stop(grace)

    def runs(self, status: str = "%") -> int:
        with sqlite3.connect(self.journal) as journal:
            query = "SELECT COUNT(*) FROM workflow_status WHERE status LIKE ?"
            return int(journal.execute(query, (status,)).fetchone()[0])

    async def until(self, wanted: Callable[[], object], seconds: float = 15) -> None:
        async with asyncio.timeout(seconds):
            while not wanted():
                await asyncio.sleep(0.01)

    async def until_over(self, *case_ids: str) -> None:
        async with asyncio.timeout(15):
            for case_id in case_ids:
                while not (await self.cases.get(case_id)).ended:
                    await asyncio.sleep(0.01)


@pytest.fixture
async def shop(desk: Desk, tmp_path: Path) -> Shop:
    await finish(desk.office.cases, desk.case_id)
    return Shop(desk, tmp_path)


MANY = tuple(f"case_{letter}" for letter in "abcdefghijklmnopqrst")


async def test_what_has_ended_leaves_nothing_in_the_journal(shop: Shop) -> None:
    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        return (0.0, 0.02, None)[min(before, 2)]

    await shop.open(*MANY)
    async with shop.engine(advance, lease_seconds=0.3):
        await shop.until_over(*MANY)
        await shop.until(lambda: shop.runs() == 0)
    assert shop.runs() == 0


async def test_a_case_that_fails_unexpectedly_comes_again_after_its_lease_and_holds_nobody_up(shop: Shop) -> None:
    secret = "Amina El Fassi, 12 rue de la République"

    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        if case_id == "case_a" and before < 3:
            raise ValueError(secret)
        return None

    await shop.open("case_a", "case_b")
    began = time.monotonic()
    async with shop.engine(advance, lease_seconds=0.3) as journey:
        await shop.until_over("case_b")
        assert journey.calls["case_a"] <= 1 + (time.monotonic() - began) / 0.3
        await shop.until_over("case_a")
        assert journey.calls["case_a"] == 4
        assert time.monotonic() - began >= 3 * 0.3
    for file in shop.journal.parent.glob("journeys.sqlite*"):
        assert secret.encode() not in file.read_bytes()


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
        async with asyncio.timeout(10):
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
    async with shop.cases.storage.transaction() as tx:
        await shop.cases.save(tx, case)


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
async def test_a_nudge_at_the_moment_of_stopping_keeps_nothing_alive(shop: Shop, turns: int) -> None:
    """`asyncio.wait_for` loses a cancellation that comes together with what it waits for."""

    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        return None

    engine = Engine(Scripted(shop.cases, advance), shop.cases, Journeys(), f"sqlite:///{shop.journal}")
    await engine.start()
    await asyncio.sleep(0.05)  # into its wait
    engine.nudge()
    for _ in range(turns):
        await asyncio.sleep(0)
    await engine.stop(grace=0.5)
    assert not engine.alive


async def test_a_step_that_does_not_end_in_time_is_cut_off_and_taken_up_at_the_next_start(shop: Shop) -> None:
    """The lease is an hour: only the journal can know."""
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
    assert shop.runs("PENDING") == 1
    async with shop.engine(quick, lease_seconds=3600.0) as journey:
        await shop.until_over("case_a")
        assert journey.calls["case_a"] == 1
        await shop.until(lambda: shop.runs("SUCCESS") == 1)  # the case is over a moment earlier
    assert shop.runs() == 0


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


async def test_runs_of_a_worker_that_never_came_back_are_deleted(shop: Shop) -> None:
    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        return None

    async with shop.engine(advance):
        pass
    two_days_ago, now = int((time.time() - 2 * 86400) * 1000), int(time.time() * 1000)
    with sqlite3.connect(shop.journal) as journal:
        for name, at in (("old", two_days_ago), ("new", now)):
            journal.execute(
                "INSERT INTO workflow_status (workflow_uuid, status, name, executor_id, created_at, updated_at, "
                "application_version, priority) VALUES (?, 'PENDING', 'journey', 'gone', ?, ?, ?, 0)",
                (name, at, at, VERSION),
            )
    async with shop.engine(advance, lease_seconds=0.2):
        await shop.until(lambda: shop.runs() == 1)
    with sqlite3.connect(shop.journal) as journal:
        assert journal.execute("SELECT workflow_uuid FROM workflow_status").fetchall() == [("new",)]


async def test_one_engine_a_process_and_a_failed_start_leaves_none(shop: Shop, tmp_path: Path) -> None:
    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        return None

    limits = Journeys()
    broken = Engine(Scripted(shop.cases, advance), shop.cases, limits, f"sqlite:///{tmp_path}/no/such/folder/j.sqlite")
    with pytest.raises(sqlite3.OperationalError):
        await broken.start()
    async with shop.engine(advance):
        second = Engine(Scripted(shop.cases, advance), shop.cases, limits, f"sqlite:///{shop.journal}")
        with pytest.raises(RuntimeError, match="one engine"):
            await second.start()

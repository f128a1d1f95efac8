"""Leases: who may advance a case, how long, and what becomes of what a former holder still does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.cases.claims import Claims
from gateway.cases.dispatch import Due
from gateway.cases.model import now
from gateway.cases.state import Action, ActionType, QueuedReply
from gateway.cases.store import Conflict
from gateway.cases.worker import Worker
from gateway.connectors.contract import CaseStatus, Filing, Milestone, Progress
from gateway.settings import Journeys
from gateway.storage.notices import Notices
from tests.database_sessions import transaction
from tests.waiting import PATIENCE

from .conftest import CaseHarness, filed, paid, progress
from .test_engine import Scripted

LONG = 3600.0
"""Seconds of a lease that a test would not see the end of."""


def claims_of(harness: CaseHarness, executor: str, seconds: float = LONG) -> Claims:
    return Claims(harness.services.cases.storage, executor, seconds)


def wanted(harness: CaseHarness) -> list[Due]:
    """What a worker wants that saw the case due a moment ago."""
    return [Due(harness.case_id, now(), "echo", "client:app")]


async def until_free(harness: CaseHarness) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await harness.services.cases.due(1):
            await asyncio.sleep(0.01)


async def test_lease_that_holds_is_taken_by_nobody(harness: CaseHarness) -> None:
    assert set(await claims_of(harness, "one").claim(wanted(harness))) == {harness.case_id}
    assert await harness.services.cases.due(1) == []
    assert await claims_of(harness, "two").claim(wanted(harness)) == {}


async def test_former_holder_of_a_lease_saves_nothing(harness: CaseHarness) -> None:
    former, other = claims_of(harness, "one", 0.05), claims_of(harness, "two")
    held = await former.claim(wanted(harness))
    read = await harness.case()
    await until_free(harness)
    assert set(await other.claim(wanted(harness))) == {harness.case_id}
    assert held[harness.case_id].over
    with pytest.raises(Conflict):
        async with transaction(harness.services.cases.storage) as tx:
            await tx.run_sync(harness.services.cases.save, read)
    await former.rest(harness.case_id, read.version + 1, 3600.0)
    await former.put_off(harness.case_id, 3600.0)
    assert await former.extend(held) == {harness.case_id}
    case = await harness.case()
    assert case.claimed_by == other.holder
    assert case.due_at is not None
    assert case.due_at < now() + timedelta(minutes=1)


async def test_filing_gives_the_case_back_in_its_commit(harness: CaseHarness) -> None:
    held = await claims_of(harness, "one").claim(wanted(harness))
    harness.portals.says(Filing.file, filed())
    rest = await harness.services.journey().advance(harness.case_id, held[harness.case_id])
    case = await harness.case()
    assert rest is not None
    assert (rest.given_back, rest.version, case.claimed_by) == (True, case.version, None)
    assert case.due_at is not None
    assert case.due_at > now()


async def test_filing_that_goes_on_at_once_keeps_its_lease(harness: CaseHarness) -> None:
    await harness.become(paid(stamp_used=False))
    claims = claims_of(harness, "one")
    held = await claims.claim(wanted(harness))
    harness.portals.says(Filing.file, filed())
    rest = await harness.services.journey().advance(harness.case_id, held[harness.case_id])
    assert rest is not None
    assert (rest.given_back, rest.seconds, (await harness.case()).claimed_by) == (False, 0.0, claims.holder)


async def test_executor_that_starts_again_goes_on_at_once(harness: CaseHarness) -> None:
    left = claims_of(harness, "one", 3600.0)
    await left.claim(wanted(harness))
    version = (await harness.case()).version
    assert await claims_of(harness, "on").take_over_own() == 0
    assert await claims_of(harness, "other").claim(wanted(harness)) == {}
    again = claims_of(harness, "one", 3600.0)
    assert await again.take_over_own() == 1
    assert set(await again.claim(wanted(harness))) == {harness.case_id}
    assert (await harness.case()).version == version + 1


async def test_step_longer_than_its_lease_keeps_it(harness: CaseHarness) -> None:
    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        await asyncio.sleep(1.2)
        return None

    cases = harness.services.cases
    journeys = [Scripted(cases, advance), Scripted(cases, advance)]
    workers = [
        Worker(
            journey,  # type: ignore[arg-type]
            cases,
            Journeys(lease_seconds=0.4, tick_seconds=0.05, executor_id=f"worker-{number}"),
            Notices(cases.storage, "journeys_due"),
        )
        for number, journey in enumerate(journeys)
    ]
    for worker in workers:
        await worker.start()
    try:
        async with asyncio.timeout(PATIENCE):
            while not (await harness.case()).ended:
                await asyncio.sleep(0.02)
    finally:
        for worker in workers:
            await worker.stop()
    assert sum(journey.calls.total() for journey in journeys) == 1


async def test_last_step_that_met_a_change_is_repeated_soon(harness: CaseHarness) -> None:
    """A portal's notice arrives while the last answer of an ended case is handed over: no lease is left behind."""
    rate = Action(type=ActionType.RATE, code="answer_received", portal="echo", optional=True, options=["1"])

    async def handed_over(*_: object) -> Progress:
        if harness.portals.called[Filing.act] == 1:
            await harness.services.cases.make_due("echo", "E00000001")
        return progress(Milestone.READY)

    harness.portals.says(Filing.act, handed_over)
    case = await harness.case()
    case.status, case.state.filing.reference = CaseStatus.COMPLETED, "E00000001"
    case.state.answers = [QueuedReply(action=rate, choice="1")]
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case)
    worker = Worker(
        harness.services.journey(),
        harness.services.cases,
        Journeys(lease_seconds=LONG, tick_seconds=0.05),
        Notices(harness.services.cases.storage, "journeys_due"),
    )
    await worker.start()
    try:
        async with asyncio.timeout(PATIENCE):
            while (await harness.case()).state.answers:
                await asyncio.sleep(0.02)
    finally:
        await worker.stop()
    case = await harness.case()
    assert (case.due_at, case.claimed_by, await harness.codes()) == (None, None, ["handed_over"])


@pytest.mark.parametrize("minutes", [-5, 5])
async def test_wrong_clock_changes_neither_lease_nor_wait(
    harness: CaseHarness, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """The machine's clock is wrong; the database's is not."""
    one, two = claims_of(harness, "one"), claims_of(harness, "two")
    await one.claim(wanted(harness))
    await one.rest(harness.case_id, (await harness.case()).version, 60.0)
    for module in ("model", "store", "actions"):
        monkeypatch.setattr(f"gateway.cases.{module}.now", lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    assert await two.claim(wanted(harness)) == {}  # not due for a minute
    case = await harness.case()
    assert abs((case.clock() - datetime.now(UTC)).total_seconds()) < 30
    case.due_at = datetime.now(UTC) + timedelta(minutes=minutes)  # as whoever changes it says: now
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case)
    await until_free(harness)
    assert set(await one.claim(wanted(harness))) == {harness.case_id}
    assert await two.claim(wanted(harness)) == {}


async def test_notice_reaches_another_process(harness: CaseHarness) -> None:
    """On PostgreSQL two objects are as two processes; on SQLite there is one."""
    storage = harness.services.cases.storage
    told = asyncio.Event()
    sender = Notices(storage, "journeys_due")
    listener = sender if storage.sqlite else Notices(storage, "journeys_due")
    listener.subscribe(told.set)
    if not storage.sqlite:
        await asyncio.wait_for(told.wait(), PATIENCE)  # it listens now
        told.clear()
    sender.send()
    await asyncio.wait_for(told.wait(), PATIENCE)
    await sender.close()
    await listener.unsubscribe(told.set)


async def test_cases_that_wait_for_one_query_are_claimed_together(harness: CaseHarness) -> None:
    """No more than are wanted, those first whose time comes first, and none whose time is far or who do otherwise."""
    ids, claims = ["case_1", *(f"more_{number}" for number in range(4))], claims_of(harness, "one")
    for each in ids[1:]:
        await replace(harness, case_id=each).begin()
    held = await claims.claim([Due(each, now(), "echo", "client:app") for each in ids])
    assert set(held) == set(ids)
    for each, seconds, key in zip(ids, (40.0, 30.0, 20.0, 3600.0, 10.0), ("echo.progress",) * 4 + ("",), strict=True):
        await claims.rest(each, 1, seconds, key)
    other = claims_of(harness, "two")
    assert set(await other.claim_polled("echo.progress", 2, 60.0)) == {"more_1", "more_0"}
    assert set(await other.claim_polled("echo.progress", 9, 60.0)) == {"case_1"}
    assert await claims_of(harness, "three").claim_polled("echo.progress", 9, 60.0) == {}
    assert await claims_of(harness, "two").take_over_own() == 3  # due from now on, so that a restart finds them


async def test_batch_leaves_out_a_case_whose_run_has_not_ended(harness: CaseHarness) -> None:
    """A batch ends after the last of its cases: one of them may be due again before, and another batch be made."""
    cases = harness.services.cases
    worker = Worker(harness.services.journey(), cases, Journeys(), Notices(cases.storage, "journeys_due"))
    first = claims_of(harness, "one")
    held = await first.claim(wanted(harness))
    batch = asyncio.Event()
    worker._run(held, batch.wait())
    await first.rest(harness.case_id, (await harness.case()).version, 0.0, "echo.progress")
    assert await worker._others("echo.progress", 9) == {}
    batch.set()
    async with asyncio.timeout(PATIENCE):
        while worker._advancing:
            await asyncio.sleep(0.01)
    assert set(await worker._others("echo.progress", 9)) == {harness.case_id}

"""Leases: who may advance a case, how long, and what becomes of what a former holder still does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.cases.claims import Claims
from gateway.cases.dispatch import Due
from gateway.cases.model import now
from gateway.cases.state import Action, ActionType, Answered
from gateway.cases.store import Conflict
from gateway.cases.worker import Worker
from gateway.connectors.contract import CaseStatus, Filing, Milestone, Progress
from gateway.settings import Journeys
from gateway.storage.notices import Notices
from tests.database_sessions import transaction
from tests.waiting import PATIENCE

from .conftest import Desk, progress
from .test_engine import Scripted

LONG = 60.0


def claims_of(desk: Desk, executor: str, seconds: float = LONG) -> Claims:
    return Claims(desk.services.cases.storage, executor, seconds)


def wanted(desk: Desk) -> list[Due]:
    """What a worker wants that saw the case due a moment ago."""
    return [Due(desk.case_id, now(), "echo", "client:app")]


async def until_free(desk: Desk) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await desk.services.cases.due(1):
            await asyncio.sleep(0.01)


async def test_lease_that_holds_is_taken_by_nobody(desk: Desk) -> None:
    assert set(await claims_of(desk, "one").claim(wanted(desk))) == {desk.case_id}
    assert await desk.services.cases.due(1) == []
    assert await claims_of(desk, "two").claim(wanted(desk)) == {}


async def test_former_holder_of_a_lease_saves_nothing(desk: Desk) -> None:
    former, other = claims_of(desk, "one", 0.05), claims_of(desk, "two")
    held = await former.claim(wanted(desk))
    read = await desk.case()
    await until_free(desk)
    assert set(await other.claim(wanted(desk))) == {desk.case_id}
    assert held[desk.case_id].over
    with pytest.raises(Conflict):
        async with transaction(desk.services.cases.storage) as tx:
            await tx.run_sync(desk.services.cases.save, read)
    await former.rest(desk.case_id, read.version + 1, 3600.0)
    await former.put_off(desk.case_id, 3600.0)
    assert await former.extend(held) == {desk.case_id}
    case = await desk.case()
    assert case.claimed_by == other.holder
    assert case.due_at is not None
    assert case.due_at < now() + timedelta(minutes=1)


async def test_executor_that_starts_again_goes_on_at_once(desk: Desk) -> None:
    left = claims_of(desk, "one", 3600.0)
    await left.claim(wanted(desk))
    version = (await desk.case()).version
    assert await claims_of(desk, "on").take_over_own() == 0
    assert await claims_of(desk, "other").claim(wanted(desk)) == {}
    again = claims_of(desk, "one", 3600.0)
    assert await again.take_over_own() == 1
    assert set(await again.claim(wanted(desk))) == {desk.case_id}
    assert (await desk.case()).version == version + 1


async def test_step_longer_than_its_lease_keeps_it(desk: Desk) -> None:
    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        await asyncio.sleep(1.2)
        return None

    cases = desk.services.cases
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
            while not (await desk.case()).ended:
                await asyncio.sleep(0.02)
    finally:
        for worker in workers:
            await worker.stop()
    assert sum(journey.calls.total() for journey in journeys) == 1


async def test_last_step_that_met_a_change_is_repeated_soon(desk: Desk) -> None:
    """A portal's notice arrives while the last answer of an ended case is handed over: no lease is left behind."""
    rate = Action(type=ActionType.RATE, code="answer_received", portal="echo", optional=True, options=["1"])

    async def handed_over(*_: object) -> Progress:
        if desk.portals.called[Filing.act] == 1:
            await desk.services.cases.wake("echo", "E00000001")
        return progress(Milestone.READY)

    desk.portals.says(Filing.act, handed_over)
    case = await desk.case()
    case.status, case.state.filing.reference = CaseStatus.COMPLETED, "E00000001"
    case.state.answers = [Answered(action=rate, choice="1")]
    async with transaction(desk.services.cases.storage) as tx:
        await tx.run_sync(desk.services.cases.save, case)
    worker = Worker(
        desk.services.journey(),
        desk.services.cases,
        Journeys(lease_seconds=LONG, tick_seconds=0.05),
        Notices(desk.services.cases.storage, "journeys_due"),
    )
    await worker.start()
    try:
        async with asyncio.timeout(LONG / 4):
            while (await desk.case()).state.answers:
                await asyncio.sleep(0.02)
    finally:
        await worker.stop()
    case = await desk.case()
    assert (case.due_at, case.claimed_by, await desk.codes()) == (None, None, ["handed_over"])


@pytest.mark.parametrize("minutes", [-5, 5])
async def test_wrong_clock_changes_neither_lease_nor_wait(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """The machine's clock is wrong; the database's is not."""
    one, two = claims_of(desk, "one"), claims_of(desk, "two")
    await one.claim(wanted(desk))
    await one.rest(desk.case_id, (await desk.case()).version, 60.0)
    for module in ("model", "store", "actions"):
        monkeypatch.setattr(f"gateway.cases.{module}.now", lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    assert await two.claim(wanted(desk)) == {}  # not due for a minute
    case = await desk.case()
    assert abs((case.clock() - datetime.now(UTC)).total_seconds()) < 30
    case.due_at = datetime.now(UTC) + timedelta(minutes=minutes)  # as whoever changes it says: now
    async with transaction(desk.services.cases.storage) as tx:
        await tx.run_sync(desk.services.cases.save, case)
    await until_free(desk)
    assert set(await one.claim(wanted(desk))) == {desk.case_id}
    assert await two.claim(wanted(desk)) == {}


async def test_notice_reaches_another_process(desk: Desk) -> None:
    """On PostgreSQL two objects are as two processes; on SQLite there is one."""
    storage = desk.services.cases.storage
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


async def test_cases_that_wait_for_one_query_are_claimed_together(desk: Desk) -> None:
    """No more than are wanted, those first whose time comes first, and none whose time is far or who do otherwise."""
    ids, claims = ["case_1", *(f"more_{number}" for number in range(4))], claims_of(desk, "one")
    for each in ids[1:]:
        await replace(desk, case_id=each).begin()
    held = await claims.claim([Due(each, now(), "echo", "client:app") for each in ids])
    assert set(held) == set(ids)
    for each, seconds, key in zip(ids, (40.0, 30.0, 20.0, 3600.0, 10.0), ("echo.progress",) * 4 + ("",), strict=True):
        await claims.rest(each, 1, seconds, key)
    other = claims_of(desk, "two")
    assert set(await other.claim_polled("echo.progress", 2, 60.0)) == {"more_1", "more_0"}
    assert set(await other.claim_polled("echo.progress", 9, 60.0)) == {"case_1"}
    assert await claims_of(desk, "three").claim_polled("echo.progress", 9, 60.0) == {}
    assert await claims_of(desk, "two").take_over_own() == 3  # due from now on, so that a restart finds them

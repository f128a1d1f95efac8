"""Shares of portals and turns of persons: what the dispatcher takes, and that a portal that hangs holds up nobody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.cases.dispatch import CallShares, Due, Shares
from gateway.cases.model import Case, Contact, Personal, now
from gateway.cases.state import Part
from gateway.cases.store import Cases
from gateway.connectors.contract import CaseStatus, Unavailable
from tests.database_sessions import transaction

from .conftest import CaseHarness
from .states import state_of
from .test_engine import Shop, finish

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def due(number: int, portal: str, owner: str) -> Due:
    return Due(f"case_{number}", NOON + timedelta(seconds=number), portal, owner)


def test_one_case_does_not_wait_behind_three_hundred() -> None:
    shares = Shares(32, per_portal=8, per_owner=4)
    waiting = [due(number, "slow", "many") for number in range(300)] + [due(999, "healthy", "one")]
    chosen = shares.choose(waiting)
    assert [each.case_id for each in chosen[:2]] == ["case_0", "case_999"]
    assert [each.owner for each in chosen].count("many") == 4
    assert shares.full_owners() == ["many"]


def test_a_portal_has_its_share_and_no_more() -> None:
    shares = Shares(32, per_portal=8, per_owner=4)
    chosen = shares.choose([due(number, "slow", f"person {number}") for number in range(300)])
    assert len(chosen) == 8
    assert shares.full_portals() == ["slow"]
    assert shares.choose([due(1000, "slow", "another"), due(1001, "healthy", "one")]) == [due(1001, "healthy", "one")]


def test_however_many_portals_hang_a_place_stays_free() -> None:
    for hanging in range(1, 12):
        shares = Shares(32, per_portal=32, per_owner=4)
        waiting = [due(number, f"portal {number % hanging}", f"person {number}") for number in range(300 * hanging)]
        shares.choose(waiting)
        assert shares.free >= 32 // (hanging + 1), hanging
        assert shares.choose([due(9999, "healthy", "one")])


def test_places_come_back() -> None:
    shares = Shares(4, per_portal=2, per_owner=1)
    first = shares.choose([due(1, "a", "x"), due(2, "a", "x")])
    assert [each.case_id for each in first] == ["case_1"]
    assert "case_1" in shares
    shares.give_back("case_1")
    assert shares.free == 4
    assert shares.choose([due(2, "a", "x")]) == [due(2, "a", "x")]


def test_a_single_place_is_given() -> None:
    assert Shares(1, per_portal=8, per_owner=4).choose([due(1, "a", "x")])


def test_a_portal_called_by_other_portals_cases_has_its_share() -> None:
    shares = CallShares(32, per_portal=2)
    with shares.calling("etimbre"), shares.calling("etimbre"):
        with pytest.raises(Unavailable, match="bulkhead_full"), shares.calling("etimbre"):
            pass
        with shares.calling("watiqa"):
            pass
    with shares.calling("etimbre"):
        pass


async def open_case(cases: Cases, case_id: str, portal: str, subject: str, *, seconds_ago: float) -> None:
    at = now() - timedelta(seconds=seconds_ago)
    case = Case(
        id=case_id,
        client="app",
        subject=subject,
        service="echo.note",
        status=CaseStatus.RECEIVED,
        version=1,
        language="fr",
        created_at=at,
        updated_at=at,
        deadline_on=None,
        due_at=at,
        state=state_of(parts=[Part.FILING, Part.FOLLOW], portal=portal),
    )
    async with transaction(cases.storage) as tx:
        await tx.run_sync(
            cases.insert, case, Personal(form={}, contact=Contact(name="Amina", email="amina@example.org")), []
        )


async def test_each_persons_oldest_case_is_read_first(harness: CaseHarness) -> None:
    cases = harness.services.cases
    await finish(cases, harness.case_id)
    for number in range(40):
        await open_case(cases, f"case_many_{number:02}", "slow", "many", seconds_ago=1000 - number)
    await open_case(cases, "case_one", "healthy", "one", seconds_ago=1)
    await open_case(cases, "case_app", "healthy", "", seconds_ago=2)
    found = await cases.due(3)
    assert [(each.case_id, each.portal, each.owner) for each in found] == [
        ("case_many_00", "slow", "many"),
        ("case_app", "healthy", "client:app"),
        ("case_one", "healthy", "one"),
    ]
    without = await cases.due(3, without_portals=["slow"], without_owners=["one"])
    assert [each.case_id for each in without] == ["case_app"]


@pytest.mark.parametrize("persons", [1, 60])
async def test_a_portal_that_hangs_holds_up_no_other(harness: CaseHarness, tmp_path: Path, persons: int) -> None:
    """Its cases never come back; the healthy portal's one, due after all of them, ends."""
    cases = harness.services.cases
    await finish(cases, harness.case_id)
    for number in range(60):
        await open_case(cases, f"case_slow_{number}", "slow", f"person {number % persons}", seconds_ago=1000 - number)
    await open_case(cases, "case_one", "healthy", "one", seconds_ago=1)

    async def advance(case_id: str, before: int, due_at: datetime) -> float | None:
        if case_id != "case_one":
            await asyncio.sleep(3600)
        return None

    shop = Shop(harness, tmp_path)
    async with shop.engine(advance, grace=0.1, concurrent=8) as journey:
        await shop.until_over("case_one")
        assert journey.together >= 1


async def test_one_search_serves_places_that_come_free(
    harness: CaseHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person has four places and twelve cases that are due: those that wait go on without another search."""
    cases = harness.services.cases
    await finish(cases, harness.case_id)
    names = [f"case_{number:02}" for number in range(12)]
    for number, name in enumerate(names):
        await open_case(cases, name, "slow", "one", seconds_ago=1000 - number)
    found = searches_of(cases, monkeypatch)
    shop = Shop(harness, tmp_path)
    async with shop.engine(at_once, tick_seconds=3600.0):
        for name in names:
            await shop.until_over(name)
    assert len(found) == 1


async def test_search_is_repeated_when_another_was_faster(
    harness: CaseHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = searches_of(harness.services.cases, monkeypatch, first=[due(7, "slow", "one")])
    shop = Shop(harness, tmp_path)
    async with shop.engine(at_once, tick_seconds=3600.0):
        await shop.until_over(harness.case_id)
    assert len(found) == 2


async def at_once(case_id: str, before: int, due_at: datetime) -> None:
    return None


def searches_of(cases: Cases, monkeypatch: pytest.MonkeyPatch, first: list[Due] | None = None) -> list[list[Due]]:
    """What each search finds, the first one perhaps `first`. Time never allows a second one."""
    found: list[list[Due]] = []
    search = cases.due

    async def due(*given: Any, **more: Any) -> list[Due]:
        found.append(first if first is not None and not found else await search(*given, **more))
        return found[-1]

    monkeypatch.setattr(cases, "due", due)
    monkeypatch.setattr("gateway.cases.worker._REST_AFTER_SEARCH", 1e12)
    return found

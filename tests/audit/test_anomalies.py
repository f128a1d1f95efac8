"""Which records an auditor is pointed to, on either database."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from gateway.audit.anomalies import BURST_LEAST, FINDINGS, WorkingTime, anomalies
from tests.database_sessions import read

MONDAY = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
WORKING = WorkingTime(first_hour=7, end_hour=20, days=(1, 2, 3, 4, 5), zone=UTC)


@pytest.fixture
def found(storage, log, entry):
    """Writes the records, and looks."""
    numbers = iter(range(100_000))

    async def find(*records, scan: int = 10_000, since=MONDAY - timedelta(days=7), until=MONDAY + timedelta(days=1)):
        made = [
            entry(**{"call_id": f"call_{next(numbers)}", "at": MONDAY, "client": "c", "kind": "call", **each})
            for each in records
        ]
        await asyncio.gather(*map(log.write, made))
        async with read(storage) as connection:
            return await connection.run_sync(anomalies, since=since, until=until, scan=scan, working=WORKING)

    return find


def told(result) -> set[tuple[str, str, int]]:
    return {(each.kind, each.client, each.count) for each in result.findings}


async def test_ordinary_calls_are_no_anomaly(found) -> None:
    citizen = {"principal": "citizen", "subject": "p_1"}
    at_night = {**citizen, "at": MONDAY.replace(hour=2)}
    agent = {"principal": "agent", "subject": "p_1", "purpose": "mandate", "actor": "a_1"}
    result = await found(citizen, at_night, agent)
    assert (result.findings, result.looked, result.complete) == ([], 3, True)


async def test_look_of_staff_without_purpose_is_found(found) -> None:
    access = {"principal": "agent", "subject": "p_1", "actor": "a_1", "operation": "cases.read"}
    result = await found(access, {**access, "purpose": "service"}, {**access, "subject": ""})
    assert told(result) == {("look_without_purpose", "c", 1)}
    assert result.findings[0].operation == "cases.read"


async def test_look_under_a_mandate_has_its_purpose(found) -> None:
    """Nobody gives a mandate without saying what for."""
    ordinary = {
        "principal": "agent",
        "subject": "p_1",
        "actor": "a_1",
        "mandate": "mnd_1",
        "rule": "mandate:cases.read@1",
    }
    assert told(await found(ordinary)) == set()


async def test_denied_attempts_say_their_outcome_if_it_is_that_of_all(found) -> None:
    denied = {"principal": "agent", "decision": "deny", "actor": "a_1", "kind": "refusal"}
    alike = [{**denied, "outcome": "denied", "client": "d"}] * 2
    result = await found(*alike, {**denied, "outcome": "denied"}, {**denied, "outcome": "refused"})
    assert {each.client: each.outcome for each in result.findings} == {"d": "denied", "c": ""}


async def test_denied_attempts_are_grouped_by_reason(found) -> None:
    denied = {"principal": "agent", "outcome": "denied", "decision": "deny", "actor": "a_1", "kind": "refusal"}
    result = await found(
        *[{**denied, "reason": "not_the_owner"}] * 3, {**denied, "reason": "no_mandate"}, {**denied, "client": "d"}
    )
    assert told(result) == {("denied", "c", 3), ("denied", "c", 1), ("denied", "d", 1)}
    assert max(result.findings, key=lambda each: each.count).reason == "not_the_owner"


@pytest.mark.parametrize(
    ("at", "odd"),
    [
        (MONDAY.replace(hour=6, minute=59), True),
        (MONDAY.replace(hour=7), False),
        (MONDAY.replace(hour=20), True),
        (MONDAY - timedelta(days=1), True),
    ],
)
async def test_work_of_staff_at_odd_hours_is_found(found, at: datetime, odd: bool) -> None:
    result = await found({"principal": "auditor", "purpose": "audit", "at": at})
    assert told(result) == ({("off_hours", "c", 1)} if odd else set())


async def test_burst_of_a_client_is_found_by_its_other_minutes(found) -> None:
    calm = [{"principal": "app", "at": MONDAY + timedelta(minutes=n)} for n in range(1, 10)]
    busy = [{"principal": "app", "at": MONDAY}] * BURST_LEAST
    steady = [{"principal": "app", "client": "s", "at": MONDAY + timedelta(minutes=n % 3)} for n in range(200)]
    result = await found(*calm, *busy, *steady)
    assert told(result) == {("burst", "c", BURST_LEAST)}
    assert len(result.findings[0].indexes) == 5


async def test_records_beside_a_call_are_no_further_calls(found) -> None:
    """An agent's list leaves one in the ledger of each person whom it tells of."""
    listed = {"principal": "agent", "purpose": "mandate", "actor": "a_1", "at": MONDAY.replace(hour=2)}
    beside = {**listed, "kind": "access", "reason": "shown_to_another_person"}
    result = await found(listed, *[{**beside, "subject": f"p_{n}"} for n in range(BURST_LEAST)])
    assert told(result) == {("off_hours", "c", 1)}


async def test_work_is_bounded_and_says_so(found) -> None:
    denied = {"outcome": "denied", "decision": "deny", "kind": "refusal"}
    many = [{**denied, "reason": f"r{n}", "at": MONDAY + timedelta(seconds=n)} for n in range(FINDINGS + 10)]
    result = await found(*many)
    assert Counter(each.kind for each in result.findings) == {"denied": FINDINGS, "burst": 1}
    bounded = await found(scan=20)
    assert (bounded.looked, bounded.complete) == (20, False)
    assert bounded.looked_from == MONDAY + timedelta(seconds=FINDINGS + 10 - 20)

"""A chart of the log: counts by time, exact where it says so, bounded always."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.audit.density import density
from gateway.audit.search import Filter
from tests.database_sessions import read

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def connection(storage, log, entry):
    """Two records at the beginning of each of twelve hours: of barid, and of watiqa, whose odd ones were denied."""
    entries = []
    for n in range(12):
        at = START + n * HOUR
        entries.append(entry(call_id=f"call_b{n}", at=at, portal="barid", client="a", outcome="ok"))
        outcome = "denied" if n % 2 else "ok"
        entries.append(entry(call_id=f"call_w{n}", at=at, portal="watiqa", client="b", outcome=outcome))
    await asyncio.gather(*map(log.write, entries))
    async with read(storage) as connection:
        yield connection


async def counted(connection, where: Filter, buckets: int = 12, scan: int = 10_000, hours: int = 12):
    return await connection.run_sync(
        density, where, since=START, until=START + hours * HOUR, buckets=buckets, scan=scan
    )


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Filter(), [2] * 12),
        (Filter(portal="barid"), [1] * 12),
        (Filter(outcome="denied"), [0, 1] * 6),
        (Filter(portal="watiqa", outcome="denied", client="b"), [0, 1] * 6),
        (Filter(portal="barid", outcome="denied"), [0] * 12),
        (Filter(portal="chikaya"), [0] * 12),
    ],
)
async def test_records_are_counted_where_they_belong(connection, where: Filter, expected: list[int]) -> None:
    found = await counted(connection, where)
    assert (found.counts, found.seconds, found.counted_from) == (expected, 3600, None)


async def test_pieces_are_whole_seconds_and_cover_the_time(connection) -> None:
    found = await counted(connection, Filter(), buckets=7)
    assert sum(found.counts) == 24
    assert (len(found.counts), found.seconds) == (7, 6172)
    narrow = await connection.run_sync(
        density, Filter(), since=START, until=START + timedelta(seconds=3), buckets=400, scan=100
    )
    assert (narrow.counts, narrow.seconds) == ([2, 0, 0], 1)


async def test_end_is_not_included(connection) -> None:
    assert (await counted(connection, Filter(), buckets=3, hours=3)).counts == [2, 2, 2]


async def test_what_was_not_counted_is_told(connection) -> None:
    found = await counted(connection, Filter(), scan=10)
    assert found.counted_from == START + 6 * HOUR
    assert found.counts == [None] * 7 + [2] * 5
    rare = await counted(connection, Filter(outcome="denied"), scan=10)
    assert rare.counted_from is None


@pytest.mark.parametrize(("buckets", "hours"), [(0, 1), (401, 1), (5, 0), (5, -1)])
async def test_impossible_question_is_refused(connection, buckets: int, hours: int) -> None:
    with pytest.raises(ValueError, match="until"):
        await counted(connection, Filter(), buckets=buckets, hours=hours)

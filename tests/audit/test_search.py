from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.audit.merkle import leaf_hash
from gateway.audit.search import Filter, by_call, by_index, leaf_bytes, search
from tests.database_sessions import read

START = datetime(2026, 1, 1, tzinfo=UTC)
PORTALS = ("barid", "watiqa")


@pytest.fixture
async def connection(storage, log, entry):
    """Twelve records, one an hour, over two portals, three persons and four clients."""
    entries = [
        entry(
            call_id=f"call_{n}",
            at=START + timedelta(hours=n),
            portal=PORTALS[n % 2],
            subject=f"p_{n % 3}",
            client=f"app-{n % 4}",
            case_id=f"case_{n // 4}",
            service="barid.track" if n < 6 else "watiqa.birth-extract",
            kind="step" if n == 7 else "call",
            outcome="denied" if n == 9 else "ok",
            operation="journey.file" if n == 7 else "tracking.read",
            actor="a_1" if n in (2, 8) else "a_2" if n == 5 else "",
        )
        for n in range(12)
    ]
    await asyncio.gather(*map(log.write, entries))
    async with read(storage) as connection:
        yield connection


async def found(connection, where: Filter, **how: object) -> list[int]:
    return [one.index for one in (await connection.run_sync(search, where, **how)).records]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Filter(), list(range(12))),
        (Filter(call_id="call_5"), [5]),
        (Filter(portal="watiqa"), [1, 3, 5, 7, 9, 11]),
        (Filter(subject="p_1"), [1, 4, 7, 10]),
        (Filter(client="app-0"), [0, 4, 8]),
        (Filter(case_id="case_2"), [8, 9, 10, 11]),
        (Filter(service="barid.track"), [0, 1, 2, 3, 4, 5]),
        (Filter(kind="step"), [7]),
        (Filter(operation="journey.file"), [7]),
        (Filter(outcome="denied"), [9]),
        (Filter(actor="a_1"), [2, 8]),
        (Filter(actor="a_1", client="app-0"), [8]),
        (Filter(actor="a_2", portal="watiqa"), [5]),
        (Filter(actor="a_3"), []),
        (Filter(since=START + timedelta(hours=10)), [10, 11]),
        (Filter(until=START + timedelta(hours=2)), [0, 1]),
        (Filter(portal="barid", subject="p_0", until=START + timedelta(hours=6)), [0]),
        (Filter(portal="chikaya"), []),
    ],
)
async def test_a_search_finds_what_fits_all_that_is_given(connection, where: Filter, expected: list[int]) -> None:
    assert await found(connection, where) == expected[::-1]
    assert await found(connection, where, oldest_first=True) == expected


@pytest.mark.parametrize("oldest_first", [True, False])
async def test_pages_follow_each_other_without_gap_or_repetition(connection, oldest_first: bool) -> None:
    seen, after, pages = [], None, 0
    while True:
        page = await connection.run_sync(
            search, Filter(portal="watiqa"), after=after, limit=4, oldest_first=oldest_first
        )
        seen += [one.index for one in page.records]
        pages += 1
        if page.next is None:
            break
        after = page.next
    expected = [1, 3, 5, 7, 9, 11]
    assert seen == (expected if oldest_first else expected[::-1])
    assert pages == 2


async def test_a_page_that_ends_exactly_is_the_last(connection) -> None:
    page = await connection.run_sync(search, Filter(portal="watiqa"), limit=6)
    assert len(page.records) == 6
    assert page.next is None


@pytest.mark.parametrize("limit", [0, -1, 501])
async def test_a_page_has_a_size_within_bounds(connection, limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        await connection.run_sync(search, Filter(), limit=limit)


async def test_a_record_is_found_by_its_place_and_by_its_call(connection) -> None:
    one = await connection.run_sync(by_index, 3)
    assert one is not None
    assert one.record.call == "call_3"
    assert await connection.run_sync(by_call, "call_3") == [one]
    leaf = await connection.run_sync(leaf_bytes, 3)
    assert leaf is not None
    assert one.leaf_hash == leaf_hash(leaf).hex()
    assert await connection.run_sync(by_index, 99) is None
    assert await connection.run_sync(leaf_bytes, 99) is None
    assert await connection.run_sync(by_call, "call_99") == []


async def test_who_made_the_call_comes_first_of_several(storage, log, entry) -> None:
    """Whatever their places are."""
    named = "named_by_another_person"
    for subject, reason in (("p_named", named), ("p_asks", ""), ("p_too", named)):
        await log.write(entry(call_id="call_x", subject=subject, reason=reason))
    async with read(storage) as connection:
        several = await connection.run_sync(by_call, "call_x")
        assert await found(connection, Filter(call_id="call_x")) == [2, 1, 0]
    assert [(each.index, each.record.subject) for each in several] == [(1, "p_asks"), (0, "p_named"), (2, "p_too")]

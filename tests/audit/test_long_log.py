"""Searching a log of several tiles: whatever is asked, the pages together hold exactly what fits, in bounded work."""

from __future__ import annotations

import random
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, event, text

from gateway.audit import nodes, sequencer, span
from gateway.audit.entry import Entry
from gateway.audit.record import prepare
from gateway.audit.search import Filter, search
from gateway.storage import Storage

START = datetime(2026, 1, 1, tzinfo=UTC)
SIZE = 3100  # twelve full tiles, and a tail
COLUMNS = {
    "call_id": ("call_7", "call_3000", "call_none"),
    "case_id": ("case_1", "case_4"),
    "subject": ("p_1", "p_nobody"),
    "client": ("app-0", "app-gone"),
    "service": ("s-0", "s-1"),
    "portal": ("barid", "watiqa"),
    "operation": ("tracking.read", "cases.read"),
    "kind": ("call", "step"),
    "outcome": ("ok", "failed"),
}


def entries() -> list[Entry]:
    """`barid` and `s-1` never together, `app-gone` only at the very beginning, times that are not in order."""
    choose = random.Random(3)
    made = []
    for number in range(SIZE):
        portal = choose.choice(("barid", "watiqa"))
        late = choose.choice((0, 0, 0, 5, 90, 5000))
        made.append(
            Entry(
                call_id=f"call_{number}",
                at=START + timedelta(seconds=10 * number - late),
                kind=choose.choice(("call", "call", "call", "step")),
                operation=choose.choice(("tracking.read", "cases.read")),
                client="app-gone" if number in (3, 11) else f"app-{number % 5}",
                subject=f"p_{choose.randrange(40)}",
                case_id=f"case_{choose.randrange(300)}",
                service="s-0" if portal == "barid" else choose.choice(("s-0", "s-1")),
                portal=portal,
                outcome="failed" if choose.random() < 0.02 else "ok",
            )
        )
    return made


ENTRIES = entries()


@pytest.fixture
async def sqlite(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Storage]:
    shutil.copy(sqlite_template, tmp_path / "gateway.sqlite")
    storage = Storage(f"sqlite:///{tmp_path / 'gateway.sqlite'}")
    yield storage
    await storage.close()


@pytest.fixture
async def long_log(storage: Storage) -> Storage:
    def work(tx: Connection) -> None:
        sequencer.place(tx, [prepare(entry, max_bytes=4096) for entry in ENTRIES], limit=1)
        while nodes.grow(tx, SIZE, most=5):
            pass

    await storage.run_write(work)
    return storage


def fits(entry: Entry, where: Filter) -> bool:
    if (where.since and entry.at < where.since) or (where.until and entry.at >= where.until):
        return False
    if where.subjects and entry.subject not in where.subjects:
        return False
    return all(getattr(entry, name) == value for name in COLUMNS if (value := getattr(where, name)))


def questions() -> list[Filter]:
    choose = random.Random(4)
    asked = [Filter(**{name: value}) for name, values in COLUMNS.items() for value in values]
    for _ in range(40):
        names = choose.sample(sorted(COLUMNS), choose.randrange(4))
        given = {name: choose.choice(COLUMNS[name]) for name in names}
        if choose.random() < 0.5:
            since = START + timedelta(seconds=choose.randrange(-9000, 10 * SIZE + 9000))
            until = since + timedelta(seconds=choose.choice((10, 4000, 20_000)))
            given |= choose.choice(({"since": since}, {"until": until}, {"since": since, "until": until}))
        asked.append(Filter(**given))
    return [*asked, Filter(subjects=("p_1", "p_2", "p_nobody")), Filter(subjects=("p_3", "p_4"), kind="step")]


def pages(connection: Connection, where: Filter, **how: object) -> list[list[int]]:
    found, after = [], None
    while True:
        page = search(connection, where, after=after, **how)
        found.append([one.index for one in page.records])
        if page.next is None:
            return found
        after = page.next
        assert len(found) <= SIZE


async def test_the_pages_together_hold_what_fits_each_once_and_in_order(long_log: Storage) -> None:
    choose = random.Random(5)
    for where in questions():
        expected = [number for number, entry in enumerate(ENTRIES) if fits(entry, where)]
        limit = 7 if len(expected) < 50 else 500
        oldest_first, scan = choose.random() < 0.5, choose.choice((300, 10_000))

        def ask(connection: Connection, where=where, how=(oldest_first, limit, scan)) -> list[list[int]]:
            return pages(connection, where, oldest_first=how[0], limit=how[1], scan=how[2])

        found = await long_log.run_read(ask)
        assert [index for page in found for index in page] == (expected if oldest_first else expected[::-1]), where
        assert all(len(page) <= limit for page in found)


async def test_what_is_never_together_takes_bounded_looks_and_comes_to_an_end(long_log: Storage) -> None:
    where = Filter(portal="barid", service="s-1", kind="call")
    rarest = min(sum(fits(entry, Filter(**{n: getattr(where, n)})) for entry in ENTRIES) for n in ("portal", "service"))
    found = await long_log.run_read(lambda connection: pages(connection, where, scan=200))
    assert not any(found)
    assert len(found) == -(-rarest // 200)
    assert len(await long_log.run_read(lambda connection: pages(connection, where))) == 1


async def test_a_time_leads_to_the_part_of_the_log_where_it_is(long_log: Storage) -> None:
    choose = random.Random(6)
    for _ in range(50):
        moment = START + timedelta(seconds=choose.randrange(-9000, 10 * SIZE + 100))
        later = [number for number, entry in enumerate(ENTRIES) if entry.at >= moment]
        earlier = [number for number, entry in enumerate(ENTRIES) if entry.at < moment]
        first = await long_log.run_read(lambda connection, moment=moment: span.first(connection, moment))
        last = await long_log.run_read(lambda connection, moment=moment: span.last(connection, moment))
        assert first <= min(later, default=SIZE)
        assert last > max(earlier, default=-1)
        assert min(later, default=SIZE) - first < 256
        assert last - max(earlier, default=-1) <= 256


async def test_a_time_is_found_through_the_higher_levels_of_the_tree_too(sqlite: Storage) -> None:
    """Level 2 begins at 65,536 records. One of them is of long before its place, one of long after."""
    size = 140_000
    placed = f"""
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {size - 1})
        INSERT INTO audit_records
            ("index", leaf, leaf_hash, call_id, at, kind, client, subject, case_id, service, portal, operation, outcome)
        SELECT i, 'leaf', zeroblob(32), 'call', strftime('%Y-%m-%d %H:%M:%f000', 1767225600 + i
            + CASE i WHEN 100000 THEN -90000 WHEN 20000 THEN 90000 ELSE 0 END, 'unixepoch'),
            '', '', '', '', '', '', '', ''
        FROM n"""

    def work(tx: Connection) -> None:
        tx.execute(text(placed))
        while nodes.grow(tx, size, most=128):
            pass

    await sqlite.run_write(work)

    async def between(since: int, until: int) -> tuple[int, int]:
        first = await sqlite.run_read(lambda read: span.first(read, START + timedelta(seconds=since)))
        return first, await sqlite.run_read(lambda read: span.last(read, START + timedelta(seconds=until)))

    def tile(index: int) -> int:
        return index - index % 256

    assert await between(5119, 5120) == (tile(5119), tile(5119) + 256)  # the last of a tile, and the first of the next
    assert await between(5000, 5000) == (tile(5000), tile(5000) + 256)
    assert await between(70_000, 70_000) == (tile(20_000), tile(100_000) + 256)  # both strangers are in between
    assert await between(115_000, 9000) == (tile(115_000), tile(9000) + 256)
    assert await between(139_999, 139_999) == (tile(139_999), 139_999)
    assert await between(size, 0) == (tile(size), 0)


async def test_every_filter_is_answered_by_an_index(long_log: Storage) -> None:
    if not long_log.sqlite:
        pytest.skip("PostgreSQL plans by the size of the table, which is small here")
    seen: list[tuple[str, object]] = []

    def executed(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        seen.append((statement, parameters))

    def work(connection: Connection) -> list[str]:
        event.listen(connection, "before_cursor_execute", executed)
        for where in questions():
            search(connection, where)
            search(connection, where, after=1500, oldest_first=True)
        event.remove(connection, "before_cursor_execute", executed)
        plans = []
        for statement, parameters in dict(seen).items():
            plan = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans += [row[3] for row in plan]
        return plans

    plans = await long_log.run_read(work)
    assert any("ix_audit_records_portal_index" in line for line in plans)
    assert [line for line in plans if line.startswith("SCAN audit_records") and "USING" not in line] == []


async def test_a_database_of_before_learns_the_times_of_its_tiles(long_log: Storage) -> None:
    search = import_module("gateway.storage.migrations.versions.v0003_search")

    def times(connection: Connection) -> list[tuple[object, ...]]:
        query = 'SELECT level, "index", earliest, latest FROM audit_nodes ORDER BY 1, 2'
        return [tuple(row) for row in connection.execute(text(query))]

    def migrate_again(connection: Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)) as op:
            op.drop_column("audit_nodes", "latest")
            op.drop_column("audit_nodes", "earliest")
            for column in search.FOUND_BY:
                op.drop_index(f"ix_audit_records_{column}_index", "audit_records")
            search.upgrade()

    before = await long_log.run_read(times)
    assert len(before) == SIZE // 256
    await long_log.run_write(migrate_again)
    assert await long_log.run_read(times) == before

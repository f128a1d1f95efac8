"""The sums behind the public figures, in the database: how many of what, where, in which quarter, with which value.

A row holds a count, not a case. So the figures stay when cases are deleted, and a percentile is found from a few values
with their counts. It is the nearest-rank percentile, in whole numbers, the same on both databases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, Select, case, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.cases.indicator_events import Figure, IndicatorEvent, Place
from gateway.storage import Storage
from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.tables import case_counts

Group = tuple[str, ...]
"""A portal, its service, the service's post: the first so many of them, none for everything."""

LEVELS: Final = ("portal", "service", "post")
ENDS: Final = (Figure.COMPLETED, Figure.REJECTED, Figure.WITHDRAWN, Figure.FAILED)
DELAYS: Final = (Figure.DAYS, Figure.OVERRUN, Figure.WAITED)


class Sum(NamedTuple):
    """Of one figure, place and quarter."""

    n: int
    total: int
    """Of the values."""


class Rank(NamedTuple):
    median: int
    p90: int


_ADD: Final = {
    name: CompiledStatement(
        dialect.insert(case_counts).on_conflict_do_update(
            index_elements=list(case_counts.primary_key), set_={"n": case_counts.c.n + 1}
        )
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def add(tx: Connection, events: Sequence[IndicatorEvent]) -> None:
    """One more of each."""
    rows = [
        {"figure": figure.value, "quarter": quarter, **place._asdict(), "value": value, "n": 1}
        for figure, quarter, place, value in events
    ]
    _ADD[tx.dialect.name].run_each(tx, rows)


class IndicatorStore:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def sums(self, quarter: str) -> dict[tuple[Place, Figure], Sum]:
        """All but the delays, of which `ranks` tells."""
        table = case_counts.c
        query = (
            select(*_PLACE, table.figure, func.sum(table.n).label("n"), func.sum(table.n * table.value).label("total"))
            .where(table.figure.in_([each.value for each in Figure if each not in DELAYS]), table.quarter == quarter)
            .group_by(*_PLACE, table.figure)
        )
        return {
            (Place(row.portal, row.service, row.post), Figure(row.figure)): Sum(int(row.n), int(row.total))
            for row in await self._all(query)
        }

    async def open(self, quarter: str) -> dict[Place, int]:
        """What was filed up to the end of the quarter and had not ended."""
        table = case_counts.c
        signed = case((table.figure == Figure.FILED.value, table.n), else_=-table.n)
        query = (
            select(*_PLACE, func.sum(signed).label("n"))
            .where(table.figure.in_([Figure.FILED.value, *(each.value for each in ENDS)]), table.quarter <= quarter)
            .group_by(*_PLACE)
        )
        return {Place(row.portal, row.service, row.post): int(row.n) for row in await self._all(query) if row.n}

    async def ranks(self, quarter: str, level: int) -> dict[tuple[Group, Figure], Rank]:
        """Median and 90th percentile of each delay, for groups of so many of `LEVELS`."""
        by = LEVELS[:level]
        return {
            (tuple(getattr(row, name) for name in by), Figure(row.figure)): Rank(int(row.median), int(row.p90))
            for row in await self._all(_ranks(quarter, by))
        }

    async def _all(self, query: Select[Any]) -> Sequence[Any]:
        return await self._storage.run_read(lambda connection: connection.execute(query).all())


_PLACE: Final = (case_counts.c.portal, case_counts.c.service, case_counts.c.post)


def _ranks(quarter: str, by: Sequence[str]) -> Select[Any]:
    table = case_counts.c
    names = ("figure", *by)
    held = (
        select(*(table[name] for name in names), table.value, cast(func.sum(table.n), BigInteger).label("n"))
        .where(table.figure.in_([each.value for each in DELAYS]), table.quarter == quarter)
        .group_by(*(table[name] for name in names), table.value)
        .subquery()
    )
    group = [held.c[name] for name in names]
    upto = func.sum(held.c.n).over(partition_by=group, order_by=held.c.value, rows=(None, 0))
    ranked = select(
        *group, held.c.value, upto.label("upto"), func.sum(held.c.n).over(partition_by=group).label("all")
    ).subquery()
    named = [ranked.c[name] for name in names]

    def first(share: int) -> Any:
        reached = ranked.c.upto * 100 >= ranked.c.all * share
        return cast(func.min(case((reached, ranked.c.value))), Integer)

    return select(*named, first(50).label("median"), first(90).label("p90")).group_by(*named)

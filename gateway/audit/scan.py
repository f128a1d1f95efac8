"""The search behind a page: finds matching records in bounded work.

Each searchable column has its own index, which answers a single filter exactly. Of several filters the rarest one near
the current place leads; its records are examined, piece by piece, until the page is full or the limit of work is
reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, Subquery, exists, func, literal_column, select, text, union_all

from gateway.storage.tables import audit_records

_FIRST_LOOK: Final = 1_000
_LOOK: Final = 5_000
"""Records that one query examines: few enough for a database to use its indexes instead of the whole table."""

_INDEXED: Final = {
    next(iter(index.columns)).name: index.name for index in audit_records.indexes if len(index.columns) == 2
}
"""The database's index by which a column, and the place in the log, are found."""


@dataclass(frozen=True, slots=True)
class Term:
    """Records that have one of these values in a column; all records, if there is no column."""

    column: str = ""
    values: tuple[str, ...] = ()

    def holds(self, index: ColumnElement[int], *, sqlite: bool) -> ColumnElement[bool]:
        """Is record `index` one of these? SQLite would read the record itself, and four fit on a page: told to look
        into the column's index, it is several times as fast."""
        if not sqlite or self.column not in _INDEXED:
            table = audit_records.c
            return exists().where(table.index == index, table[self.column].in_(self.values))
        held = text(f"audit_records AS held INDEXED BY {_INDEXED[self.column]}")
        value: ColumnElement[str] = literal_column(f"held.{self.column}")
        place: ColumnElement[int] = literal_column('held."index"')
        return exists(select(literal_column("1")).select_from(held).where(value.in_(self.values), place == index))

    def places(self, start: int, stop: int, most: int, *, oldest_first: bool) -> Subquery:
        """The first `most` indexes from `start` on and before `stop`, by the column's own index."""
        index = audit_records.c.index
        inside = select(index).where(index >= start, index < stop).order_by(_order(index, oldest_first)).limit(most)
        if not self.column:
            return inside.subquery()
        of_each = [inside.where(audit_records.c[self.column] == value).subquery() for value in self.values]
        if len(of_each) == 1:
            return of_each[0]
        every = union_all(*(select(each.c.index) for each in of_each)).subquery()
        return select(every.c.index).order_by(_order(every.c.index, oldest_first)).limit(most).subquery()


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Indexes that fit. `next` is the last one that was looked at; None if nothing can follow."""

    indexes: list[int]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """All `terms` and `times` must hold. `most` bounds the records that are looked at."""

    terms: Sequence[Term]
    times: Sequence[ColumnElement[bool]]
    limit: int
    most: int
    oldest_first: bool

    def find(self, connection: Connection, start: int, stop: int) -> Places:
        """From `start` on and before `stop`."""
        leader = self.leader(connection, start, stop)
        others = [term for term in self.terms if term is not leader]
        if not others and not self.times:  # exact by one index
            found = self._fitting(connection, self._places(leader, start, stop, self.limit + 1), (), self.limit + 1)
            return self._cut(found)
        found, left, batch = [], self.most, _FIRST_LOOK
        while start < stop and left > 0:
            places = self._places(leader, start, stop, min(batch, left))
            found += self._fitting(connection, places, others, self.limit + 1 - len(found))
            if len(found) > self.limit:
                return self._cut(found)
            looked, reached = self._reach(connection, places)
            if looked < min(batch, left):
                return Places(indexes=found, next=None)
            start, stop = (reached + 1, stop) if self.oldest_first else (start, reached)
            left, batch = left - looked, _LOOK
        return Places(indexes=found, next=reached if start < stop else None)

    def leader(self, connection: Connection, start: int, stop: int) -> Term:
        """The rarest term here: the fewest records or, if none has few, the one whose next records reach farthest."""
        if len(self.terms) < 2:
            return self.terms[0] if self.terms else Term()

        def rarity(term: Term) -> tuple[int, int]:
            looked, reached = self._reach(connection, self._places(term, start, stop, _LOOK))
            if looked < _LOOK:
                return 0, looked
            return 1, start - reached if self.oldest_first else reached - stop

        return min(self.terms, key=rarity)

    def _places(self, term: Term, start: int, stop: int, most: int) -> Subquery:
        return term.places(start, stop, most, oldest_first=self.oldest_first)

    def _reach(self, connection: Connection, places: Subquery) -> tuple[int, int]:
        """How many there are, and the last of them."""
        last = func.max(places.c.index) if self.oldest_first else func.min(places.c.index)
        looked, reached = connection.execute(select(func.count(), last).select_from(places)).one()
        return looked, reached

    def _fitting(self, connection: Connection, places: Subquery, others: Sequence[Term], most: int) -> list[int]:
        index = places.c.index
        query = select(index).order_by(_order(index, self.oldest_first)).limit(most)
        for term in others:
            query = query.where(term.holds(index, sqlite=connection.dialect.name == "sqlite"))
        if self.times:
            query = query.where(exists().where(audit_records.c.index == index, *self.times))
        return list(connection.execute(query).scalars())

    def _cut(self, found: list[int]) -> Places:
        more = len(found) > self.limit
        return Places(indexes=found[: self.limit], next=found[self.limit - 1] if more else None)


def _order(index: ColumnElement[int], oldest_first: bool) -> ColumnElement[int]:
    return index if oldest_first else index.desc()

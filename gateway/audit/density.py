"""How many records fit a filter, over time: what a chart above a list shows.

As with a page, the work is bounded: of the filters the rarest leads, and at most `scan` of its records are looked at,
the newest ones. `counted_from` says from when on nothing is left out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, cast, extract, func, select

from gateway.audit import sequencer, span
from gateway.audit.scan import Scan
from gateway.audit.search import Filter, terms_of
from gateway.storage.tables import audit_records

BUCKETS: Final = 400
"""Pieces of time in one answer."""


class Density(msgspec.Struct, frozen=True, kw_only=True):
    """`counts` are of pieces of `seconds` each, from `since` on; None for one that was not counted to its end."""

    since: datetime
    until: datetime
    seconds: int
    counts: list[int | None]
    counted_from: datetime | None
    """None if everything was counted."""


def density(
    connection: Connection, where: Filter, *, since: datetime, until: datetime, buckets: int, scan: int
) -> Density:
    """`since` and `until` replace those of `where`; both are taken to whole seconds. Raises `ValueError` if `until` is
    not later, or there are too many buckets."""
    since, until = since.replace(microsecond=0), _whole(until)
    if until <= since or not 0 < buckets <= BUCKETS:
        raise ValueError("until is not later than since, or buckets is out of range")
    seconds = max(1, -(-int((until - since).total_seconds()) // buckets))
    number = -(-int((until - since).total_seconds()) // seconds)
    terms = terms_of(where)
    start, stop = span.first(connection, since), min(sequencer.size(connection), span.last(connection, until))
    found: dict[int, int] = {}
    counted_from = None
    if start < stop:
        leader = Scan(terms=terms, times=(), limit=1, most=scan, oldest_first=False).leader(connection, start, stop)
        places = leader.places(start, stop, scan, oldest_first=False)
        table = audit_records.c
        bucket = _bucket(connection, since, seconds).label("bucket")
        query = (
            select(bucket, func.count().label("n"))
            .select_from(places.join(audit_records, table.index == places.c.index))
            .where(table.at >= since, table.at < until)
            .where(*(table[term.column].in_(term.values) for term in terms if term is not leader))
            .group_by(bucket)
        )
        found = {int(row.bucket): int(row.n) for row in connection.execute(query)}
        looked, reached = connection.execute(select(func.count(), func.min(places.c.index)).select_from(places)).one()
        if looked >= scan and reached > start:
            counted_from = _latest_before(connection, reached)
    counts: list[int | None] = [found.get(each, 0) for each in range(number)]
    if counted_from is not None:
        for each in range(number):
            if since + timedelta(seconds=each * seconds) <= counted_from:
                counts[each] = None
    return Density(since=since, until=until, seconds=seconds, counts=counts, counted_from=counted_from)


def _whole(moment: datetime) -> datetime:
    return moment if not moment.microsecond else moment.replace(microsecond=0) + timedelta(seconds=1)


def _bucket(connection: Connection, since: datetime, seconds: int) -> ColumnElement[Any]:
    """In whole seconds, so that both databases put a record into the same piece of time."""
    at, sqlite = audit_records.c.at, connection.dialect.name == "sqlite"
    moment = func.strftime("%s", at) if sqlite else func.floor(extract("epoch", at))
    return (cast(moment, BigInteger) - int(since.timestamp())) // seconds


def _latest_before(connection: Connection, index: int) -> datetime:
    """Of the records right before this one the latest time: those after it are not all later than each of these."""
    table = audit_records.c
    near = select(table.at).where(table.index < index, table.index >= index - 256).subquery()
    found: datetime | None = connection.execute(select(func.max(near.c.at))).scalar_one()
    return found if found is not None else datetime.min.replace(tzinfo=UTC)

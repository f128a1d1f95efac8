"""Searches for records.

The caller has to record each search as `access`. A page costs no more in a log of millions than in a small one: it
examines at most `scan` records. Matches of several filters can be so rare that none is among those. Then the page is
short or empty, and says where to continue.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, Row, Select, select

from gateway.audit import sequencer, span
from gateway.audit.entry import BESIDE
from gateway.audit.record import Record, decode
from gateway.audit.scan import Scan, Term
from gateway.storage.tables import audit_records

MOST: Final = 500
"""Records on one page."""

SCAN: Final = 10_000
"""Default number of records examined for one page."""

_EQUAL: Final = ("call_id", "case_id", "client", "service", "portal", "operation", "kind", "outcome", "actor")


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """All given filters must match. `since` is included, `until` is not."""

    since: datetime | None = None
    until: datetime | None = None
    call_id: str = ""
    case_id: str = ""
    subject: str = ""
    subjects: tuple[str, ...] = ()
    """Any of these, in place of `subject`: a person has another pseudonym each year."""
    client: str = ""
    service: str = ""
    portal: str = ""
    operation: str = ""
    kind: str = ""
    outcome: str = ""
    actor: str = ""
    """Pseudonym of the agent, as the record has it."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A record in its place. `leaf_hash` is hexadecimal, as RFC 6962 makes it."""

    index: int
    leaf_hash: str
    record: Record


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Records, newest first unless asked otherwise. `next` is the `after` of the following page; None at the end. A
    page may be short, even empty, and yet have a following one."""

    records: list[Found]
    next: int | None


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it was hashed."""

    index: int
    leaf: bytes
    leaf_hash: bytes


class Leaves(msgspec.Struct, frozen=True, kw_only=True):
    """A page of records as they were hashed. `next` is the last index that was looked at; None at the end."""

    leaves: list[Leaf]
    next: int | None

    def found(self) -> list[Found]:
        return [_found(each) for each in self.leaves]


def search(
    connection: Connection,
    where: Filter,
    *,
    after: int | None = None,
    limit: int = 50,
    oldest_first: bool = False,
    scan: int = SCAN,
) -> Page:
    """One page of records. `after` is the index of the last record already seen."""
    start, stop = (0, after) if not oldest_first else (0 if after is None else after + 1, None)
    found = leaves_of(connection, where, start, stop, limit=limit, oldest_first=oldest_first, scan=scan)
    return Page(records=found.found(), next=found.next)


def terms_of(where: Filter) -> list[Term]:
    """What the columns must hold; times aside."""
    terms = [Term(name, (value,)) for name in _EQUAL if (value := getattr(where, name))]
    if subjects := where.subjects or ((where.subject,) if where.subject else ()):
        terms.append(Term("subject", subjects))
    return terms


def leaves_of(
    connection: Connection,
    where: Filter,
    start: int,
    stop: int | None,
    *,
    limit: int = MOST,
    oldest_first: bool = True,
    scan: int = SCAN,
) -> Leaves:
    """One page of the records from `start` on and before `stop`, as they were hashed."""
    if not 0 < limit <= MOST:
        raise ValueError(f"limit is 1 to {MOST}")
    terms = terms_of(where)
    size, times = sequencer.size(connection), []
    stop = size if stop is None else min(stop, size)
    if where.since is not None:
        start = max(start, span.first(connection, where.since))
        times.append(audit_records.c.at >= where.since)
    if where.until is not None:
        stop = min(stop, span.last(connection, where.until))
        times.append(audit_records.c.at < where.until)
    if start >= stop:
        return Leaves(leaves=[], next=None)
    scanner = Scan(terms=terms, times=times, limit=limit, most=scan, oldest_first=oldest_first)
    places = scanner.find(connection, start, stop)
    rows = connection.execute(_select().where(audit_records.c.index.in_(places.indexes)))
    found = sorted(map(_leaf, rows), key=lambda each: each.index, reverse=not oldest_first)
    return Leaves(leaves=found, next=places.next)


def by_index(connection: Connection, index: int) -> Found | None:
    row = connection.execute(_select().where(audit_records.c.index == index)).one_or_none()
    return _found(_leaf(row)) if row else None


def by_call(connection: Connection, call_id: str) -> list[Found]:
    """The records of one call: usually one. That of who made it comes first, then those of other people whom it
    concerns (`entry.BESIDE`), each by their place."""
    query = _select().where(audit_records.c.call_id == call_id).order_by(audit_records.c.index)
    found = [_found(_leaf(row)) for row in connection.execute(query).all()]
    return sorted(found, key=lambda each: each.record.reason in BESIDE)


def leaf_bytes(connection: Connection, index: int) -> bytes | None:
    """The bytes that were hashed."""
    query = select(audit_records.c.leaf).where(audit_records.c.index == index)
    return connection.execute(query).scalar_one_or_none()


def leaves(connection: Connection, start: int, stop: int) -> Sequence[bytes]:
    """The bytes of records `start` to `stop`, which there are."""
    index = audit_records.c.index
    query = select(audit_records.c.leaf).where(index >= start, index < stop).order_by(index)
    return connection.execute(query).scalars().all()


def _select() -> Select[int, bytes, bytes]:
    return select(audit_records.c.index, audit_records.c.leaf, audit_records.c.leaf_hash)


def _leaf(row: Row[int, bytes, bytes]) -> Leaf:
    index, leaf, leaf_hash = row
    return Leaf(index=index, leaf=leaf, leaf_hash=leaf_hash)


def _found(each: Leaf) -> Found:
    return Found(index=each.index, leaf_hash=each.leaf_hash.hex(), record=decode(each.leaf))

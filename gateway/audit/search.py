"""Looking records up. Whoever looks leaves a record of kind `access`: that is the caller's duty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.record import Record, decode
from gateway.storage.tables import audit_records

MOST: Final = 500
"""Records on one page."""

_EQUAL: Final = ("call_id", "case_id", "subject", "client", "service", "portal", "operation", "kind", "outcome")


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """All that is given must hold. `since` is included, `until` is not."""

    since: datetime | None = None
    until: datetime | None = None
    call_id: str = ""
    case_id: str = ""
    subject: str = ""
    subjects: tuple[str, ...] = ()
    """Any of these: a person has another pseudonym each year."""
    client: str = ""
    service: str = ""
    portal: str = ""
    operation: str = ""
    kind: str = ""
    outcome: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A record in its place. `leaf_hash` is hexadecimal, as RFC 6962 makes it."""

    index: int
    leaf_hash: str
    record: Record


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Records, newest first unless asked otherwise. `next` is the `after` of the following page; None at the end."""

    records: list[Found]
    next: int | None


async def search(
    connection: AsyncConnection,
    where: Filter,
    *,
    after: int | None = None,
    limit: int = 50,
    oldest_first: bool = False,
) -> Page:
    """One page of records. `after` is the index of the last record already seen."""
    if not 0 < limit <= MOST:
        raise ValueError(f"limit is 1 to {MOST}")
    index = audit_records.c.index
    query = _narrowed(where).order_by(index if oldest_first else index.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(index > after if oldest_first else index < after)
    rows = (await connection.execute(query)).all()
    found = [_found(row) for row in rows[:limit]]
    return Page(records=found, next=found[-1].index if len(rows) > limit else None)


async def by_index(connection: AsyncConnection, index: int) -> Found | None:
    row = (await connection.execute(_select().where(audit_records.c.index == index))).one_or_none()
    return _found(row) if row else None


async def by_call(connection: AsyncConnection, call_id: str) -> list[Found]:
    """The records of one call, in order: usually one."""
    query = _select().where(audit_records.c.call_id == call_id).order_by(audit_records.c.index)
    return [_found(row) for row in (await connection.execute(query)).all()]


async def leaf_bytes(connection: AsyncConnection, index: int) -> bytes | None:
    """The bytes that were hashed."""
    query = select(audit_records.c.leaf).where(audit_records.c.index == index)
    return (await connection.execute(query)).scalar_one_or_none()


def leaves(connection: Connection, start: int, stop: int) -> Sequence[bytes]:
    """The bytes of records `start` to `stop`, which there are."""
    index = audit_records.c.index
    query = select(audit_records.c.leaf).where(index >= start, index < stop).order_by(index)
    return connection.execute(query).scalars().all()


def _select() -> Select[int, bytes, bytes]:
    return select(audit_records.c.index, audit_records.c.leaf, audit_records.c.leaf_hash)


def _narrowed(where: Filter) -> Select[int, bytes, bytes]:
    query = _select()
    for name in _EQUAL:
        if wanted := getattr(where, name):
            query = query.where(audit_records.c[name] == wanted)
    if where.subjects:
        query = query.where(audit_records.c.subject.in_(where.subjects))
    if where.since is not None:
        query = query.where(audit_records.c.at >= where.since)
    if where.until is not None:
        query = query.where(audit_records.c.at < where.until)
    return query


def _found(row: Row[int, bytes, bytes]) -> Found:
    index, leaf, leaf_hash = row
    return Found(index=index, leaf_hash=leaf_hash.hex(), record=decode(leaf))

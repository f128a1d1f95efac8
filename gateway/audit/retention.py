"""Retention: expired records and bodies are deleted, and the log still verifies.

Kept bodies go after `audit.bodies_days`.

Records go after `audit.records_days`, by whole months and whole tiles: their hashes stay, so that the tree, every proof
and every checkpoint hold as before. The log announces it first: a record of the act `audit.expire` names the index
before which records are deleted, and the day before which they are too old. A verifier accepts missing records for that
reason only. The deletion comes `audit.records_notice_days` later, in another round, and only if that record is signed:
so every checkpoint explains the records that are missing under it. A clock that jumps ahead can announce too much, but
the deleting round determines the limit anew.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Connection, delete, func, insert, select

from gateway.audit import bodies, nodes, sequencer
from gateway.audit.checkpointer import Checkpointer, NotConsistent
from gateway.audit.entry import Entry
from gateway.audit.log import AuditLog
from gateway.audit.record import decode
from gateway.audit.tiles import WIDTH
from gateway.ids import new_id
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.tables import (
    audit_anchors,
    audit_bodies,
    audit_checkpoints,
    audit_expired,
    audit_records,
    audit_salts,
)

OPERATION: Final = "audit.expire"

_LOCK: Final = 0x4D5245_06
"""PostgreSQL's advisory lock for deleting, held to the end of the transaction."""
_TILES_AT_ONCE: Final = 16
_CHECKPOINTS: Final = 1000
"""How many of the newest checkpoints stay in the database; any of them can be worked out again from the tree, except
for its time."""

_log: Final = structlog.get_logger(__name__)


class Retention:
    def __init__(self, storage: Storage, log: AuditLog, checkpointer: Checkpointer, settings: Audit) -> None:
        self._storage = storage
        self._log = log
        self._checkpointer = checkpointer
        self._settings = settings

    async def tidy(self, at: datetime | None = None) -> None:
        """Delete data that are too old at that time: now, except in tests."""
        at = at or datetime.now(UTC)
        oldest = at - timedelta(days=self._settings.bodies_days)
        while await self._storage.run_write(lambda tx: bodies.drop_older(tx, oldest)):
            pass
        await self._storage.run_write(_drop_checkpoints)
        if self._settings.records_days:
            await self._expire(at)

    async def _expire(self, at: datetime) -> None:
        """Delete the records that were announced long enough ago, then announce the next ones."""
        signed = await self._signed()
        cutoff = _month(at - timedelta(days=self._settings.records_days))
        notice = timedelta(days=self._settings.records_notice_days)
        until, due, announced = await self._storage.run_read(
            lambda read: (
                _boundary(read, cutoff, at, signed),
                _announced(read, at - notice, signed),
                max(_announced(read, at, signed), nodes.expired(read)),
            )
        )
        while await self._storage.run_write(lambda tx: _delete_some(tx, min(until, due))):
            pass
        if until > announced:
            await self._announce(until, cutoff, at)

    async def _signed(self) -> int:
        """How many records are signed. 0 while a witness contradicts: then all records are evidence."""
        try:
            published = await self._checkpointer.newest()
            problem = self._checkpointer.problem
        except NotConsistent as error:
            problem = str(error)
        if problem:
            _log.warning("audit_expiry_waits", reason=problem)
            return 0
        return published.checkpoint.size

    async def _announce(self, until: int, cutoff: datetime, at: datetime) -> None:
        await self._log.write(
            Entry(
                call_id=new_id("act"),
                kind="admin",
                operation=OPERATION,
                principal="gateway",
                purpose="retention",
                decision="allow",
                rule="retention:records-days@1",
                cutoff=cutoff.date().isoformat(),
                expired=until,
                at=at,
            )
        )


def _month(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _boundary(connection: Connection, cutoff: datetime, now: datetime, signed: int) -> int:
    """Before this index every record is older than `cutoff`, signed, and in a full tile.

    Records are almost in the order of their times. One dated in the future is ignored, but it goes only together with
    later ones that are old."""
    index, time = audit_records.c.index, audit_records.c.at
    query = select(index).where(index < signed)
    young = query.where(time >= cutoff, time <= now).order_by(index).limit(1)
    before = connection.execute(young).scalar_one_or_none()
    old = query.where(time < cutoff, index < (signed if before is None else before)).order_by(index.desc()).limit(1)
    last = connection.execute(old).scalar_one_or_none()
    until = 0 if last is None else last + 1
    return until - until % WIDTH


def _announced(connection: Connection, by: datetime, signed: int) -> int:
    """The index before which records may be deleted, by a signed announcement that is not younger than `by`."""
    table = audit_records.c
    query = select(table.leaf).where(table.operation == OPERATION, table.at <= by, table.index < signed)
    leaf = connection.execute(query.order_by(table.index.desc()).limit(1)).scalar_one_or_none()
    return 0 if leaf is None else decode(leaf).expired


def _delete_some(tx: Connection, until: int) -> bool:
    """True if some remain."""
    if tx.dialect.name != "sqlite":
        sequencer.lock(tx, _LOCK)
    start = nodes.expired(tx)
    stop = min(until, start + _TILES_AT_ONCE * WIDTH)
    if start >= stop:
        return False
    tiles = [
        {"index": at // WIDTH, "hashes": b"".join(nodes.read(tx, 0, at, at + WIDTH))}
        for at in range(start, stop, WIDTH)
    ]
    tx.execute(insert(audit_expired), tiles)
    for table in (audit_bodies, audit_salts, audit_records):
        tx.execute(delete(table).where(table.c.index >= start, table.c.index < stop))
    return stop < until


def _drop_checkpoints(tx: Connection) -> None:
    newest = select(audit_checkpoints.c.size).order_by(audit_checkpoints.c.size.desc()).limit(1).offset(_CHECKPOINTS)
    last = tx.execute(newest).scalar_one_or_none()
    if last is not None:
        size = audit_checkpoints.c.size
        tx.execute(delete(audit_checkpoints).where(size <= last, size.not_in(_first_ones(tx))))


def _first_ones(tx: Connection) -> list[int]:
    """The first checkpoint of all, and the first after each anchor: they date the beginning of a gap."""
    anchored = audit_anchors.c
    newest = select(func.max(anchored.size)).group_by(anchored.kind, anchored.name)
    ends = (0, *tx.execute(newest).scalars())
    firsts = [select(func.min(audit_checkpoints.c.size)).where(audit_checkpoints.c.size > end) for end in ends]
    return [first for query in firsts if (first := tx.execute(query).scalar_one()) is not None]

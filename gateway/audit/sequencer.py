"""Assigns each record its index: consecutive from 0, without gap or duplicate.

On SQLite a writing transaction excludes every other, so new records are placed in the transaction that makes them
durable. On PostgreSQL an advisory lock decides which process may place; a process without it leaves its records in
`audit_pending`, durable, and the next process with the lock moves them. Pending records always go before new ones. A
process that hangs in the middle of its transaction loses it after `store.stall_seconds`, and the lock with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Connection, bindparam, delete, func, insert, select, text

from gateway.audit import nodes
from gateway.audit.merkle import leaf_hash
from gateway.audit.record import Prepared, decode, row
from gateway.storage.compiled_statements import CompiledStatement, StatementResult
from gateway.storage.tables import audit_bodies, audit_pending, audit_records, audit_salts

Seal = Callable[[Connection, Prepared], bytes]
"""Seals the bodies of a record, in the transaction that keeps them."""

_LOCK: Final = 0x4D5245_02
"""PostgreSQL's advisory lock for placing records, held to the end of the transaction."""
_PENDING: Final = CompiledStatement(select(audit_pending).order_by(audit_pending.c.id).limit(bindparam("most")))
_PUT_PENDING: Final = CompiledStatement(insert(audit_pending))
_NO_LONGER_PENDING: Final = CompiledStatement(delete(audit_pending).where(audit_pending.c.id == bindparam("placed")))
_LAST: Final = CompiledStatement(select(func.max(audit_records.c.index)))
_INSERT: Final = CompiledStatement(insert(audit_records))
_INSERT_SALTS: Final = CompiledStatement(insert(audit_salts))
_LOCK_NOW: Final = CompiledStatement(select(func.pg_try_advisory_xact_lock(bindparam("key", type_=BigInteger))))


@dataclass(frozen=True, slots=True)
class Placed:
    """Leaves that got an index in a transaction: `leaves[0]` has index `first`. `left`: pending records remain."""

    first: int
    leaves: list[bytes]
    left: bool


def put_pending(tx: Connection, records: Sequence[Prepared], seal: Seal | None = None) -> None:
    """Keep the records for a sequencer. They are durable with the transaction, and have no index yet."""
    if records:
        rows = [
            {"leaf": one.leaf, "salts": one.salts, "owner": one.owner, "sealed": _sealed(tx, one, seal)}
            for one in records
        ]
        _PUT_PENDING.run_each(tx, rows)


def has_pending(connection: Connection) -> bool:
    return (connection.execute(select(audit_pending.c.id).limit(1))).first() is not None


def place(
    tx: Connection, new: Sequence[Prepared], *, limit: int, again: bool = False, seal: Seal | None = None
) -> Placed:
    """Place up to `limit` pending records and, if none is left then, the new ones; otherwise those become pending.

    `again` says that an earlier attempt ended with an error, perhaps after its commit: what it wrote is not repeated.
    """
    if again:
        hold(tx)
        new = _unwritten(tx, new)
    ours = None if again or tx.dialect.name == "sqlite" else _LOCK_NOW.later(tx, {"key": _LOCK})
    waiting, last = _PENDING.later(tx, {"most": limit + 1}), _LAST.later(tx, {})  # each sees what is there behind it
    if ours is not None and not ours.scalar():
        put_pending(tx, new, seal)
        return Placed(0, [], left=True)
    found = waiting.all()
    pending, left = found[:limit], len(found) > limit
    placed = [
        Prepared(decode(one.leaf), one.leaf, one.salts, owner=one.owner, sealed=one.sealed or b"") for one in pending
    ]
    if left:
        put_pending(tx, new, seal)
    else:
        placed += new
    first = _size(tx, last)
    if placed:
        _insert(tx, first, placed, seal)
    _NO_LONGER_PENDING.run_each(tx, [{"placed": one.id} for one in pending])
    return Placed(first, [one.leaf for one in placed], left)


def size(connection: Connection) -> int:
    """How many records have an index, those that have expired since included."""
    return _size(connection, _LAST.later(connection, {}))


def _size(connection: Connection, answer: StatementResult) -> int:
    last = answer.scalar()
    return nodes.expired(connection) if last is None else last + 1  # the later ones are the last to expire


def hold(tx: Connection) -> None:
    """Wait until no other process is placing records, and let none begin until the transaction ends."""
    if tx.dialect.name != "sqlite":  # there a writing transaction excludes every other
        lock(tx, _LOCK)


def lock(tx: Connection, key: int) -> None:
    """Wait for an advisory lock, and hold it to the end of the transaction."""
    tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def try_lock(tx: Connection, key: int) -> bool:
    """As `lock`, if nobody has it."""
    return bool(_LOCK_NOW.scalar(tx, {"key": key}))


def _sealed(tx: Connection, one: Prepared, seal: Seal | None) -> bytes | None:
    if one.bodies and seal is not None:
        return seal(tx, one)
    return one.sealed or None


def _insert(tx: Connection, first: int, records: Sequence[Prepared], seal: Seal | None) -> None:
    rows = [
        {"index": index, "leaf": one.leaf, "leaf_hash": leaf_hash(one.leaf), **row(one.record)}
        for index, one in enumerate(records, first)
    ]
    _INSERT.run_each(tx, rows)
    salts = [{"index": index, "salts": one.salts} for index, one in enumerate(records, first) if one.salts]
    _INSERT_SALTS.run_each(tx, salts)
    bodies = [
        {"index": index, "owner": one.owner, "at": datetime.fromisoformat(one.record.at), "sealed": sealed}
        for index, one in enumerate(records, first)
        if (sealed := _sealed(tx, one, seal)) is not None
    ]
    if bodies:
        tx.execute(insert(audit_bodies), bodies)


def _unwritten(tx: Connection, new: Sequence[Prepared]) -> list[Prepared]:
    calls = [one.record.call for one in new]
    placed = tx.execute(select(audit_records.c.leaf).where(audit_records.c.call_id.in_(calls)))
    waiting = tx.execute(select(audit_pending.c.leaf))
    written = {*placed.scalars(), *waiting.scalars()}
    return [one for one in new if one.leaf not in written]

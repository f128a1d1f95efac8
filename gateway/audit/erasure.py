"""Removes a person from the data beside the log; the log itself, which only ever held a pseudonym and commitments,
stays as it is and verifies."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final, TypeVar

from sqlalchemy import Connection, delete, select, update

from gateway.audit import sequencer
from gateway.audit.record import decode
from gateway.storage.tables import audit_bodies, audit_pending, audit_records, audit_salts

T = TypeVar("T")

_AT_ONCE: Final = 500
"""Values in one statement: a database takes so many and no more."""


def forget(tx: Connection, *, owner: str, subjects: Collection[str], cases: Collection[str]) -> int:
    """Delete the bodies that are sealed for `owner`, and the salts of every record about one of the log's `subjects` or
    one of the `cases`: nobody can show any more what it committed to. Returns how many records these are.

    Not of a record that a running gateway has accepted and not written yet.
    """
    sequencer.hold(tx)  # or a record that another process is placing is neither pending nor placed for us
    tx.execute(delete(audit_bodies).where(audit_bodies.c.owner == owner))
    found: set[int] = set()
    for column, values in ((audit_records.c.subject, subjects), (audit_records.c.case_id, cases)):
        for part in _parts(values):
            found.update(tx.execute(select(audit_records.c.index).where(column.in_(part))).scalars())
    for some in _parts(found):
        tx.execute(delete(audit_salts).where(audit_salts.c.index.in_(some)))
        tx.execute(delete(audit_bodies).where(audit_bodies.c.index.in_(some)))
    return len(found) + _forget_pending(tx, subjects, cases)


def _forget_pending(tx: Connection, subjects: Collection[str], cases: Collection[str]) -> int:
    """The same for records that have no index yet."""
    rows = tx.execute(select(audit_pending.c.id, audit_pending.c.leaf)).all()
    records = ((id, decode(leaf)) for id, leaf in rows)
    subjects, cases = set(subjects), set(cases)
    ids = [id for id, record in records if record.subject in subjects or record.case in cases]
    for some in _parts(ids):
        tx.execute(update(audit_pending).where(audit_pending.c.id.in_(some)).values(salts=b"", sealed=None))
    return len(ids)


def _parts(values: Collection[T]) -> Iterator[Sequence[T]]:
    every = list(values)
    for at in range(0, len(every), _AT_ONCE):
        yield every[at : at + _AT_ONCE]

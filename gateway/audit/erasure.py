"""A person is taken out of what can be read beside the log; the log itself, which never held more than a pseudonym and
commitments, stays as it is and verifies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Connection, delete, or_, select, update

from gateway.audit.record import decode
from gateway.storage.tables import audit_bodies, audit_pending, audit_records, audit_salts

_AT_ONCE: Final = 500


def forget(tx: Connection, *, owner: str, subjects: Collection[str], cases: Collection[str]) -> int:
    """Delete the bodies that are sealed for `owner`, and the salts of every record about one of the log's `subjects` or
    one of the `cases`: nobody can show any more what it committed to. Returns how many records these are."""
    tx.execute(delete(audit_bodies).where(audit_bodies.c.owner == owner))
    about = or_(audit_records.c.subject.in_(subjects), audit_records.c.case_id.in_(cases))
    found = tx.execute(select(audit_records.c.index).where(about)).scalars().all()
    for at in range(0, len(found), _AT_ONCE):
        some = found[at : at + _AT_ONCE]
        tx.execute(delete(audit_salts).where(audit_salts.c.index.in_(some)))
        tx.execute(delete(audit_bodies).where(audit_bodies.c.index.in_(some)))
    return len(found) + _forget_pending(tx, subjects, cases)


def _forget_pending(tx: Connection, subjects: Collection[str], cases: Collection[str]) -> int:
    """The same for records that have no index yet."""
    rows: Sequence[tuple[int, bytes]] = tx.execute(select(audit_pending.c.id, audit_pending.c.leaf)).tuples().all()
    records = ((id, decode(leaf)) for id, leaf in rows)
    ids = [id for id, record in records if record.subject in subjects or record.case in cases]
    if ids:
        tx.execute(update(audit_pending).where(audit_pending.c.id.in_(ids)).values(salts=b"", sealed=None))
    return len(ids)

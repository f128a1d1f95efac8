"""Anchors: cosignatures and timestamps in the database, and as files for an auditor.

Each file has the format that other programs read: `<size>.cosigned` is a note with the log's signature and those of its
witnesses; `<size>.<authority>.tsr` a timestamp response (RFC 3161, DER), and `<size>.<authority>.checkpoint` the bytes
that it is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import Connection, delete, insert, select, text

from gateway.audit import checkpoint, cosignature, files, note
from gateway.audit.checkpointer import Published
from gateway.storage.tables import audit_anchors

Kind = Literal["witness", "timestamp"]

FOLDER: Final = "anchors"
_LOCK: Final = 0x4D5245_05
"""PostgreSQL's advisory lock for storing an anchor, held to the end of the transaction."""
_LARGEST: Final = 2**63 - 1
"""The largest integer of the databases."""
_NAME: Final = re.compile(r"(0|[1-9][0-9]{0,18})\.(cosigned|[a-z0-9][a-z0-9-]{0,39}\.(?:tsr|checkpoint))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """`data` is what `name` said at `at` about the first `size` records: a signature line of a note, or a timestamp
    response. `checkpoint` is the note that it is about, byte for byte."""

    size: int
    kind: Kind
    name: str
    data: bytes
    checkpoint: bytes
    at: datetime


def keep(tx: Connection, anchor: Anchor, *, whole_days: timedelta) -> None:
    """Store an anchor. Of those older than `whole_days` only the last of each day stays."""
    if tx.dialect.name != "sqlite":  # two processes may have got the same anchor at once
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    table = audit_anchors.c
    own = (table.kind == anchor.kind) & (table.name == anchor.name)
    tx.execute(delete(audit_anchors).where(own, table.size == anchor.size))
    row = {name: getattr(anchor, name) for name in ("size", "kind", "name", "data", "checkpoint")}
    tx.execute(insert(audit_anchors), [row | {"created_at": anchor.at}])
    old = select(table.size, table.created_at).where(own, table.created_at < anchor.at - whole_days)
    found = tx.execute(old.order_by(table.size)).all()
    last = {at.date(): size for size, at in found}
    if gone := [size for size, at in found if last[at.date()] != size]:
        tx.execute(delete(audit_anchors).where(own, table.size.in_(gone)))


def newest(connection: Connection, kind: Kind, name: str) -> Anchor | None:
    table = audit_anchors.c
    query = select(audit_anchors).where(table.kind == kind, table.name == name)
    row = connection.execute(query.order_by(table.size.desc()).limit(1)).one_or_none()
    return None if row is None else _anchor(row)


def cosigned(connection: Connection, published: Published) -> Published:
    """The checkpoint with the cosignatures that it has."""
    found = _of(connection, published.checkpoint.size, "witness")
    lines = [line for each in found for line in note.parse_signatures(each.data)]
    return Published(checkpoint=published.checkpoint, note=cosignature.add(published.note, lines))


def witnessed(connection: Connection, index: int) -> Published | None:
    """The newest cosigned checkpoint that covers that record."""
    table = audit_anchors.c
    query = select(audit_anchors).where(table.kind == "witness", table.size > index)
    row = connection.execute(query.order_by(table.size.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    head = checkpoint.parse(note.parse(row.checkpoint).text)
    return cosigned(connection, Published(checkpoint=head, note=row.checkpoint))


def names(connection: Connection, size: int) -> list[str]:
    """The files about the first `size` records or fewer: of each witness and authority the last of each day."""
    table = audit_anchors.c
    query = select(table.size, table.kind, table.name, table.created_at).where(table.size <= size).order_by(table.size)
    last = {(kind, name, at.date()): at_size for at_size, kind, name, at in connection.execute(query)}
    found: set[tuple[int, str]] = set()
    for (kind, name, _), at_size in last.items():
        of_kind = ("cosigned",) if kind == "witness" else (f"{name}.checkpoint", f"{name}.tsr")
        found.update((at_size, each) for each in of_kind)
    return [f"{at_size}.{rest}" for at_size, rest in sorted(found)]


def content(connection: Connection, name: str) -> bytes | None:
    """The content of the file of that name; None if it does not exist."""
    match = _NAME.fullmatch(name)
    if match is None or (size := int(match[1])) > _LARGEST:
        return None
    rest = match[2]
    if rest == "cosigned":
        found = _of(connection, size, "witness")
        lines = [line for each in found for line in note.parse_signatures(each.data)]
        return cosignature.add(found[-1].checkpoint, lines) if found else None
    authority, _, what = rest.rpartition(".")
    one = next((each for each in _of(connection, size, "timestamp") if each.name == authority), None)
    return None if one is None else one.data if what == "tsr" else one.checkpoint


def write(connection: Connection, size: int, folder: Path) -> int:
    """Put the files into `folder`/anchors; those that are there stay. Returns how many anchors are there now."""
    wanted = names(connection, size)
    for name in wanted:
        path = folder / FOLDER / name
        found = None if path.exists() and not name.endswith(".cosigned") else content(connection, name)
        if found is not None:
            files.replace(path, found)
    return sum(not name.endswith(".checkpoint") for name in wanted)


def _of(connection: Connection, size: int, kind: Kind) -> Sequence[Anchor]:
    table = audit_anchors.c
    query = select(audit_anchors).where(table.size == size, table.kind == kind).order_by(table.created_at)
    return [_anchor(row) for row in connection.execute(query)]


def _anchor(row: object) -> Anchor:
    at, rest = row.created_at, ("size", "kind", "name", "data", "checkpoint")  # type: ignore[attr-defined]  # a row
    return Anchor(at=at, **{name: getattr(row, name) for name in rest})

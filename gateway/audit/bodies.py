"""The full requests and answers, if the operator keeps them: beside the log, under the key of the person concerned.

The log only commits to them. When the person's key is destroyed nobody can read them any more, and when the salts are
deleted too nobody can show what was committed to; the log still verifies.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, select

from gateway.audit.entry import Entry
from gateway.audit.record import Opening, openings
from gateway.audit.search import Found
from gateway.storage.tables import audit_bodies, audit_salts
from gateway.storage.vault import Vault

_MOST_ROWS: Final = 1000


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """One content. `where` is a JSON pointer into the leaf, to the commitment; `opens`: whether the content matches
    it."""

    where: str
    content: bytes
    opens: bool


def owner(entry: Entry) -> str:
    """The owner of the key that seals the bodies; empty if they are not kept.

    They are not kept for calls without a person, because no erasure would delete them, nor for an auditor's access,
    which would leave another copy.
    """
    if entry.kind == "access":
        return ""
    application = entry.client if entry.principal in ("app", "journey") else ""
    return entry.subject or (f"client:{application}" if application else "")


def gather(entry: Entry) -> bytes:
    """All contents that the record of `entry` commits to; may be empty."""
    contents = {"/request": entry.request, "/response": entry.response}
    for number, hop in enumerate(entry.hops):
        contents |= {f"/hops/{number}/request": hop.request, f"/hops/{number}/response": hop.response}
    made = {where: content for where, content in contents.items() if content}
    return msgspec.msgpack.encode(made) if made else b""


def seal(tx: Connection, vault: Vault, owner: str, bodies: bytes, leaf: bytes) -> bytes:
    """Sealed for `owner`, and bound to the leaf: beside another it does not open."""
    return vault.seal(tx, owner, bodies, context=_context(leaf))


def read(connection: Connection, vault: Vault, found: Found, leaf: bytes) -> list[Body] | None:
    """The bodies of a record, in the order of its commitments; None if there are none, or none any more.

    Raises `VaultError`.
    """
    row = connection.execute(select(audit_bodies).where(audit_bodies.c.index == found.index)).one_or_none()
    if row is None:
        return None
    salts = connection.execute(
        select(audit_salts.c.salts).where(audit_salts.c.index == found.index)
    ).scalar_one_or_none()
    contents = msgspec.msgpack.decode(
        vault.open(connection, row.owner, row.sealed, context=_context(leaf)), type=dict[str, bytes]
    )
    return list(_opened(contents, list(openings(found.record, salts or b""))))


def drop_older(tx: Connection, before: datetime) -> int:
    """Delete some of the bodies from before that time; how many. Call it again until it is none."""
    old = select(audit_bodies.c.index).where(audit_bodies.c.at < before).limit(_MOST_ROWS)
    return tx.execute(delete(audit_bodies).where(audit_bodies.c.index.in_(old.scalar_subquery()))).rowcount


def _opened(contents: dict[str, bytes], commitments: list[Opening]) -> Iterator[Body]:
    for each in commitments:
        if each.where in contents:
            content = contents[each.where]
            yield Body(where=each.where, content=content, opens=each.opens(content))


def _context(leaf: bytes) -> str:
    return f"audit:{sha256(leaf).hexdigest()}"

"""Attachments: files a person hands in before filing, sealed under the person's key."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from gateway.cases.files import Inspected
from gateway.cases.model import Case, Event, now
from gateway.connectors.contract import Attachment
from gateway.ids import new_id
from gateway.storage import Storage
from gateway.storage.tables import attachments
from gateway.storage.vault import Vault


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The data of an attachment that are readable without opening it."""

    id: str
    media_type: str
    size: int
    sha256: str
    created_at: datetime


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The document of an earlier case that an attachment is a copy of."""

    case_id: str
    document: str


class _Sealed(msgspec.Struct):
    filename: str
    content: bytes


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """An inspected file, ready to be sealed. `handed_in`: SHA-256 of what came, which is another file if it was
    converted."""

    media_type: str
    size: int
    sha256: str
    handed_in: str
    plain: bytes


async def packed(file: Inspected, content: bytes) -> Packed:
    """Call it in a thread before the transaction: hashing and copying ten megabytes takes tens of milliseconds."""
    return await asyncio.to_thread(_pack, file, content)


def _pack(file: Inspected, content: bytes) -> Packed:
    kept = content if file.content is None else file.content
    return Packed(
        media_type=file.media_type,
        size=len(kept),
        sha256=hashlib.sha256(kept).hexdigest(),
        handed_in=hashlib.sha256(content).hexdigest(),
        plain=msgspec.msgpack.encode(_Sealed(file.filename, kept)),
    )


class Attachments:
    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault

    def keep(
        self,
        tx: Connection,
        *,
        client: str,
        subject: str,
        file: Packed,
        origin: Origin | None = None,
    ) -> Held:
        """Seal and store an inspected file for this person (or, without one, this client)."""
        held = Held(
            id=new_id("att"),
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
            created_at=now(),
        )
        sealed = self._vault.seal(tx, _owner(client, subject), file.plain, context=held.id)
        tx.execute(
            insert(attachments).values(
                **msgspec.structs.asdict(held),
                client=client,
                subject=subject,
                origin=f"{origin.case_id} {origin.document}" if origin is not None else "",
                sealed=sealed,
            )
        )
        return held

    def missing(self, connection: Connection, ids: list[str], *, client: str, subject: str) -> list[str]:
        """Those of `ids` that this person does not own, or has already used in a case.

        Without a person only the client's own attachments count, not those that people uploaded through it.
        """
        mine = attachments.c.subject == subject
        if not subject:
            mine = and_(mine, attachments.c.client == client)
        query = select(attachments.c.id).where(attachments.c.id.in_(ids), mine, attachments.c.case_id.is_(None))
        have = set(connection.execute(query).scalars())
        return [each for each in ids if each not in have]

    def facts(self, connection: Connection, ids: list[str]) -> dict[str, tuple[str, int]]:
        """Media type and size of each of these."""
        query = select(attachments.c.id, attachments.c.media_type, attachments.c.size).where(attachments.c.id.in_(ids))
        return {each.id: (each.media_type, each.size) for each in connection.execute(query)}

    def reused(self, connection: Connection, ids: list[str]) -> list[Event]:
        """A timeline entry for each of these that came from an earlier case."""
        query = select(attachments.c.origin).where(attachments.c.id.in_(ids), attachments.c.origin != "")
        origins = [origin.partition(" ") for origin in connection.execute(query).scalars()]
        return [
            Event(code="document_reused", data={"from_case": case_id, "document": document})
            for case_id, _, document in origins
        ]

    def bind(self, tx: Connection, ids: list[str], case_id: str) -> bool:
        """Link them to a case; False if another case took one of them meanwhile."""
        if not ids:
            return True
        done = tx.execute(
            update(attachments)
            .where(attachments.c.id.in_(ids), attachments.c.case_id.is_(None))
            .values(case_id=case_id)
        )
        return bool(done.rowcount == len(set(ids)))

    async def contents(self, case: Case, ids: list[str]) -> list[Attachment]:
        """The case's attachments, opened, in the order of `ids`."""
        if not ids:
            return []

        def read(connection: Connection) -> list[Attachment]:
            query = select(attachments).where(attachments.c.id.in_(ids), attachments.c.case_id == case.id)
            rows = {row.id: row for row in connection.execute(query).all()}
            return [self._opened(connection, rows[each]) for each in ids]

        return await self._storage.run_read(read)

    def _opened(self, connection: Connection, row: Row[Any]) -> Attachment:
        plain = self._vault.open(connection, _owner(row.client, row.subject), row.sealed, context=row.id)
        inside = msgspec.msgpack.decode(plain, type=_Sealed)
        return Attachment(id=row.id, filename=inside.filename, media_type=row.media_type, content=inside.content)

    def drop_unused(self, tx: Connection, before: datetime) -> int:
        """Delete what was uploaded before `before`, was never filed and is in no draft."""
        unused = (attachments.c.case_id.is_(None), attachments.c.draft_id.is_(None))
        done = tx.execute(delete(attachments).where(*unused, attachments.c.created_at < before))
        return int(done.rowcount)


def _owner(client: str, subject: str) -> str:
    return subject or f"client:{client}"

"""Attachments: files a person hands in before filing, sealed under the person's key."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec
from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.cases.files import Inspected
from gateway.cases.model import Case, Event, now
from gateway.connectors.contract import Attachment
from gateway.ids import new_id
from gateway.storage import Storage
from gateway.storage.tables import attachments
from gateway.storage.vault import Vault


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an attachment without opening it."""

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


class Attachments:
    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault

    async def keep(
        self,
        tx: AsyncConnection,
        *,
        client: str,
        subject: str,
        file: Inspected,
        content: bytes,
        origin: Origin | None = None,
    ) -> Held:
        """Seal and store an inspected file for this person (or, without one, this client)."""
        held = Held(
            id=new_id("att"),
            media_type=file.media_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            created_at=now(),
        )
        plain = msgspec.msgpack.encode(_Sealed(file.filename, content))
        sealed = await self._vault.seal(tx, _owner(client, subject), plain, context=held.id)
        await tx.execute(
            insert(attachments).values(
                **msgspec.structs.asdict(held),
                client=client,
                subject=subject,
                origin=f"{origin.case_id} {origin.document}" if origin is not None else "",
                sealed=sealed,
            )
        )
        return held

    async def missing(self, connection: AsyncConnection, ids: list[str], *, client: str, subject: str) -> list[str]:
        """Those of `ids` that this person does not have, or has used in a case already.

        Without a person only the client's own are there, not those that people handed in through it.
        """
        mine = attachments.c.subject == subject
        if not subject:
            mine = and_(mine, attachments.c.client == client)
        query = select(attachments.c.id).where(attachments.c.id.in_(ids), mine, attachments.c.case_id.is_(None))
        have = set((await connection.execute(query)).scalars())
        return [each for each in ids if each not in have]

    async def reused(self, connection: AsyncConnection, ids: list[str]) -> list[Event]:
        """A timeline entry for each of these that came from an earlier case."""
        query = select(attachments.c.origin).where(attachments.c.id.in_(ids), attachments.c.origin != "")
        origins = [origin.partition(" ") for origin in (await connection.execute(query)).scalars()]
        return [
            Event(code="document_reused", data={"from_case": case_id, "document": document})
            for case_id, _, document in origins
        ]

    async def bind(self, tx: AsyncConnection, ids: list[str], case_id: str) -> bool:
        """Tie them to a case; False if one of them was taken meanwhile."""
        if not ids:
            return True
        done = await tx.execute(
            update(attachments)
            .where(attachments.c.id.in_(ids), attachments.c.case_id.is_(None))
            .values(case_id=case_id)
        )
        return bool(done.rowcount == len(set(ids)))

    async def contents(self, case: Case, ids: list[str]) -> list[Attachment]:
        """The case's attachments, opened, in the order of `ids`."""
        if not ids:
            return []
        async with self._storage.read() as connection:
            query = select(attachments).where(attachments.c.id.in_(ids), attachments.c.case_id == case.id)
            rows = {row.id: row for row in (await connection.execute(query)).all()}
            opened = []
            for each in ids:
                row = rows[each]
                plain = await self._vault.open(connection, _owner(row.client, row.subject), row.sealed, context=row.id)
                inside = msgspec.msgpack.decode(plain, type=_Sealed)
                opened.append(
                    Attachment(id=each, filename=inside.filename, media_type=row.media_type, content=inside.content)
                )
        return opened

    async def drop_unused(self, tx: AsyncConnection, before: datetime) -> int:
        """Delete what was uploaded before `before` and never filed."""
        done = await tx.execute(
            delete(attachments).where(attachments.c.case_id.is_(None), attachments.c.created_at < before)
        )
        return int(done.rowcount)


def _owner(client: str, subject: str) -> str:
    return subject or f"client:{client}"

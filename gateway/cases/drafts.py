"""Drafts: demands that a person has begun and can go on with on another device. Sealed as a case is.

A draft is nobody's demand yet: it reaches no portal, and nothing in it is checked but its size. It is deleted when the
demand is filed, when its owner deletes it, some time after its last change, and with the person.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from gateway.cases.model import now
from gateway.cases.page_cursor import read_cursor, write_cursor
from gateway.cases.store import Conflict, Reach
from gateway.ids import new_id
from gateway.settings import Drafts as Limits
from gateway.storage import Storage
from gateway.storage.tables import attachments
from gateway.storage.tables import drafts as table
from gateway.storage.vault import Vault


class DraftContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is sealed: as far as the person has come."""

    form: dict[str, Any] = {}
    language: str = ""
    related_case: str = ""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    client: str
    subject: str
    """Pseudonym of the person whose demand it will be; empty for an application's own."""
    service: str
    version: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime

    @property
    def owner(self) -> str:
        """Under whose key it is sealed."""
        return self.subject or f"client:{self.client}"


class Drafts:
    """Drafts in the database. One that has expired is not there, also before it is deleted."""

    def __init__(self, storage: Storage, vault: Vault, limits: Limits) -> None:
        self._storage = storage
        self._vault = vault
        self.limits = limits

    def keep(
        self, tx: Connection, *, client: str, subject: str, service: str, content: DraftContent, files: Sequence[str]
    ) -> Draft:
        """Store a new one. `files`: ids of the attachments that its form names; the owner's are kept as long as it
        is."""
        moment = now()
        draft = Draft(
            id=new_id("draft"),
            client=client,
            subject=subject,
            service=service,
            version=1,
            created_at=moment,
            updated_at=moment,
            expires_at=self._expiry(moment),
        )
        values = {name: getattr(draft, name) for name in draft.__struct_fields__}
        tx.execute(insert(table).values(**values, sealed=self._seal(tx, draft, content)))
        self._hold(tx, draft, files)
        return draft

    def replace(self, tx: Connection, draft: Draft, content: DraftContent, files: Sequence[str]) -> Draft:
        """Store its next version. Raises `Conflict` if it was changed or deleted since it was read."""
        moment = now()
        changed = msgspec.structs.replace(
            draft, version=draft.version + 1, updated_at=moment, expires_at=self._expiry(moment)
        )
        done = tx.execute(
            update(table)
            .where(table.c.id == draft.id, table.c.version == draft.version)
            .values(
                version=changed.version,
                updated_at=changed.updated_at,
                expires_at=changed.expires_at,
                sealed=self._seal(tx, changed, content),
            )
        )
        if done.rowcount != 1:
            raise Conflict(draft.id)
        _let_go(tx, [draft.id])
        self._hold(tx, changed, files)
        return changed

    def delete(self, tx: Connection, draft: Draft) -> None:
        """Raises `Conflict` if it was changed or deleted since it was read."""
        done = tx.execute(delete(table).where(table.c.id == draft.id, table.c.version == draft.version))
        if done.rowcount != 1:
            raise Conflict(draft.id)
        _let_go(tx, [draft.id])

    async def get(self, id: str) -> Draft | None:
        query = select(*_LIGHT).where(table.c.id == id, table.c.expires_at > now())
        row = await self._storage.run_read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _draft(row)

    async def content(self, draft: Draft) -> DraftContent:
        """Raises `Erased`."""
        return await self._storage.run_read(lambda connection: self.read_content(connection, draft))

    def read_content(self, connection: Connection, draft: Draft) -> DraftContent:
        sealed = connection.execute(select(table.c.sealed).where(table.c.id == draft.id)).scalar_one_or_none()
        plain = self._vault.open(connection, draft.owner, sealed or b"", context=draft.id)
        return msgspec.json.decode(plain, type=DraftContent)

    async def page(
        self,
        *,
        client: str,
        subject: str,
        within: Sequence[str],
        since: datetime | None,
        reach: Reach,
        cursor: str,
        limit: int,
    ) -> tuple[list[Draft], str]:
        """The newest first, and the cursor of the next page, empty at the end. The parameters are those of
        `Cases.page`."""
        query = select(*_LIGHT).where(_of(client, subject), table.c.expires_at > now())
        of = table.c.service
        if within:
            query = query.where(or_(*(or_(of == each, of.startswith(f"{each}.", autoescape=True)) for each in within)))
        if since is not None:
            query = query.where(table.c.created_at >= since)
        if reach.services or not reach.but:
            query = query.where(of.not_in(reach.services) if reach.but else of.in_(reach.services))
        if cursor:
            at, last = read_cursor(cursor)
            query = query.where(or_(table.c.created_at < at, and_(table.c.created_at == at, table.c.id < last)))
        query = query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit + 1)
        rows = await self._storage.run_read(lambda connection: connection.execute(query).all())
        found = [_draft(row) for row in rows[:limit]]
        return found, (write_cursor(found[-1].created_at, found[-1].id) if len(rows) > limit else "")

    def _expiry(self, moment: datetime) -> datetime:
        return moment + timedelta(days=self.limits.days)

    def _seal(self, tx: Connection, draft: Draft, content: DraftContent) -> bytes:
        return self._vault.seal(tx, draft.owner, msgspec.json.encode(content), context=draft.id)

    def _hold(self, tx: Connection, draft: Draft, files: Sequence[str]) -> None:
        if not files:
            return
        mine = attachments.c.subject == draft.subject
        if not draft.subject:
            mine = and_(mine, attachments.c.client == draft.client)
        tx.execute(
            update(attachments)
            .where(attachments.c.id.in_(files), mine, attachments.c.case_id.is_(None))
            .values(draft_id=draft.id)
        )


_LIGHT = [column for column in table.c if column.name != "sealed"]


def _draft(row: Row[Any]) -> Draft:
    return Draft(**{name: getattr(row, name) for name in Draft.__struct_fields__})


def _of(client: str, subject: str) -> Any:
    mine = table.c.subject == subject
    return mine if subject else and_(mine, table.c.client == client)


def _let_go(tx: Connection, ids: Collection[str]) -> None:
    """Their files are nobody's draft any more: those that were never filed are deleted like others."""
    tx.execute(update(attachments).where(attachments.c.draft_id.in_(ids)).values(draft_id=None))


def forget_expired(tx: Connection) -> int:
    """For housekeeping."""
    expired = select(table.c.id).where(table.c.expires_at <= now())
    tx.execute(update(attachments).where(attachments.c.draft_id.in_(expired)).values(draft_id=None))
    return int(tx.execute(delete(table).where(table.c.expires_at <= now())).rowcount)


def forget(tx: Connection, subject: str) -> int:
    """Delete a person's drafts; for her erasure."""
    return int(tx.execute(delete(table).where(table.c.subject == subject)).rowcount)


def size_of(content: DraftContent) -> int:
    """Bytes of what is sealed."""
    return len(msgspec.json.encode(content))

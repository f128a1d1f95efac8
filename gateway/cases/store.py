"""Cases in the database. Every change is checked against the version that was read: no writer overwrites another."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.cases import counts, tally
from gateway.cases.model import Case, Event, Personal, State, StoredEvent, now
from gateway.connectors.contract import CaseStatus
from gateway.storage import Storage
from gateway.storage.tables import case_events, cases
from gateway.storage.vault import Erased, Vault


class Conflict(Exception):
    """Somebody else changed the case since it was read. Read it again."""


class BadCursor(ValueError):
    """The cursor is not one of ours."""


class Cases:
    """Loads and saves cases. Personal data is sealed on the way in and opened only on demand."""

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self.storage = storage
        self._vault = vault
        self._changed: Callable[[str], None] = lambda _: None

    def on_change(self, changed: Callable[[str], None]) -> None:
        """Call `changed(case_id)` after each committed change made by this process."""
        self._changed = changed

    async def insert(self, tx: AsyncConnection, case: Case, personal: Personal, events: Sequence[Event]) -> None:
        sealed = await self._seal(tx, case, personal)
        await tx.execute(insert(cases).values(**_columns(case), sealed=sealed))
        await self._append(tx, case, events)

    async def save(
        self, tx: AsyncConnection, case: Case, events: Sequence[Event] = (), personal: Personal | None = None
    ) -> None:
        """Write the case as its next version; `Conflict` if it changed since it was read."""
        read = case.version
        case.version += 1
        case.updated_at = now()
        if case.ended and not case.state.answers:
            case.due_at = None
        counted = counts.take(case, case.updated_at, await self._history(tx, case.id)) if counts.due(case) else []
        values = _columns(case)
        if case.due_at == case.due_read:
            del values["due_at"]
        case.due_read = case.due_at
        if personal is not None:
            values["sealed"] = await self._seal(tx, case, personal)
        done = await tx.execute(update(cases).where(cases.c.id == case.id, cases.c.version == read).values(**values))
        if done.rowcount != 1:
            raise Conflict(case.id)
        await self._append(tx, case, events)
        await tally.add(tx, counted)
        self.storage.after_commit(tx, lambda: self._changed(case.id))

    async def get(self, case_id: str, connection: AsyncConnection | None = None) -> Case | None:
        if connection is None:
            async with self.storage.read() as connection:
                return await self.get(case_id, connection)
        row = (await connection.execute(select(*_LIGHT).where(cases.c.id == case_id))).one_or_none()
        return _case(row) if row else None

    async def personal(self, case: Case) -> Personal:
        async with self.storage.read() as connection:
            sealed = (await connection.execute(select(cases.c.sealed).where(cases.c.id == case.id))).scalar_one()
            if not sealed:
                raise Erased("the person asked to be forgotten")
            plain = await self._vault.open(connection, case.owner, sealed, context=case.id)
        return msgspec.json.decode(plain, type=Personal)

    async def page(
        self,
        *,
        subject: str | None,
        client: str | None,
        status: str | None,
        service: str | None,
        cursor: str,
        limit: int,
        within: Sequence[str] = (),
    ) -> tuple[list[Case], str]:
        """The newest cases first, and the cursor of the next page (empty at the end).

        `within`: only cases of these services, or of all services of these portals.
        """
        query = select(*_LIGHT).order_by(cases.c.created_at.desc(), cases.c.id.desc()).limit(limit + 1)
        for column, value in (
            (cases.c.subject, subject),
            (cases.c.client, client),
            (cases.c.status, status),
            (cases.c.service, service),
        ):
            if value is not None:
                query = query.where(column == value)
        if within:
            of = cases.c.service
            query = query.where(or_(*(or_(of == each, of.startswith(f"{each}.", autoescape=True)) for each in within)))
        if cursor:
            at, last = _read_cursor(cursor)
            query = query.where(or_(cases.c.created_at < at, and_(cases.c.created_at == at, cases.c.id < last)))
        async with self.storage.read() as connection:
            rows = (await connection.execute(query)).all()
        found = [_case(row) for row in rows[:limit]]
        return found, (_cursor(found[-1]) if len(rows) > limit else "")

    async def events(self, case_id: str, *, after: int = 0, limit: int = 1000) -> list[StoredEvent]:
        query = (
            select(case_events)
            .where(case_events.c.case_id == case_id, case_events.c.seq > after)
            .order_by(case_events.c.seq)
            .limit(limit)
        )
        async with self.storage.read() as connection:
            return [_event(row) for row in (await connection.execute(query)).all()]

    async def _history(self, tx: AsyncConnection, case_id: str) -> list[StoredEvent]:
        query = select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.seq)
        return [_event(row) for row in (await tx.execute(query)).all()]

    async def due(self, limit: int) -> list[tuple[str, datetime]]:
        """Cases whose journey should go on now."""
        query = select(cases.c.id, cases.c.due_at).where(cases.c.due_at <= now()).order_by(cases.c.due_at).limit(limit)
        async with self.storage.read() as connection:
            return [(row.id, row.due_at) for row in (await connection.execute(query)).all()]

    async def postpone(self, case_id: str, due_at: datetime, seconds: float) -> bool:
        """Move when the journey goes on from `due_at` to `seconds` from now; False if something has moved it since."""
        async with self.storage.transaction() as tx:
            done = await tx.execute(
                update(cases)
                .where(cases.c.id == case_id, cases.c.due_at == due_at)
                .values(due_at=now() + timedelta(seconds=seconds))
            )
        return bool(done.rowcount == 1)

    async def last_form(self, subject: str, portal: str) -> dict[str, Any]:
        """The form of the person's newest case at this portal; empty without one."""
        query = (
            select(*_LIGHT)
            .where(cases.c.subject == subject, cases.c.portal == portal)
            .order_by(cases.c.created_at.desc())
            .limit(1)
        )
        async with self.storage.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return (await self.personal(_case(row))).form if row is not None else {}

    async def wake(self, portal: str, reference: str) -> list[tuple[str, str, str]]:
        """The open cases that a portal knows by this reference go on now: id, service and subject of each.

        They become their next versions, so that a step under way, which may have asked too early, is done again.
        """
        theirs = and_(cases.c.portal == portal, cases.c.reference == reference, cases.c.due_at.is_not(None))
        async with self.storage.transaction() as tx:
            rows = (await tx.execute(select(cases.c.id, cases.c.service, cases.c.subject).where(theirs))).all()
            if rows:
                await tx.execute(update(cases).where(theirs).values(due_at=now(), version=cases.c.version + 1))
        return [(row.id, row.service, row.subject) for row in rows]

    async def _seal(self, tx: AsyncConnection, case: Case, personal: Personal) -> bytes:
        return await self._vault.seal(tx, case.owner, msgspec.json.encode(personal), context=case.id)

    async def _append(self, tx: AsyncConnection, case: Case, events: Sequence[Event]) -> None:
        if not events:
            return
        last = await tx.execute(select(func.max(case_events.c.seq)).where(case_events.c.case_id == case.id))
        first = (last.scalar_one() or 0) + 1
        rows = [
            {
                "case_id": case.id,
                "seq": first + offset,
                "at": event.at,
                "code": event.code,
                "status": case.status.value,
                "portal": event.portal or None,
                "data": msgspec.to_builtins(event.data),
            }
            for offset, event in enumerate(events)
        ]
        await tx.execute(insert(case_events), rows)


_LIGHT = [column for column in cases.c if column.name not in ("sealed", "portal", "reference")]


def _columns(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "client": case.client,
        "subject": case.subject,
        "service": case.service,
        "status": case.status.value,
        "version": case.version,
        "language": case.language,
        "created_at": case.created_at,
        "updated_at": case.updated_at,
        "deadline_on": case.deadline_on,
        "due_at": case.due_at,
        "portal": case.state.portal,
        "reference": case.state.reference,
        "state": msgspec.to_builtins(case.state),
    }


def _case(row: Row[Any]) -> Case:
    fields = dict(row._mapping)
    fields["status"] = CaseStatus(fields["status"])
    fields["state"] = msgspec.convert(fields["state"], State)
    return Case(**fields, due_read=fields["due_at"])


def _event(row: Row[Any]) -> StoredEvent:
    return StoredEvent(
        seq=row.seq, at=row.at, code=row.code, status=CaseStatus(row.status), portal=row.portal, data=row.data
    )


def _cursor(case: Case) -> str:
    text = f"{case.created_at.isoformat()} {case.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, case_id = text.split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not case_id.isprintable():
            raise ValueError(cursor)
        return moment.astimezone(UTC), case_id
    except (ValueError, OverflowError, binascii.Error) as error:  # or a time that UTC has no name for
        raise BadCursor(cursor) from error

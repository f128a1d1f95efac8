"""Cases in the database. Every change is checked against the version that was read: no writer overwrites another."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec
import structlog
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy import case as when
from sqlalchemy.engine import Row

from gateway import typed_text
from gateway.cases import indicator_events, indicator_store, visits
from gateway.cases.claims import is_free
from gateway.cases.dispatch import Due
from gateway.cases.model import Case, Event, Personal, StoredEvent, now
from gateway.cases.page_cursor import read_cursor, write_cursor
from gateway.cases.stored_state import location_in, read_state, readable_state
from gateway.connectors.contract import CaseStatus
from gateway.storage import Storage, outbox
from gateway.storage.clock import database_in, database_now
from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.tables import case_events, cases, subject_keys
from gateway.storage.vault import Erased, Vault
from gateway.telemetry.metrics import case_damaged

log = structlog.get_logger(__name__)

_ATTEMPTS: Final = 12
_DUE_LOOKED_AT: Final = 5_000
"""Number of due cases that are ordered by their owners' turns."""
_AT_ONCE: Final = 500
"""Ids in one query."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Cases of these services; with `but`, of all others, also of services that have left the catalogue."""

    services: tuple[str, ...]
    but: bool = False

    def terms(self) -> list[ColumnElement[bool]]:
        if self.but:
            return [cases.c.service.not_in(self.services)] if self.services else []
        return [cases.c.service.in_(self.services)]


EVERYTHING: Final = Reach((), but=True)


class Conflict(Exception):
    """Somebody else changed the case since it was read. Read it again."""


class Damaged(Exception):
    """What is stored of this case cannot be read, or not as a whole: it must not be written over."""


async def attempts() -> AsyncIterator[None]:
    """Attempts at a change that may meet a `Conflict`, with longer and longer pauses: a worker that advances the case
    may save it several times in a row."""
    for number in range(_ATTEMPTS):
        if number:
            await asyncio.sleep(random.uniform(0.5, 1.0) * min(0.2, 0.005 * 2**number))  # noqa: S311 (no secret)
        yield


class Cases:
    """Loads and saves cases. Personal data is sealed on the way in and opened only on demand."""

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self.storage = storage
        self._vault = vault
        self._told: list[Callable[[Case], None]] = []

    def on_change(self, changed: Callable[[Case], None]) -> None:
        """Call `changed(case)` too after each committed change made by this process, and for each new case."""
        self._told.append(changed)

    def _changed(self, case: Case) -> None:
        for each in self._told:
            each(case)

    def insert(self, tx: Connection, case: Case, personal: Personal, events: Sequence[Event]) -> None:
        sealed = self._seal(tx, case, personal)
        _INSERT.later(tx, {**_columns(case), "sealed": sealed})
        self._append(tx, case, events, first=1)
        self.storage.after_commit(tx, lambda: self._changed(case))

    def save(self, tx: Connection, case: Case, events: Sequence[Event] = (), personal: Personal | None = None) -> None:
        """Write the case as its next version; `Conflict` if it changed since it was read, `Damaged` if
        not all of it could be."""
        if case.damaged:
            raise Damaged(case.id)
        read = case.version
        case.version += 1
        case.updated_at = now()
        if case.ended and not (case.state.answers or case.state.ending.postponed):
            case.due_at = None
        counted = (
            indicator_events.take(case, case.updated_at, self._history(tx, case.id))
            if indicator_events.due(case)
            else []
        )
        values = _columns(case)
        schedule: _Schedule = "again" if case.due_at is not None else "never"
        if case.due_at == case.due_read:
            schedule = "as it is"
            del values["due_in"]
        statement = _UPDATE[schedule, case.checked]
        case.due_read, case.checked = case.due_at, False
        if personal is not None:
            values["sealed"] = self._seal(tx, case, personal)
        written = statement.later(tx, {**values, "of_case": case.id, "of_version": read})
        last = _LAST_EVENT.later(tx, {"of_case": case.id}) if events else None
        if written.changed() != 1:
            raise Conflict(case.id)
        if last is not None:
            self._append(tx, case, events, first=(last.scalar() or 0) + 1)
        visits.follow(tx, case, events)
        indicator_store.add(tx, counted)
        self.storage.after_commit(tx, lambda: self._changed(case))

    async def get(self, case_id: str) -> Case | None:
        row = await self.storage.look_up(_ONE, {"case_id": case_id})
        return _case(row) if row else None

    def read(self, connection: Connection, case_id: str) -> Case | None:
        row = _ONE.one_or_none(connection, {"case_id": case_id})
        return _case(row) if row else None

    def known_as(self, connection: Connection, portal: str, reference: str, *, subject: str) -> Case | None:
        """The newest case of this person or, if `subject` is empty, of nobody, that the portal knows by this reference,
        with or without spaces."""
        written = {reference.strip(), typed_text.code(reference)} - {""}
        theirs = and_(cases.c.portal == portal, cases.c.reference.in_(written), cases.c.subject == subject)
        query = select(*_LIGHT).where(theirs).order_by(cases.c.created_at.desc()).limit(1)
        row = connection.execute(query).one_or_none()
        return _case(row) if row else None

    async def versions(self, ids: Collection[str]) -> dict[str, int]:
        """For those that exist."""
        named, found = list(ids), dict[str, int]()

        def read(connection: Connection) -> dict[str, int]:
            for first in range(0, len(named), _AT_ONCE):
                query = select(cases.c.id, cases.c.version).where(cases.c.id.in_(named[first : first + _AT_ONCE]))
                found.update({row.id: row.version for row in connection.execute(query)})
            return found

        return await self.storage.run_read(read)

    async def personal(self, case: Case) -> Personal:
        return self._personal(case, await self.storage.look_up(_SEALED, _sealed_of(case)))

    def read_personal(self, connection: Connection, case: Case) -> Personal:
        return self._personal(case, _SEALED.one_or_none(connection, _sealed_of(case)))

    def _personal(self, case: Case, row: Any) -> Personal:
        if row is None or not row.sealed:
            raise Erased("the person asked to be forgotten")
        plain = self._vault.open_under(row.wrapped, case.owner, row.sealed, context=case.id)
        return msgspec.json.decode(plain, type=Personal)

    async def opened(self, ids: Collection[str]) -> list[tuple[Case, Personal]]:
        """Those of these cases that exist, can be read and are not erased, each with its sealed part."""

        def work(connection: Connection) -> list[tuple[Case, Personal]]:
            query = select(cases.c.id, cases.c.sealed).where(cases.c.id.in_(ids))
            sealed = {row.id: row.sealed for row in connection.execute(query)}
            found = []
            for row in connection.execute(select(*_LIGHT).where(cases.c.id.in_(ids))):
                with contextlib.suppress(Erased, Damaged):
                    case = _case(row)
                    if content := sealed.get(case.id):
                        plain = self._vault.open(connection, case.owner, content, context=case.id)
                        found.append((case, msgspec.json.decode(plain, type=Personal)))
            return found

        return await self.storage.run_read(work)

    async def page(
        self,
        *,
        subject: str | None,
        client: str | None,
        service: str | None,
        cursor: str,
        limit: int,
        statuses: Sequence[str] = (),
        within: Sequence[str] = (),
        since: datetime | None = None,
        before: datetime | None = None,
        matching: ColumnElement[bool] | None = None,
        reach: Reach = EVERYTHING,
    ) -> tuple[list[Case], str]:
        """The newest cases first, and the cursor of the next page (empty at the end).

        `statuses`: only cases with one of these. `within`: only cases of these services, or of all services of these
        portals. `since` and `before`: filed from then on, and before then. `matching`: a further condition on the row.
        `reach`: only cases of services for which the caller's assurance suffices.
        """
        query = select(*_LIGHT).order_by(cases.c.created_at.desc(), cases.c.id.desc()).limit(limit + 1)
        for column, value in (
            (cases.c.subject, subject),
            (cases.c.client, client),
            (cases.c.service, service),
        ):
            if value is not None:
                query = query.where(column == value)
        if statuses:
            query = query.where(cases.c.status.in_(statuses))
        if before is not None:
            query = query.where(cases.c.created_at < before)
        if matching is not None:
            query = query.where(matching)
        query = query.where(*covered(within=within, since=since, reach=reach))
        if cursor:
            at, last = read_cursor(cursor)
            query = query.where(or_(cases.c.created_at < at, and_(cases.c.created_at == at, cases.c.id < last)))
        rows = await self.storage.run_read(lambda connection: connection.execute(query).all())
        found = []
        for row in rows[:limit]:
            with contextlib.suppress(Damaged):  # it is logged and counted, and the others are shown
                found.append(_case(row))
        return found, (write_cursor(rows[limit - 1].created_at, rows[limit - 1].id) if len(rows) > limit else "")

    async def events(self, case_id: str, *, after: int = 0, limit: int = 1000) -> list[StoredEvent]:
        query = (
            select(case_events)
            .where(case_events.c.case_id == case_id, case_events.c.seq > after)
            .order_by(case_events.c.seq)
            .limit(limit)
        )
        rows = await self.storage.run_read(lambda connection: connection.execute(query).all())
        return [stored_event(row) for row in rows]

    def _history(self, tx: Connection, case_id: str) -> Iterator[StoredEvent]:
        """Read when it is looked at, which it seldom is."""
        yield from map(stored_event, _EVENTS.all(tx, {"of_case": case_id}))

    async def due(
        self, limit: int, *, without_portals: Collection[str] = (), without_owners: Collection[str] = ()
    ) -> list[Due]:
        """Cases whose journey should go on now: of each owner the oldest first, then the second ones, and so on.

        Of very many that are due, only the oldest are considered.
        """
        given = {"portals": list(without_portals), "owners": list(without_owners), "most": limit}
        rows = await self.storage.run_read(lambda connection: connection.execute(_DUE, given).all())
        return [
            Due(case_id=row.id, due_at=row.due_at, portal=row.portal, owner=row.owner, poll_key=row.poll_key or "")
            for row in rows
        ]

    async def due_next(self) -> float | None:
        """Seconds until the next case becomes due, of those that are not yet; None without one."""
        row = await self.storage.run_read(lambda connection: connection.execute(_DUE_NEXT).one_or_none())
        return None if row is None else float((row.due_at - row.read_at).total_seconds())

    def last_form(self, connection: Connection, subject: str, portal: str, reach: Reach = EVERYTHING) -> dict[str, Any]:
        """The form of the person's newest case at this portal within `reach`; empty without one."""
        row = _newest_at(reach).one_or_none(connection, {"person": subject, "at_portal": portal})
        return self.read_personal(connection, _case(row)).form if row is not None else {}

    async def make_due(self, portal: str, reference: str) -> list[tuple[str, str, str]]:
        """The open cases that a portal knows by this reference go on now: id, service and subject of each.

        They become their next versions, so that a step under way, which may have asked too early, is done again.
        """
        theirs = and_(cases.c.portal == portal, cases.c.reference == reference, cases.c.due_at.is_not(None))

        def work(tx: Connection) -> list[tuple[str, str, str]]:
            rows = tx.execute(select(cases.c.id, cases.c.service, cases.c.subject).where(theirs)).all()
            if rows:
                moment = {"due_at": database_now(), "prompted_at": database_now()}
                tx.execute(update(cases).where(theirs).values(**moment, version=cases.c.version + 1))
            return [(row.id, row.service, row.subject) for row in rows]

        return await self.storage.run_write(work)

    def _seal(self, tx: Connection, case: Case, personal: Personal) -> bytes:
        return self._vault.seal(tx, case.owner, msgspec.json.encode(personal), context=case.id)

    def _append(self, tx: Connection, case: Case, events: Sequence[Event], *, first: int) -> None:
        """`first`: the number of the first of them."""
        rows = [
            {
                "case_id": case.id,
                "seq": first + offset,
                "at": event.at,
                "code": event.code,
                "status": case.status.value,
                "portal": event.portal or None,
                "data": msgspec.to_builtins(event.data),
                "owner": case.owner,
            }
            for offset, event in enumerate(events)
        ]
        _INSERT_EVENT.run_each(tx, rows)
        outbox.put(tx, case.id, [row["seq"] for row in rows])


_NOT_READ: Final = frozenset({"sealed", "portal", "reference", "claimed_until", "poll_key"})
_LIGHT = [
    *(column for column in cases.c if column.name not in _NOT_READ),
    database_now().label("read_at"),
]
_ONE: Final = CompiledStatement(select(*_LIGHT).where(cases.c.id == bindparam("case_id")))
_SEALED: Final = CompiledStatement(
    select(cases.c.sealed, subject_keys.c.wrapped)
    .outerjoin_from(cases, subject_keys, subject_keys.c.subject == bindparam("owner"))
    .where(cases.c.id == bindparam("case_id"))
)
"""With the owner's key."""


@lru_cache(maxsize=64)
def _newest_at(reach: Reach) -> CompiledStatement:
    """The person's newest case at a portal. There are as many reaches as levels of assurance."""
    of = cases.c.service
    named = (of != each if reach.but else of == each for each in reach.services)
    within = and_(true(), *named) if reach.but else or_(false(), *named)
    theirs = (cases.c.subject == bindparam("person"), cases.c.portal == bindparam("at_portal"))
    return CompiledStatement(select(*_LIGHT).where(*theirs, within).order_by(cases.c.created_at.desc()).limit(1))


def covered(
    *, within: Sequence[str] = (), since: datetime | None = None, reach: Reach = EVERYTHING
) -> list[ColumnElement[bool]]:
    """Terms on `cases`; the parameters are those of `Cases.page`."""
    terms = reach.terms()
    if within:
        of = cases.c.service
        terms.append(or_(*(or_(of == each, of.startswith(f"{each}.", autoescape=True)) for each in within)))
    if since is not None:
        terms.append(cases.c.created_at >= since)
    return terms


def _due() -> Select[Any]:
    """Of each owner the oldest first, then the second ones, and so on; without these `portals` and `owners`."""
    owner = when((cases.c.subject != "", cases.c.subject), else_=literal("client:") + cases.c.client)
    oldest = (
        select(cases.c.id, cases.c.due_at, cases.c.portal, owner.label("owner"), cases.c.poll_key)
        .where(
            cases.c.due_at <= database_now(),
            is_free(),
            cases.c.portal.not_in(bindparam("portals", expanding=True)),
            owner.not_in(bindparam("owners", expanding=True)),
        )
        .order_by(cases.c.due_at)
        .limit(_DUE_LOOKED_AT)
        .subquery()
    )
    turn = func.row_number().over(partition_by=oldest.c.owner, order_by=(oldest.c.due_at, oldest.c.id))
    return select(oldest).order_by(turn, oldest.c.due_at, oldest.c.id).limit(bindparam("most"))


_DUE: Final = _due()
_DUE_NEXT: Final = (
    select(cases.c.due_at, database_now().label("read_at"))
    .where(cases.c.due_at > database_now())
    .order_by(cases.c.due_at)
    .limit(1)
)
_EVENTS: Final = CompiledStatement(
    select(case_events).where(case_events.c.case_id == bindparam("of_case")).order_by(case_events.c.seq)
)
_LAST_EVENT: Final = CompiledStatement(
    select(func.max(case_events.c.seq)).where(case_events.c.case_id == bindparam("of_case"))
)
_INSERT: Final = CompiledStatement(insert(cases).values(due_at=database_in("due_in")))
_INSERT_EVENT: Final = CompiledStatement(insert(case_events))
_NEXT: Final = update(cases).where(cases.c.id == bindparam("of_case"), cases.c.version == bindparam("of_version"))
_AGAIN: Final = _NEXT.values(due_at=database_in("due_in"), prompted_at=database_now(), poll_key=null())
_Schedule = Literal["as it is", "again", "never"]
_SCHEDULED: Final[dict[_Schedule, Any]] = {
    "as it is": _NEXT,
    "again": _AGAIN,
    "never": _AGAIN.values(claimed_by=null(), claimed_until=null()),
}
_UPDATE: Final = {
    (schedule, checked): CompiledStatement(statement.values(checked_at=database_now()) if checked else statement)
    for schedule, statement in _SCHEDULED.items()
    for checked in (False, True)
}
"""By whether the case is due and its portal has answered for it."""


def _columns(case: Case) -> dict[str, Any]:
    """Parameters of the statements above. `due_in`: seconds from now on; None: never."""
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
        "due_in": None if case.due_at is None else (case.due_at - now()).total_seconds(),
        "portal": case.state.filing.portal,
        "reference": case.state.filing.reference,
        "state": msgspec.to_builtins(case.state),
    }


def _sealed_of(case: Case) -> dict[str, str]:
    return {"case_id": case.id, "owner": case.owner}


def _case(row: Row[Any]) -> Case:
    fields = row._asdict()
    fields["status"] = CaseStatus(fields["status"])
    stored, damaged = fields["state"], False
    try:
        fields["state"] = read_state(stored)
    except msgspec.ValidationError as error:
        log.error("case_damaged", case_id=row.id, location=location_in(error))
        case_damaged()
        damaged, fields["state"] = True, readable_state(stored)
        if fields["state"] is None:
            raise Damaged(row.id) from None
    return Case(**fields, due_read=fields["due_at"], damaged=damaged)


def stored_event(row: Row[Any]) -> StoredEvent:
    return StoredEvent(
        seq=row.seq, at=row.at, code=row.code, status=CaseStatus(row.status), portal=row.portal, data=row.data
    )

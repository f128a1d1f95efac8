"""Leases on cases: a worker's time-limited right to advance a case, kept in the case's row.

Every comparison is made by the database's clock. A worker that takes over an expired or abandoned lease gives the case
a new version: the former holder's next save raises `Conflict`, in the same transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    String,
    and_,
    any_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    update,
)

from gateway.cases.dispatch import Due
from gateway.storage import Storage
from gateway.storage.clock import database_in, database_now
from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.tables import cases

_MARK: Final = 12
"""Length of the random prefix by which a process marks its executor's name."""


@dataclass(slots=True)
class Lease:
    """The right of this process to advance a case."""

    holder: str
    until: float = field(compare=False)
    """By `time.monotonic`, rather too early than too late: counted from before the query."""

    @property
    def over(self) -> bool:
        return monotonic() >= self.until


class Claims:
    """The leases of one worker."""

    def __init__(self, storage: Storage, executor: str, lease_seconds: float) -> None:
        self._storage = storage
        self._executor = executor
        self._seconds = lease_seconds
        self.holder: Final = f"{secrets.token_hex(_MARK // 2)}:{executor}"

    async def claim(self, wanted: Collection[Due]) -> dict[str, Lease]:
        """Lease the cases of `wanted` to this worker, except those that another worker took or changed meanwhile."""
        if not wanted:
            return {}
        lease, ids = Lease(self.holder, monotonic() + self._seconds), [each.case_id for each in wanted]
        taken = await self._storage.run_write(lambda tx: _claim(tx, ids, self.holder, self._seconds))
        return {case_id: Lease(lease.holder, lease.until) for case_id in taken}

    async def claim_polled(
        self, poll_key: str, most: int, within: float, without: Collection[str] = ()
    ) -> dict[str, Lease]:
        """Claim up to `most` further cases that are queried by `poll_key` and fall due within `within` seconds, the
        earliest first, and none of `without`."""
        until, left_out = monotonic() + self._seconds, list(without)
        taken = await self._storage.run_write(
            lambda tx: _claim_polled(tx, poll_key, most, within, left_out, self.holder, self._seconds)
        )
        return {case_id: Lease(self.holder, until) for case_id in taken}

    async def extend(self, held: dict[str, Lease]) -> set[str]:
        """Prolong the leases; returns the cases that another worker has taken meanwhile."""
        until = monotonic() + self._seconds
        ids = list(held)
        kept = await self._storage.run_write(lambda tx: _extend(tx, ids, self.holder, self._seconds))
        for case_id in kept:
            held[case_id].until = until
        return set(ids) - kept

    async def rest(self, case_id: str, version: int, seconds: float, poll_key: str = "") -> None:
        """Release the case and make it due in `seconds`, unless it is no longer at `version`: then the other writer has
        set its time.

        Does nothing if the lease was lost. `poll_key`: the portal has answered for the case, and will be queried by
        this key again."""
        await self._storage.run_write(lambda tx: rest(tx, case_id, self.holder, version, seconds, poll_key))

    async def put_off(self, case_id: str, seconds: float) -> None:
        """Like `rest`, for a case whose step ended with an unexpected error."""
        given = {"of_case": case_id, "of_holder": self.holder, "seconds": seconds}
        await self._storage.run_write(lambda tx: tx.execute(_PUT_OFF, given))

    async def release(self, ids: Collection[str]) -> None:
        """Release all leases of this worker: others may claim the cases at once. A case that it claimed just as it was
        stopped becomes due."""
        given = {"ids": list(ids), "of_holder": self.holder}
        await self._storage.run_write(lambda tx: tx.execute(_RELEASE, given))

    async def take_over_own(self) -> int:
        """End the leases of a process that had the same executor's name and left without giving them back."""
        return await self._storage.run_write(lambda tx: _end_leases(tx, self._executor, self.holder))


def is_free() -> ColumnElement[bool]:
    """The case is leased to nobody, or the lease is over."""
    return or_(cases.c.claimed_until.is_(None), cases.c.claimed_until <= database_now())


_THESE: Final = cases.c.id.in_(bindparam("ids", expanding=True))
_LISTED: Final = {
    "sqlite": cases.c.id.in_(select(func.json_each(bindparam("ids", type_=JSON)).table_valued("value").c.value)),
    "postgresql": cases.c.id == any_(bindparam("ids", type_=ARRAY(String))),
}
"""The same for statements that are compiled once."""
_OF_HOLDER: Final = cases.c.claimed_by == bindparam("of_holder")


def _claiming(these: ColumnElement[bool]) -> Any:
    free = (
        select(cases.c.id)
        .where(these, cases.c.due_at <= database_now(), is_free())
        .with_for_update(skip_locked=True)  # SQLite has a single writer and ignores it
    )
    return (
        update(cases)
        .where(cases.c.id.in_(free))
        .values(
            claimed_by=bindparam("holder"),
            claimed_until=database_in("seconds"),
            version=cases.c.version + case((cases.c.claimed_by.is_(None), 0), else_=1),
        )
        .returning(cases.c.id)
    )


_CLAIM: Final = {name: CompiledStatement(_claiming(these)) for name, these in _LISTED.items()}
_EXTEND: Final = (
    update(cases).where(_THESE, _OF_HOLDER).values(claimed_until=database_in("seconds")).returning(cases.c.id)
)
_GIVE_BACK: Final = update(cases).where(_OF_HOLDER).values(claimed_by=null(), claimed_until=null())
_RELEASE: Final = _GIVE_BACK.where(or_(_THESE, cases.c.due_at <= database_now()))
_GIVE_ONE_BACK: Final = _GIVE_BACK.where(cases.c.id == bindparam("of_case"))
_PUT_OFF: Final = _GIVE_ONE_BACK.values(
    due_at=case((cases.c.due_at <= database_now(), database_in("seconds")), else_=cases.c.due_at)
)
_UNCHANGED: Final = cases.c.version == bindparam("read")
_LATER: Final = case((_UNCHANGED, database_in("seconds")), else_=cases.c.due_at)
_REST_SILENT: Final = CompiledStatement(_GIVE_ONE_BACK.values(due_at=_LATER, poll_key=null()))
_REST: Final = CompiledStatement(
    _GIVE_ONE_BACK.values(
        due_at=_LATER,
        poll_key=case((_UNCHANGED, bindparam("key", type_=cases.c.poll_key.type)), else_=null()),
        checked_at=database_now(),
    )
)


def rest(tx: Connection, case_id: str, holder: str, version: int, seconds: float, poll_key: str) -> None:
    """As `Claims.rest`, within a transaction."""
    given = {"of_case": case_id, "of_holder": holder, "read": version, "seconds": seconds}
    if poll_key:
        _REST.later(tx, {**given, "key": poll_key})
    else:
        _REST_SILENT.later(tx, given)


def _claim(tx: Connection, ids: list[str], holder: str, seconds: float) -> list[str]:
    claimed = _CLAIM[tx.dialect.name].all(tx, {"ids": ids, "holder": holder, "seconds": seconds})
    return [row.id for row in claimed]


def _claim_polled(
    tx: Connection, poll_key: str, most: int, within: float, without: list[str], holder: str, seconds: float
) -> list[str]:
    polled = (
        select(cases.c.id)
        .where(cases.c.poll_key == poll_key, cases.c.due_at <= database_in(within), is_free())
        .where(cases.c.id.not_in(without))
        .order_by(cases.c.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = list(tx.execute(polled).scalars())
    if ids:  # due from now on: no worker holds a case that is not
        early = and_(cases.c.id.in_(ids), cases.c.due_at > database_now())
        tx.execute(update(cases).where(early).values(due_at=database_now()))
    return _claim(tx, ids, holder, seconds) if ids else []


def _extend(tx: Connection, ids: list[str], holder: str, seconds: float) -> set[str]:
    return set(tx.execute(_EXTEND, {"ids": ids, "of_holder": holder, "seconds": seconds}).scalars())


def _end_leases(tx: Connection, executor: str, holder: str) -> int:
    """The holder's name stays in the row, so that the next claim counts as taking over."""
    left = and_(
        cases.c.due_at <= database_now(),  # there is an index on it, and no worker holds a case that is not due
        func.substr(cases.c.claimed_by, _MARK + 2) == executor,
        cases.c.claimed_by != holder,
    )
    return int(tx.execute(update(cases).where(left).values(claimed_until=database_now())).rowcount)

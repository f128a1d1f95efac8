"""Leases on endpoints: one process at a time sends to an endpoint, by the database's clock.

That keeps the events of a case in order and the number of requests to one receiver bounded, over all processes. One
that dies leaves its leases behind: the next process of the same name ends them when it starts, any other one takes the
endpoints when they are over.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, func, null, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.notifications.webhooks.model import EndpointState
from gateway.storage import Storage
from gateway.storage.clock import database_in, database_now
from gateway.storage.tables import webhook_endpoints as endpoints

_MARK: Final = 12
"""Length of the random prefix by which a process marks its executor's name."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An endpoint that is this process's to serve, until the lease is over."""

    endpoint_id: str
    client: str
    failures: int
    """Rounds in a row in which it took nothing."""
    until: float = field(compare=False)
    """By `time.monotonic`, rather too early than too late."""


class EndpointClaims:
    """The leases of one process."""

    def __init__(self, storage: Storage, executor: str, lease_seconds: float) -> None:
        self._storage = storage
        self._executor = executor
        self.seconds: Final = lease_seconds
        self.holder: Final = f"{secrets.token_hex(_MARK // 2)}:{executor}"

    async def claim(self, *, well: int, slow: int) -> list[Claimed]:
        """Lease endpoints that have something to send, those that have waited longest first: up to `well` of which
        the last round succeeded, up to `slow` of the others."""
        until = monotonic() + self.seconds

        def work(tx: Connection) -> list[Claimed]:
            found = []
            for statement, most in ((_CLAIM_WELL, well), (_CLAIM_SLOW, slow)):
                if most > 0:
                    rows = tx.execute(statement, {"holder": self.holder, "seconds": self.seconds, "most": most})
                    found += [Claimed(row.id, row.client, row.failures, until) for row in rows]
            return found

        return await self._storage.run_write(work)

    async def due_in(self) -> float | None:
        """Seconds until an endpoint that nobody holds has something to send; 0 or less if one has. None: none will."""
        row = await self._storage.run_read(lambda connection: connection.execute(_NEXT).one_or_none())
        return None if row is None else float((row.due_at - row.read_at).total_seconds())

    async def release(self, ids: Collection[str]) -> None:
        """Give back endpoints that were not served: others may take them at once."""
        if ids:
            given = {"ids": list(ids), "of_holder": self.holder}
            await self._storage.run_write(lambda tx: tx.execute(_RELEASE, given))

    async def take_over_own(self) -> int:
        """End the leases of a process that had the same executor's name and left without giving them back."""
        given = {"executor": self._executor, "of_holder": self.holder}
        return await self._storage.run_write(lambda tx: int(tx.execute(_END, given).rowcount))


def _due() -> list[ColumnElement[bool]]:
    return [
        endpoints.c.state == EndpointState.ENABLED.value,
        or_(endpoints.c.claimed_until.is_(None), endpoints.c.claimed_until <= database_now()),
    ]


def _claiming(kind: ColumnElement[bool]) -> ReturningUpdate[Any]:
    free = (
        select(endpoints.c.id)
        .where(endpoints.c.due_at <= database_now(), kind, *_due())
        .order_by(endpoints.c.due_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)  # SQLite has a single writer and ignores it
    )
    return (
        update(endpoints)
        .where(endpoints.c.id.in_(free))
        .values(claimed_by=bindparam("holder"), claimed_until=database_in("seconds"))
        .returning(endpoints.c.id, endpoints.c.client, endpoints.c.failures)
    )


_CLAIM_WELL: Final = _claiming(endpoints.c.failures == 0)
_CLAIM_SLOW: Final = _claiming(endpoints.c.failures > 0)
_NEXT: Final = (
    select(endpoints.c.due_at, database_now().label("read_at"))
    .where(endpoints.c.due_at.is_not(None), *_due())
    .order_by(endpoints.c.due_at)
    .limit(1)
)
_RELEASE: Final = (
    update(endpoints)
    .where(endpoints.c.id.in_(bindparam("ids", expanding=True)), endpoints.c.claimed_by == bindparam("of_holder"))
    .values(claimed_by=null(), claimed_until=null())
)
_END: Final = (
    update(endpoints)
    .where(
        func.substr(endpoints.c.claimed_by, _MARK + 2) == bindparam("executor"),
        endpoints.c.claimed_by != bindparam("of_holder"),
    )
    .values(claimed_by=null(), claimed_until=null())
)

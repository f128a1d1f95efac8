"""What the last probe of each portal found, for all processes: one row for each operation that was asked.

A row has names of members and types, and no value of an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, insert, select

from gateway.storage import Storage
from gateway.storage.tables import portal_probes

Outcome = Literal["as_recorded", "drift", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastProbe:
    portal: str
    operation: str
    at: datetime
    outcome: Outcome
    code: str
    """Why it could not be asked."""
    drift: tuple[dict[str, str], ...]
    """Differences: `change`, and where there are `member`, `expected` and `found`."""


def last(connection: Connection, portal: str | None = None) -> list[LastProbe]:
    """Of this portal or of all, by portal and operation."""
    c = portal_probes.c
    query = select(portal_probes).order_by(c.portal, c.operation)
    rows = connection.execute(query if portal is None else query.where(c.portal == portal))
    return [
        LastProbe(
            portal=row.portal,
            operation=row.operation,
            at=row.probed_at,
            outcome=row.outcome,
            code=row.code,
            drift=tuple(row.drift),
        )
        for row in rows
    ]


async def drifted(storage: Storage) -> list[LastProbe]:
    """What answered otherwise than recorded when it was probed last, in whichever process."""
    return [each for each in await storage.run_read(last) if each.outcome == "drift"]


def keep(tx: Connection, portal: str, found: Sequence[LastProbe]) -> None:
    """In the place of what was found before."""
    tx.execute(delete(portal_probes).where(portal_probes.c.portal == portal))
    _insert(tx, found)


def keep_operations(tx: Connection, found: Sequence[LastProbe]) -> None:
    """In the place of what was found of the same operations before."""
    c = portal_probes.c
    for each in found:
        tx.execute(delete(portal_probes).where(c.portal == each.portal, c.operation == each.operation))
    _insert(tx, found)


def _insert(tx: Connection, found: Sequence[LastProbe]) -> None:
    for each in found:
        tx.execute(
            insert(portal_probes).values(
                portal=each.portal,
                operation=each.operation,
                probed_at=each.at,
                outcome=each.outcome,
                code=each.code,
                drift=list(each.drift),
            )
        )


def forget_others(tx: Connection, portals: Iterable[str]) -> None:
    """Portals that are no longer probed."""
    tx.execute(delete(portal_probes).where(portal_probes.c.portal.not_in(list(portals))))

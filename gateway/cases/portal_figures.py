"""What the database knows of how a portal does: calls by the hour, errors by code, shapes of answers, late cases.

All of it is summed up already or found by an index, so a look costs the same however much was called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from gateway.cases import terms
from gateway.storage.tables import cases, portal_answers, portal_calls

LATE: Final = 10_000
"""Late cases of a portal that are counted at most."""
_FINE: Final = frozenset({"ok", "refused"})
"""The portal did its part: it may say no."""


@dataclass(slots=True)
class Calls:
    """`failed`: the portal could not be asked, or its answer was lost or not understood. Times are milliseconds."""

    calls: int = 0
    ok: int = 0
    refused: int = 0
    failed: int = 0
    mean: int = 0
    slowest: int = 0
    _sum: int = 0

    def add(self, outcome: str, n: int, milliseconds: int, slowest: int) -> None:
        self.calls += n
        self._sum += milliseconds
        self.slowest = max(self.slowest, slowest)
        self.mean = round(self._sum / self.calls)
        if outcome in _FINE:
            setattr(self, outcome, getattr(self, outcome) + n)
        else:
            self.failed += n


@dataclass(frozen=True, slots=True)
class Failure:
    """Why calls failed, or were refused."""

    operation: str
    outcome: str
    code: str
    count: int


@dataclass(slots=True)
class Traffic:
    total: Calls = field(default_factory=Calls)
    hours: dict[datetime, Calls] = field(default_factory=lambda: defaultdict(Calls))
    operations: dict[str, Calls] = field(default_factory=lambda: defaultdict(Calls))
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAnswer:
    """The shape of an answer. `kind` is empty for a good one."""

    operation: str
    kind: str
    status: int
    shape: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeChange:
    """Good answers of an operation that look otherwise than those before."""

    operation: str
    status: int
    added: tuple[str, ...]
    missing: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Late:
    """Cases of a service whose legal term is over, without an answer of the portal. `oldest` is the earliest last
    day."""

    service: str
    count: int
    oldest: str


def traffic(connection: Connection, portals: Sequence[str], since: datetime) -> dict[str, Traffic]:
    """Of each portal, from that hour on."""
    c = portal_calls.c
    found = {portal: Traffic() for portal in portals}
    counted: dict[str, dict[tuple[str, str, str], int]] = {portal: defaultdict(int) for portal in portals}
    query = select(portal_calls).where(c.portal.in_(portals), c.hour >= since)
    for row in connection.execute(query):
        of = found[row.portal]
        for calls in (of.total, of.hours[row.hour], of.operations[row.operation]):
            calls.add(row.outcome, row.n, row.milliseconds, row.slowest)
        if row.outcome != "ok":
            counted[row.portal][row.operation, row.outcome, row.code] += row.n
    for portal, failures in counted.items():
        found[portal].failures = [
            Failure(*key, n) for key, n in sorted(failures.items(), key=lambda each: (-each[1], each[0]))
        ]
    return found


def answers(connection: Connection, portal: str) -> list[SeenAnswer]:
    """The shapes that are kept, the ones seen last first."""
    c = portal_answers.c
    query = select(portal_answers).where(c.portal == portal).order_by(c.last_seen.desc())
    return [
        SeenAnswer(
            operation=row.operation,
            kind=row.kind,
            status=row.status,
            shape=tuple(row.shape),
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            count=row.n,
        )
        for row in connection.execute(query)
    ]


def changes(seen: Iterable[SeenAnswer], since: datetime) -> list[ShapeChange]:
    """Good answers that were first seen since then, where others of the operation had been seen before. `added` is
    what none of those had, `missing` what all of them had."""
    found = []
    by_operation: Mapping[str, list[SeenAnswer]] = defaultdict(list)
    for each in seen:
        if not each.kind:
            by_operation[each.operation].append(each)
    for operation, shapes in by_operation.items():
        for new in shapes:
            before = [set(each.shape) for each in shapes if each.first_seen < new.first_seen]
            if new.first_seen < since or not before:
                continue
            added = tuple(sorted(set(new.shape).difference(*before)))
            missing = tuple(sorted(set.intersection(*before).difference(new.shape)))
            if added or missing:
                found.append(
                    ShapeChange(
                        operation=operation,
                        status=new.status,
                        added=added,
                        missing=missing,
                        first_seen=new.first_seen,
                        last_seen=new.last_seen,
                    )
                )
    return sorted(found, key=lambda each: each.first_seen, reverse=True)


def late(connection: Connection, portals: Sequence[str], today: str) -> dict[str, list[Late]]:
    """Of each portal by service, those with the most first."""
    c = cases.c
    found: dict[str, list[Late]] = {}
    for portal in portals:
        oldest = (
            select(c.service, c.deadline_on)
            .where(c.portal == portal, *terms.late(today))
            .order_by(c.deadline_on)
            .limit(LATE)
            .subquery()
        )
        count = func.count().label("n")
        first = func.min(oldest.c.deadline_on).label("oldest")
        query = select(oldest.c.service, count, first).group_by(oldest.c.service)
        rows = connection.execute(query).all()
        found[portal] = [Late(row.service, int(row.n), row.oldest) for row in sorted(rows, key=lambda row: -row.n)]
    return found

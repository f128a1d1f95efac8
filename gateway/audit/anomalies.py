"""What in the log an auditor should look at first: found by rules that are written here, over a bounded number of
records.

None of it is a verdict. A rule that finds nothing proves nothing; each finding names records, which say more.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final, Literal

from sqlalchemy import Connection

from gateway.audit import sequencer, span
from gateway.audit.entry import BESIDE
from gateway.audit.record import Record
from gateway.audit.search import MOST, Filter, Found, leaves_of

Kind = Literal["look_without_purpose", "denied", "off_hours", "burst"]

STAFF: Final = frozenset({"agent", "auditor", "operator", "agency"})
BURST_LEAST: Final = 60
"""Calls of a client in one minute from which on they may be a burst..."""
BURST_TIMES: Final = 10
"""...and how many times as many as in its other busy minutes it takes."""
FINDINGS: Final = 50
"""Findings of each kind: those with the most records."""
_SHOWN: Final = 5


@dataclass(slots=True, kw_only=True)
class Finding:
    """Records of one kind, of one client, agent and reason."""

    kind: Kind
    client: str
    actor: str = ""
    principal: str = ""
    operation: str = ""
    reason: str = ""
    outcome: str = ""
    """Of denied attempts, if it is that of each of the records: they can be searched for by it."""
    count: int = 0
    first_at: datetime
    last_at: datetime
    indexes: list[int] = field(default_factory=list)
    """Of the newest of the records."""

    def add(self, found: Found, at: datetime, count: int = 1) -> None:
        self.count += count
        self.outcome = self.outcome if self.outcome == found.record.outcome else ""
        self.first_at, self.last_at = min(self.first_at, at), max(self.last_at, at)
        if len(self.indexes) < _SHOWN:
            self.indexes.append(found.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomalies:
    findings: list[Finding]
    looked: int
    """Records that were looked at."""
    complete: bool
    """Whether these are all of the time asked for; else the newest ones."""
    looked_from: datetime | None
    """The earliest time among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTime:
    """When staff works. `days` are those of ISO 8601: Monday is 1."""

    first_hour: int
    end_hour: int
    days: tuple[int, ...]
    zone: tzinfo

    def holds(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        return local.isoweekday() in self.days and self.first_hour <= local.hour < self.end_hour


def anomalies(
    connection: Connection, *, since: datetime, until: datetime, scan: int, working: WorkingTime
) -> Anomalies:
    """Looks through at most `scan` of the newest records between these times."""
    records, complete = _newest(connection, since, until, scan)
    timed = [(each, datetime.fromisoformat(each.record.at)) for each in records]
    grouped: dict[tuple[str, ...], Finding] = {}
    for found, at in timed:
        for kind, count in _rules(found.record, at, working):
            finding = _finding(grouped, kind, found.record, at)
            finding.add(found, at, count)
    findings = [*grouped.values(), *_bursts(timed)]
    kept = _most(findings)
    return Anomalies(
        findings=kept,
        looked=len(records),
        complete=complete,
        looked_from=min((at for _, at in timed), default=None),
    )


def _newest(connection: Connection, since: datetime, until: datetime, scan: int) -> tuple[list[Found], bool]:
    start = span.first(connection, since)
    stop: int | None = min(sequencer.size(connection), span.last(connection, until))
    where, found = Filter(since=since, until=until), list[Found]()
    while stop is not None and len(found) < scan:
        limit = min(MOST, scan - len(found))
        page = leaves_of(connection, where, start, stop, limit=limit, oldest_first=False)
        found += page.found()
        stop = page.next
    return found, stop is None


def _rules(record: Record, at: datetime, working: WorkingTime) -> Iterator[tuple[Kind, int]]:
    denied = sum(each.count for each in record.sums if each.outcome == "denied")
    if record.outcome == "denied" or record.decision == "deny" or denied:
        yield "denied", denied or 1
        return
    if record.principal not in STAFF:
        return
    if record.subject and not record.purpose and not record.mandate:  # who gives a mandate says what for
        yield "look_without_purpose", 1
    if record.reason not in BESIDE and not working.holds(at):
        yield "off_hours", 1


def _finding(grouped: dict[tuple[str, ...], Finding], kind: Kind, record: Record, at: datetime) -> Finding:
    reason = (record.reason or record.code) if kind == "denied" else ""
    operation = record.operation if kind == "look_without_purpose" else ""
    key = (kind, record.client, record.actor, reason, operation)
    found = grouped.get(key)
    if found is None:
        found = grouped[key] = Finding(
            kind=kind,
            client=record.client,
            actor=record.actor,
            principal=record.principal,
            operation=operation,
            reason=reason,
            outcome=record.outcome if kind == "denied" else "",
            first_at=at,
            last_at=at,
        )
    return found


def _bursts(timed: Iterable[tuple[Found, datetime]]) -> Iterator[Finding]:
    """Of each client, minutes with many times the calls of its others."""
    minutes: dict[str, dict[datetime, list[tuple[Found, datetime]]]] = defaultdict(lambda: defaultdict(list))
    for found, at in timed:
        beside = found.record.reason in BESIDE  # of a call that has its own record
        if found.record.client and not beside and found.record.kind in ("call", "access", "refusal"):
            minutes[found.record.client][at.replace(second=0, microsecond=0)].append((found, at))
    for client, by_minute in minutes.items():
        total = sum(map(len, by_minute.values()))
        for calls in by_minute.values():
            others = (total - len(calls)) / (len(by_minute) - 1) if len(by_minute) > 1 else 0.0
            if len(calls) >= BURST_LEAST and len(calls) >= BURST_TIMES * others:
                finding = Finding(kind="burst", client=client, first_at=calls[0][1], last_at=calls[0][1])
                for found, at in calls:
                    finding.add(found, at)
                yield finding


def _most(findings: Iterable[Finding]) -> list[Finding]:
    by_kind: dict[Kind, list[Finding]] = defaultdict(list)
    for each in findings:
        by_kind[each.kind].append(each)
    return [each for found in by_kind.values() for each in heapq.nlargest(FINDINGS, found, key=_weight)]


def _weight(finding: Finding) -> tuple[int, datetime]:
    return finding.count, finding.last_at

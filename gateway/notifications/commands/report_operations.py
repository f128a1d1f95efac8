"""What the operator looks at: queues and what is overdue in them, workers, messages and webhooks that fail.

Every number is bounded: a queue of a million costs a look no more than one of `COUNTED`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from gateway.cases.model import now
from gateway.notifications.messages import store as message_store
from gateway.notifications.messages.store import FAILED, State
from gateway.notifications.webhooks.model import EndpointState
from gateway.storage import Storage
from gateway.storage.clock import database_now
from gateway.storage.tables import case_events, cases, messages, outbox, webhook_deliveries, webhook_endpoints

COUNTED: Final = 10_000
"""Entries of a queue that are counted at most."""
_ENDPOINTS: Final = 100
_WORKERS: Final = 100

QueueName = Literal["journeys", "outbox", "messages", "webhooks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """`overdue` is in seconds: for how long the entry that waits longest has been due; 0 if none is."""

    name: QueueName
    due: int
    """What could be done now, whether a process has taken it or not."""
    taken: int
    """...of which a process has a lease."""
    overdue: float
    """Of those that nobody has taken."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that holds leases. One that has nothing to do is not seen here."""

    name: str
    leases: int
    until: datetime
    """When the last of its leases is over, unless it is renewed."""


@dataclass(frozen=True, slots=True)
class MessageFailure:
    channel: str
    state: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingWebhook:
    id: str
    client: str
    host: str
    """Of its address, which may hold secrets of the receiver's."""
    state: EndpointState
    reason: str
    failed_rounds: int
    failing_since: datetime | None
    succeeded_at: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsReport:
    since: datetime
    until: datetime
    queues: list[Queue]
    workers: list[Worker]
    message_failures: list[MessageFailure]
    webhooks: list[FailingWebhook]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOperations:
    storage: Storage

    async def run(self, hours: int) -> OperationsReport:
        """Failures of messages are those of so many hours back; everything else is as it is now."""
        until = now()
        since = until - timedelta(hours=hours)

        def read(connection: Connection) -> OperationsReport:
            failures = message_store.counts(connection, since)
            failed = {each.value for each in (*FAILED, State.GIVEN_UP)}
            return OperationsReport(
                since=since,
                until=until,
                queues=_queues(connection),
                workers=_workers(connection),
                message_failures=[MessageFailure(*each) for each in failures if each[1] in failed],
                webhooks=_failing(connection),
            )

        return await self.storage.run_read(read)


def _queues(connection: Connection) -> list[Queue]:
    return [
        _leased(connection, "journeys", cases),
        _outbox(connection),
        _leased(connection, "messages", messages),
        _leased(connection, "webhooks", webhook_endpoints),
    ]


def _leased(connection: Connection, name: QueueName, table: Table) -> Queue:
    of, clock = table.c, database_now()
    due = (
        select(of.due_at, _free(table).label("free"))
        .where(of.due_at <= clock)
        .order_by(of.due_at)
        .limit(COUNTED)
        .subquery()
    )
    free = due.c.free
    query = select(
        func.count().label("due"),
        func.count().filter(free).label("free"),
        func.min(due.c.due_at).filter(free).label("oldest"),
        select(clock).scalar_subquery().label("read_at"),
    ).select_from(due)
    row = connection.execute(query).one()
    return Queue(name=name, due=row.due, taken=row.due - row.free, overdue=_seconds(row.read_at, row.oldest))


def _outbox(connection: Connection) -> Queue:
    """Lines of timelines that nobody was told of yet. They have no time of their own: that of the first one's event."""
    waiting = select(outbox.c.id).limit(COUNTED).subquery()
    due = connection.execute(select(func.count()).select_from(waiting)).scalar_one()
    oldest = (
        select(case_events.c.at, database_now().label("read_at"))
        .join(outbox, and_(outbox.c.case_id == case_events.c.case_id, outbox.c.seq == case_events.c.seq))
        .order_by(outbox.c.id)
        .limit(1)
    )
    row = connection.execute(oldest).one_or_none()
    return Queue(name="outbox", due=due, taken=0, overdue=_seconds(row.read_at, row.at) if row is not None else 0.0)


def _workers(connection: Connection) -> list[Worker]:
    """By the name of the executor; a process that was started anew under its name is one."""
    found: dict[str, tuple[int, datetime]] = {}
    for table in (cases, messages, webhook_endpoints):
        of = table.c
        held = (
            select(of.claimed_by, of.claimed_until)
            .where(of.due_at <= database_now(), of.claimed_until > database_now())
            .limit(COUNTED)
            .subquery()
        )
        query = select(held.c.claimed_by, func.count().label("n"), func.max(held.c.claimed_until).label("until"))
        for row in connection.execute(query.group_by(held.c.claimed_by).limit(_WORKERS)):
            name = str(row.claimed_by).partition(":")[2] or str(row.claimed_by)
            n, until = found.get(name, (0, row.until))
            found[name] = (n + row.n, max(until, row.until))
    return [Worker(name, n, until) for name, (n, until) in sorted(found.items())]


def _failing(connection: Connection) -> list[FailingWebhook]:
    of, to = webhook_endpoints.c, webhook_deliveries.c
    bad = or_(of.failures > 0, of.state == EndpointState.DISABLED.value)
    query = select(webhook_endpoints).where(bad).order_by(of.failing_since, of.id).limit(_ENDPOINTS)
    found = []
    for row in connection.execute(query).all():
        pending = select(to.id).where(to.endpoint_id == row.id, to.state == "pending").limit(COUNTED).subquery()
        found.append(
            FailingWebhook(
                id=row.id,
                client=row.client,
                host=urlsplit(row.url).hostname or "",
                state=EndpointState(row.state),
                reason=row.reason,
                failed_rounds=row.failures,
                failing_since=row.failing_since,
                succeeded_at=row.succeeded_at,
                waiting=connection.execute(select(func.count()).select_from(pending)).scalar_one(),
            )
        )
    return found


def _free(table: Table) -> ColumnElement[bool]:
    return or_(table.c.claimed_until.is_(None), table.c.claimed_until <= database_now())


def _seconds(at: Any, since: Any) -> float:
    return 0.0 if since is None else max(0.0, float((at - since).total_seconds()))

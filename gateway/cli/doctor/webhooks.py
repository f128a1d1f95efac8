"""Webhooks: whether anybody hands out events and delivers them, and which endpoints are disabled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, or_, select

from gateway.cli.doctor.findings import Finding, note, wrong
from gateway.notifications.webhooks.model import EndpointState
from gateway.settings import Settings
from gateway.storage.clock import database_in, database_now
from gateway.storage.tables import case_events, outbox, webhook_endpoints

_OVERDUE: Final = timedelta(minutes=1)


def webhooks(connection: Connection, settings: Settings) -> list[Finding]:
    return [*_not_handed_out(connection, settings), *_not_delivered(connection, settings), *_disabled(connection)]


def _not_handed_out(connection: Connection, settings: Settings) -> list[Finding]:
    """Events that nobody takes out of the outbox: neither clients nor people are told."""
    late = datetime.now(UTC) - _OVERDUE
    query = (
        select(func.count(), func.min(case_events.c.at))
        .select_from(outbox)
        .join(case_events, (case_events.c.case_id == outbox.c.case_id) & (case_events.c.seq == outbox.c.seq))
        .where(case_events.c.at < late)
    )
    count, since = connection.execute(query).one()
    if not count:
        return []
    message = f"{count} events are told to nobody, the first since {since:%Y-%m-%d %H:%M:%S} UTC"
    return [wrong("outbox", message, _remedy(settings, "outbox_line_failed"))]


def _not_delivered(connection: Connection, settings: Settings) -> list[Finding]:
    columns = webhook_endpoints.c
    late = database_in(-_OVERDUE.total_seconds())
    free = or_(columns.claimed_until.is_(None), columns.claimed_until <= database_now())
    query = select(func.count(), func.min(columns.due_at)).where(
        columns.state == EndpointState.ENABLED.value, columns.due_at < late, free
    )
    count, since = connection.execute(query).one()
    if not count:
        return []
    message = f"{count} endpoints wait to be told, the first since {since:%Y-%m-%d %H:%M:%S} UTC"
    return [wrong("webhooks", message, _remedy(settings, "webhook_not_served"))]


def _disabled(connection: Connection) -> list[Finding]:
    columns = webhook_endpoints.c
    query = select(columns.client, func.count()).where(columns.state == EndpointState.DISABLED.value)
    found = connection.execute(query.group_by(columns.client).order_by(columns.client)).all()
    if not found:
        return []
    listed = ", ".join(f"{client} ({count})" for client, count in found)
    return [note("webhooks", f"disabled endpoints, by client: {listed}", "their clients can resume them")]


def _remedy(settings: Settings, event: str) -> str:
    command = "serve" if settings.journeys_embedded else "work"
    return f"start `mre-gateway {command}`; if it runs, look for {event} in its log"

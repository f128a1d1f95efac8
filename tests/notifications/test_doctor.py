"""What doctor says of webhooks."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from gateway.cli.doctor.findings import Finding
from gateway.cli.doctor.webhooks import webhooks
from gateway.notifications.webhooks.model import DisabledReason
from gateway.settings import load
from gateway.storage import Storage
from gateway.storage.tables import case_events, webhook_endpoints

from .cases import filed
from .conftest import hooks_on
from .receiver import Receiver

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


async def findings(storage: Storage) -> list[Finding]:
    return await storage.run_read(lambda connection: webhooks(connection, load()))


async def test_doctor_names_what_nobody_delivers(storage: Storage, receiver: Receiver) -> None:
    hooks = hooks_on(storage, receiver)
    endpoint = await hooks.endpoint("/a")
    await filed(hooks.cases)
    await storage.run_write(lambda tx: tx.execute(update(case_events).values(at=datetime.now(UTC))))
    assert await findings(storage) == []
    await storage.run_write(lambda tx: tx.execute(update(case_events).values(at=LONG_AGO)))
    (found,) = await findings(storage)
    assert (found.check, found.level) == ("outbox", "wrong")
    await hooks.relay.relay()
    await storage.run_write(lambda tx: tx.execute(update(webhook_endpoints).values(due_at=LONG_AGO)))
    (found,) = await findings(storage)
    assert (found.check, found.level) == ("webhooks", "wrong")
    await storage.run_write(lambda tx: hooks.endpoints.disable(tx, endpoint.id, DisabledReason.FAILING))
    (found,) = await findings(storage)
    assert (found.level, found.message) == ("note", "disabled endpoints, by client: app (1)")

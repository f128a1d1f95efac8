"""The whole way from a case's change to a receiver, on a real database and real sockets, in this process."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver
from sqlalchemy import Connection, func, select, update

from gateway.audit.entry import Entry
from gateway.cases.store import Cases
from gateway.notifications.relay import Relay
from gateway.notifications.webhooks.deliveries import Deliveries
from gateway.notifications.webhooks.dispatcher import Dispatcher
from gateway.notifications.webhooks.endpoints import Endpoints
from gateway.notifications.webhooks.model import Delivery, Endpoint
from gateway.notifications.webhooks.sender import Sender
from gateway.secret import Secret
from gateway.settings import Webhooks
from gateway.storage import Storage
from gateway.storage.notices import Notices
from gateway.storage.tables import webhook_deliveries, webhook_endpoints
from tests.waiting import eventually

from .cases import VAULT, store
from .receiver import Receiver, receiving

_TIMES = {
    webhook_endpoints: ("due_at", "failing_since", "succeeded_at"),
    webhook_deliveries: ("created_at", "first_attempt_at", "last_attempt_at", "due_at"),
}


class Records:
    """The audit log as far as a dispatcher knows it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def append(self, tx: Connection, entry: Entry) -> None:
        self.entries.append(entry)


@dataclass
class Hooks:
    storage: Storage
    settings: Webhooks
    receiver: Receiver
    cases: Cases
    endpoints: Endpoints
    deliveries: Deliveries
    dispatcher: Dispatcher
    relay: Relay
    records: Records
    allowed: set[str] = field(default_factory=lambda: {"app"})

    async def endpoint(self, path: str, *, client: str = "app", types: tuple[str, ...] = (), url: str = "") -> Endpoint:
        """One that is verified."""
        return (await self.endpoint_and_secret(path, client=client, types=types, url=url))[0]

    async def endpoint_and_secret(
        self, path: str, *, client: str = "app", types: tuple[str, ...] = (), url: str = ""
    ) -> tuple[Endpoint, Secret]:
        def work(tx: Connection) -> tuple[Endpoint, Secret]:
            given = {"url": url or self.receiver.url + path, "description": "", "event_types": types}
            made, secret = self.endpoints.create(tx, client=client, **given)
            return self.endpoints.verified(tx, made), secret

        return await self.storage.run_write(work)

    async def of(self, endpoint: Endpoint) -> list[Delivery]:
        """Its deliveries, the oldest first."""
        found, _ = await self.deliveries.page(endpoint.id, before=None, limit=10_000)
        return found[::-1]

    async def waiting(self) -> int:
        query = select(func.count()).select_from(webhook_deliveries).where(webhook_deliveries.c.state == "pending")
        return await self.storage.run_read(lambda connection: connection.execute(query).scalar_one())

    async def until_sent(self) -> None:
        """Until nothing waits."""

        async def nothing() -> bool:
            return await self.waiting() == 0

        await self.relay.relay()
        await eventually(nothing)

    async def until(self, look: Callable[[], Awaitable[Any]]) -> None:
        await self.relay.relay()
        await eventually(look)

    async def pass_time(self, seconds: float) -> None:
        """As if so much time had passed: everything is so much longer ago."""

        def work(tx: Connection) -> None:
            for table, names in _TIMES.items():
                key = next(iter(table.primary_key.columns))
                for row in tx.execute(select(key, *(table.c[name] for name in names))).all():
                    moved = {name: getattr(row, name) for name in names if getattr(row, name) is not None}
                    values = {name: at - timedelta(seconds=seconds) for name, at in moved.items()}
                    if values:
                        tx.execute(update(table).where(key == row[0]).values(values))

        await self.storage.run_write(work)
        self.dispatcher.wake()


def hooks_on(
    storage: Storage,
    receiver: Receiver,
    *,
    resolver: AbstractResolver | None = None,
    executor: str = "one",
    **over: Any,
) -> Hooks:
    settings = Webhooks(**{"loopback": True, "ca": str(receiver.ca), "endpoints_per_client": 10_000, **over})
    cases, records, allowed = store(storage), Records(), {"app"}
    endpoints = Endpoints(storage, VAULT, settings)
    deliveries = Deliveries(storage, allowed.__contains__)
    notices = Notices(storage, "changed")
    dispatcher = Dispatcher(
        endpoints=endpoints,
        deliveries=deliveries,
        sender=Sender(settings, resolver=resolver),
        audit=records,  # type: ignore[arg-type]
        settings=settings,
        executor=executor,
        notices=notices,
        tick_seconds=0.05,
        may_have=allowed.__contains__,
    )
    deliveries.on_waiting(dispatcher.wake)
    relay = Relay(storage, notices, [deliveries], seconds=0.05)
    return Hooks(storage, settings, receiver, cases, endpoints, deliveries, dispatcher, relay, records, allowed)


@asynccontextmanager
async def dispatching(hooks: Hooks) -> AsyncIterator[None]:
    await hooks.dispatcher.start()
    try:
        yield
    finally:
        await hooks.dispatcher.stop(grace=0.0)
        await hooks.dispatcher._sender.close()


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    async with receiving(tmp_path) as found:
        yield found


@pytest.fixture
async def hooks(storage: Storage, receiver: Receiver) -> AsyncIterator[Hooks]:
    """With the settings as they are, and a dispatcher that runs."""
    found = hooks_on(storage, receiver)
    async with dispatching(found):
        yield found


def another(hooks: Hooks, **over: Any) -> Hooks:
    """A second process on the same database."""
    made = hooks_on(hooks.storage, hooks.receiver, executor="two", **over)
    return dataclasses.replace(made)

"""Two processes change endpoints of one client at the same moment, on PostgreSQL."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text, update

from gateway.notifications.webhooks.model import Endpoint
from gateway.notifications.webhooks.reply import Reply
from gateway.notifications.webhooks.rounds import Rounds, Tried
from gateway.storage import Storage
from gateway.storage.tables import webhook_endpoints
from tests.waiting import PATIENCE

from .cases import filed
from .conftest import hooks_on
from .receiver import Receiver

ON_POSTGRESQL = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@ON_POSTGRESQL
async def test_endpoints_disabled_at_the_same_moment_tell_each_other(storage: Storage, receiver: Receiver) -> None:
    hooks = hooks_on(storage, receiver)
    both = [await hooks.endpoint("/one"), await hooks.endpoint("/two")]
    await filed(hooks.cases)
    await hooks.relay.relay()
    reply = Reply(outcome="refused", status=410)
    gone = {each.id: [Tried(delivery, reply) for delivery in await hooks.of(each)] for each in both}
    assert all(gone.values())
    await storage.run_write(lambda tx: tx.execute(update(webhook_endpoints).values(claimed_by="one")))
    rounds = Rounds(hooks.endpoints, hooks.settings, "one")
    written = {each.id: threading.Event() for each in both}

    def disabling(mine: Endpoint, other: Endpoint) -> Callable[[Connection], None]:
        def work(tx: Connection) -> None:
            assert rounds.write(tx, mine.id, gone[mine.id], seconds=None).disabled
            written[mine.id].set()
            # Go on once the other one has its locks, or waits for ours.
            until = time.monotonic() + PATIENCE
            while not written[other.id].is_set() and not tx.execute(WAITING).scalar_one():
                assert time.monotonic() < until
            hooks.deliveries.tell_others(tx, mine, "webhook.disabled", "{}")

        return work

    await asyncio.gather(*(storage.run_write(disabling(*pair)) for pair in (both, both[::-1])))
    for each in both:
        found = await hooks.endpoints.get(each.id)
        assert found
        assert (found.state.value, found.reason) == ("disabled", "gone")
        assert [delivery.event_type for delivery in await hooks.of(each)].count("webhook.disabled") == 1

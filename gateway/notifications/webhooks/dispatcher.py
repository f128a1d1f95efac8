"""Sends what waits in the deliveries, endpoint by endpoint, on nothing but the database.

An endpoint with something to send is due. This process claims due endpoints, those that have waited longest first,
serves each for a moment, and gives it back with the time when it is due again; whoever has more to send comes last
then. Endpoints that failed, or take longer than a moment, have places of their own: however many of them hang, the
others find theirs free.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog
from sqlalchemy import Connection

from gateway.async_tasks import end, let_end
from gateway.audit.entry import Entry
from gateway.audit.log import AuditLog
from gateway.cases.model import now
from gateway.ids import new_id
from gateway.notifications.webhooks import metrics
from gateway.notifications.webhooks.claims import Claimed, EndpointClaims
from gateway.notifications.webhooks.deliveries import Deliveries
from gateway.notifications.webhooks.endpoints import Endpoints
from gateway.notifications.webhooks.model import DISABLED, Delivery, Endpoint, payload
from gateway.notifications.webhooks.reply import Reply, WebhookSender
from gateway.notifications.webhooks.rounds import Next, Rounds, Tried, Written
from gateway.notifications.webhooks.signature import signed_headers
from gateway.settings import Webhooks
from gateway.storage.notices import Notices

log = structlog.get_logger()

_REFUSED_SECONDS: Final = 3600.0
"""How long an endpoint waits whose client may no longer have webhooks."""

_STOP_SECONDS: Final = 2.0
"""The end of the process does not wait longer for a receiver."""


class Dispatcher:
    """Delivers in this process."""

    def __init__(
        self,
        *,
        endpoints: Endpoints,
        deliveries: Deliveries,
        sender: WebhookSender,
        audit: AuditLog,
        settings: Webhooks,
        executor: str,
        notices: Notices,
        tick_seconds: float,
        may_have: Callable[[str], bool],
    ) -> None:
        self._storage = endpoints.storage
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._sender = sender
        self._audit = audit
        self._settings = settings
        self._notices = notices
        self._tick_seconds = tick_seconds
        self._may_have = may_have
        self._claims = EndpointClaims(self._storage, executor, settings.lease_seconds)
        self._rounds = Rounds(endpoints, settings, self._claims.holder)
        self._well: set[str] = set()
        self._slow: set[str] = set()
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if left := await self._claims.take_over_own():
            log.info("leases_taken_over", count=left)
        self._notices.subscribe(self.wake)
        self._task = asyncio.create_task(self._run(), name="webhooks")

    async def stop(self, grace: float = 10.0) -> None:
        """Claim nothing new, let requests under way end, cancel those that take longer than `grace` seconds, or a
        moment: their events are sent again."""
        self._stopping = True
        if self._task is not None:
            await end(self._task)
            await self._notices.unsubscribe(self.wake)
        held = list(self._turns)
        if await let_end(self._turns.values(), min(grace, _STOP_SECONDS)):
            await self._claims.release(held)

    def wake(self) -> None:
        """On the event loop: there may be something to send."""
        self._woken.set()

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            seconds = self._tick_seconds
            try:
                due = await self._claims.due_in()
                if due is not None and due <= 0:
                    await self._claim()
                elif due is not None:
                    seconds = min(seconds, due)
            except Exception:
                log.exception("webhooks_not_claimed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._woken.wait()

    async def _claim(self) -> None:
        settings = self._settings
        well, slow = settings.concurrent - len(self._well), settings.concurrent_slow - len(self._slow)
        if well <= 0 and slow <= 0:
            return
        for each in await self._claims.claim(well=well, slow=slow):
            (self._slow if each.failures else self._well).add(each.endpoint_id)
            self._turns[each.endpoint_id] = asyncio.create_task(self._serve(each), name="webhook")
        self._count()

    async def _serve(self, claimed: Claimed) -> None:
        endpoint_id = claimed.endpoint_id
        moving = asyncio.get_running_loop().call_later(self._settings.slow_seconds, self._make_room, endpoint_id)
        try:
            await self._rounds_of(claimed)
        except Exception:
            log.exception("webhook_not_served", webhook_id=endpoint_id)  # its lease ends by itself
        finally:
            moving.cancel()
            self._well.discard(endpoint_id)
            self._slow.discard(endpoint_id)
            self._turns.pop(endpoint_id, None)
            self._count()
            self.wake()

    def _make_room(self, endpoint_id: str) -> None:
        """It takes long: it counts among the slow ones from now on, if there is a place."""
        if endpoint_id in self._well and len(self._slow) < self._settings.concurrent_slow:
            self._well.discard(endpoint_id)
            self._slow.add(endpoint_id)
            self._count()
            self.wake()

    async def _rounds_of(self, claimed: Claimed) -> None:
        """Round after round, until there is nothing to send, it took nothing, or its moment is over."""
        if not self._may_have(claimed.client):
            await self._storage.run_write(lambda tx: self._rounds.put_off(tx, claimed.endpoint_id, _REFUSED_SECONDS))
            return
        began, until, failing = time.monotonic(), claimed.until, claimed.failures > 0
        while True:
            read = await self._storage.run_read(
                partial(self._rounds.read_next, endpoint_id=claimed.endpoint_id, failing=failing)
            )
            if read is None:
                await self._claims.release([claimed.endpoint_id])
                return
            tried: list[Tried] = []
            if not self._stopping and time.monotonic() + self._settings.seconds < until:
                tried = list(await asyncio.gather(*(self._send(read, each) for each in read.deliveries)))
            over = not tried or self._stopping or time.monotonic() - began > self._settings.slow_seconds
            keep = None if over else self._claims.seconds
            until = time.monotonic() + self._claims.seconds
            written = await self._storage.run_write(
                partial(self._write, endpoint=read.endpoint, tried=tried, keep=keep)
            )
            if written.disabled is not None:
                metrics.disabled.labels(written.disabled.value).inc()
                log.warning("webhook_disabled", webhook_id=claimed.endpoint_id, reason=written.disabled.value)
            if written.released:
                return
            failing = False

    def _write(self, tx: Connection, endpoint: Endpoint, tried: list[Tried], keep: float | None) -> Written:
        written = self._rounds.write(tx, endpoint.id, tried, seconds=keep)
        if written.disabled is not None:
            data = {"webhook": endpoint.id, "reason": written.disabled.value}
            self._deliveries.tell_others(tx, endpoint, DISABLED, payload(DISABLED, now(), data))
            self._audit.append(tx, _record(endpoint, written.disabled.value))
        return written

    async def _send(self, read: Next, delivery: Delivery) -> Tried:
        body, began = delivery.payload.encode(), time.monotonic()
        headers = signed_headers(delivery.event_id, int(time.time()), body, read.secrets)
        try:
            reply = await self._sender.post(read.endpoint.url, body, headers)
        except Exception:
            log.exception("webhook_not_sent", webhook_id=read.endpoint.id)
            reply = Reply(outcome="broken")
        metrics.attempts.labels(reply.outcome).inc()
        metrics.attempt_seconds.observe(time.monotonic() - began)
        if reply.delivered:
            metrics.delay_seconds.observe(max(0.0, (now() - delivery.created_at).total_seconds()))
        return Tried(delivery, reply)

    def _count(self) -> None:
        metrics.serving.labels("well").set(len(self._well))
        metrics.serving.labels("slow").set(len(self._slow))


def _record(endpoint: Endpoint, reason: str) -> Entry:
    return Entry(
        call_id=new_id("step"),
        kind="step",
        operation="webhooks.disable",
        client=endpoint.client,
        principal="journey",
        purpose="webhooks",
        reason=reason,
    )

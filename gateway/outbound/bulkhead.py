"""Limits concurrent requests, so that one slow portal cannot take every place in the gateway."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Final

import httpx
import structlog

from gateway.outbound.call_context import OperationContext, context_of
from gateway.outbound.errors import BulkheadFull, ConnectorOverloaded
from gateway.outbound.layer import Layer
from gateway.settings import Bulkhead as Settings
from gateway.telemetry.metrics import PortalMetrics

log = structlog.get_logger(__name__)

_TOLD_EACH: Final = 60.0
"""Seconds between two lines in the log about the same connector."""


class Bulkhead(Layer):
    """Lets `concurrent` requests through at once; `queue` more may wait, each at most `queue_seconds`, in order of
    arrival.

    Raises `BulkheadFull` for the others: `ConnectorOverloaded` if most places are taken by one operation, or by
    requests that operations have left behind, because then it is not the portal that is slow.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, settings: Settings, metrics: PortalMetrics) -> None:
        super().__init__(inner)
        self._settings = settings
        self._metrics = metrics
        self._places = asyncio.Semaphore(settings.concurrent)
        self._waiting = 0
        self._inside: list[OperationContext] = []
        self._told = float("-inf")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._places.locked():
            await self._wait(request)
        else:
            await self._places.acquire()  # does not suspend: a place is free and nobody waits for it
        call = context_of(request).call
        self._inside.append(call)
        try:
            return await self._inner.handle_async_request(request)
        finally:
            del self._inside[next(place for place, each in enumerate(self._inside) if each is call)]
            self._places.release()

    async def _wait(self, request: httpx.Request) -> None:
        if self._waiting >= self._settings.queue:
            self._metrics.event("bulkhead", "full")
            raise self._full("too many requests wait for this portal")
        self._metrics.event("bulkhead", "queued")
        self._waiting += 1
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._settings.queue_seconds):
                await self._places.acquire()
        except TimeoutError:
            self._metrics.event("bulkhead", "waited_too_long")
            raise self._full("no place became free for this portal") from None
        finally:
            self._waiting -= 1
            context_of(request).queued = time.perf_counter() - started

    def _full(self, why: str) -> BulkheadFull:
        wait = self._settings.queue_seconds
        if not self._inside:  # places are given to those who waited before they are inside
            return BulkheadFull(why, retry_after=wait)
        greediest, held = self._greediest()
        if 2 * held <= self._settings.concurrent or held == 1:
            return BulkheadFull(why, retry_after=wait)
        now = time.monotonic()
        if now - self._told >= _TOLD_EACH:
            self._told = now
            operation = greediest.operation.name
            log.error("connector_overloaded", portal=greediest.portal, operation=operation, count=held)
        return ConnectorOverloaded("the connector holds most places itself", retry_after=wait)

    def _greediest(self) -> tuple[OperationContext, int]:
        """Whose requests are most: one operation's, or those of all operations that have ended together."""
        held = Counter(0 if each.ended else id(each) for each in self._inside)
        most, number = held.most_common(1)[0]
        return next(each for each in self._inside if most == (0 if each.ended else id(each))), number

"""Limits concurrent requests, so that one slow portal cannot take every place in the gateway."""

from __future__ import annotations

import asyncio
import time

import httpx

from gateway.outbound.call_context import context_of
from gateway.outbound.errors import BulkheadFull
from gateway.outbound.layer import Layer
from gateway.settings import Bulkhead as Settings
from gateway.telemetry.metrics import PortalMetrics


class Bulkhead(Layer):
    """Lets `concurrent` requests through at once; `queue` more may wait, each at most `queue_seconds`, in order of
    arrival.

    Raises `BulkheadFull` for the others.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, settings: Settings, metrics: PortalMetrics) -> None:
        super().__init__(inner)
        self._settings = settings
        self._metrics = metrics
        self._places = asyncio.Semaphore(settings.concurrent)
        self._waiting = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._places.locked():
            await self._wait(request)
        else:
            await self._places.acquire()  # does not suspend: a place is free and nobody waits for it
        try:
            return await self._inner.handle_async_request(request)
        finally:
            self._places.release()

    async def _wait(self, request: httpx.Request) -> None:
        if self._waiting >= self._settings.queue:
            self._metrics.event("bulkhead", "full")
            raise BulkheadFull("too many requests wait for this portal", retry_after=self._settings.queue_seconds)
        self._metrics.event("bulkhead", "queued")
        self._waiting += 1
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._settings.queue_seconds):
                await self._places.acquire()
        except TimeoutError:
            self._metrics.event("bulkhead", "waited_too_long")
            raise BulkheadFull(
                "no place became free for this portal", retry_after=self._settings.queue_seconds
            ) from None
        finally:
            self._waiting -= 1
            context_of(request).queued = time.perf_counter() - started

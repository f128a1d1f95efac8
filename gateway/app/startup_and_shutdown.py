"""Startup and shutdown of a gateway: what starts after what, how it stops, and what a signal to end does at once."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final

import structlog

from gateway.cases.worker import Worker
from gateway.notifications.messages.sender import MessageSender
from gateway.notifications.webhooks.dispatcher import Dispatcher
from gateway.storage.migrate import migrate
from gateway.storage.private_files import make_private

if TYPE_CHECKING:
    from gateway.app.gateway import Gateway

log = structlog.get_logger()

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@asynccontextmanager
async def running(gateway: Gateway) -> AsyncIterator[None]:
    """Migrate, start the audit log and the journeys; on the way out stop them in reverse order."""
    settings = gateway.settings
    make_private(settings.state_dir, settings.store_url)  # and not when only put together
    async with AsyncExitStack() as stack:
        gateway.blocked_loop.start()
        stack.push_async_callback(gateway.blocked_loop.stop)
        stack.push_async_callback(gateway.storage.close)
        await migrate(gateway.storage)
        stack.push_async_callback(gateway.due.close)
        stack.push_async_callback(gateway.idempotency.stop)
        await gateway.idempotency.start()
        stack.push_async_callback(gateway.portals.close)
        await gateway.portals.start()
        stack.push_async_callback(gateway.reloads.stop)
        await gateway.reloads.start()
        stack.push_async_callback(gateway.verifier.close)
        stack.push_async_callback(gateway.inspection.close)
        await gateway.audit.start()
        stack.push_async_callback(gateway.audit.stop)
        await gateway.sums.start()
        stack.push_async_callback(gateway.sums.stop)
        await gateway.shared_rates.start()
        stack.push_async_callback(gateway.shared_rates.stop)
        stack.push_async_callback(gateway.anchors.stop)
        await gateway.anchors.ask()  # before anything more is signed
        await gateway.checkpointer.start()
        stack.push_async_callback(gateway.checkpointer.stop)
        await gateway.anchors.start()
        await gateway.probes.start()
        stack.push_async_callback(gateway.probes.stop)
        await gateway.housekeeping.start()
        stack.push_async_callback(gateway.housekeeping.stop)
        stack.push_async_callback(gateway.webhook_sender.close)
        if gateway.dispatcher is not None:
            await gateway.dispatcher.start()
            stack.push_async_callback(_stop, gateway, gateway.dispatcher)
        if gateway.relay is not None:
            await gateway.relay.start()
            stack.push_async_callback(gateway.relay.stop)
        if gateway.message_sender is not None:
            await gateway.message_sender.start()
            stack.push_async_callback(_stop, gateway, gateway.message_sender)
        if gateway.worker is not None:
            await gateway.worker.start()
            stack.push_async_callback(_stop, gateway, gateway.worker)
        log.info("gateway_started")
        yield
        gateway.state.drain()
        gateway.send_away()
        log.info("gateway_stopping")


@asynccontextmanager
async def running_until_signal(gateway: Gateway) -> AsyncIterator[None]:
    """The same for a server: a signal to end makes it accept no new calls, at once."""
    async with running(gateway):
        with _drain_on_signal(gateway.state.drain, gateway.send_away):
            yield


async def _stop(gateway: Gateway, service: Dispatcher | MessageSender | Worker) -> None:
    await service.stop(gateway.state.grace_left())


@contextmanager
def _drain_on_signal(drain: Callable[[], None], send_away: Callable[[], None]) -> Iterator[None]:
    """While inside, a signal to end is noted before the server hears of it: `drain` is called at once, in the middle of
    anything, then `send_away` on the event loop.

    The server waits for the answers under way before it ends the application's lifespan: too late for open event
    streams, which would never end by themselves.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's affair
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def told(number: int, frame: FrameType | None) -> None:
        drain()
        loop.call_soon_threadsafe(send_away)
        if callable(handler := before[signal.Signals(number)]):
            handler(number, frame)

    for number, handler in before.items():
        if callable(handler):
            signal.signal(number, told)
    try:
        yield
    finally:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, handler)

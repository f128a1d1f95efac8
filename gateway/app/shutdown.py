"""Shutdown: from the signal on the gateway accepts no new calls and ends open event streams."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def drain_on_signal(drain: Callable[[], None], send_away: Callable[[], None]) -> Iterator[None]:
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

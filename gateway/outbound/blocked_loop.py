"""Notice that the event loop stands still, and say whose code holds it.

A thread looks at a clock that the loop moves. When it has stood for `server.blocked_loop_seconds`, the thread reads
the stack of the loop's thread: the frame of `invoke` names portal and operation, the innermost frame of the plugin's
own the line.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final

import structlog

from gateway.outbound import invoke as calls
from gateway.outbound.invoke import Callee
from gateway.telemetry.metrics import event_loop_blocked

log = structlog.get_logger()

_LOOKS_EACH: Final = 4
"""How often the thread looks within the time that is tolerated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """One time that the loop stood still."""

    at: datetime
    seconds: float
    """Until it was noticed."""
    portal: str = ""
    """Empty where no connector was running."""
    operation: str = ""
    location: str = ""
    """`connector.py:12`."""


class BlockedLoopWatcher:
    """Watches the loop that it is started on."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = 0.0
        self._beat: asyncio.TimerHandle | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._current: Blocked | None = None
        self.latest: Blocked | None = None
        """The last time it stood still; None: never since the start."""

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._move_clock(loop)
        watched = threading.get_ident()
        self._thread = threading.Thread(target=self._watch, args=(watched,), name="blocked-loop", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        self._ended.set()
        if self._beat is not None:
            self._beat.cancel()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _move_clock(self, loop: asyncio.AbstractEventLoop) -> None:
        self._last = time.monotonic()
        self._beat = loop.call_later(self._seconds / _LOOKS_EACH, self._move_clock, loop)

    def _watch(self, watched: int) -> None:
        """On a machine that has no time for anybody this thread is late too, and looks less often: counting looks and
        not seconds, it does not take that for code that blocks."""
        seen, looks = self._last, 0
        while not self._ended.wait(self._seconds / _LOOKS_EACH):
            looks = looks + 1 if self._last == seen else 0
            seen = self._last
            if looks == 0:
                self._current = None
            elif self._current is not None:
                event_loop_blocked(self._current.portal, self._seconds / _LOOKS_EACH)
            elif looks >= _LOOKS_EACH:
                self._notice(sys._current_frames().get(watched))

    def _notice(self, frame: FrameType | None) -> None:
        self._current = self.latest = found = _describe(frame, time.monotonic() - self._last)
        event_loop_blocked(found.portal, found.seconds)
        log.error("event_loop_blocked", portal=found.portal, operation=found.operation, location=found.location)


def _describe(frame: FrameType | None, seconds: float) -> Blocked:
    """What a thread was doing, from the innermost of its frames."""
    frames: list[FrameType] = []
    while frame is not None and frame.f_code is not calls.invoke.__code__:
        frames.append(frame)
        frame = frame.f_back
    portal = operation = ""
    package = "plugins."
    if frame is not None:
        callee: Callee = frame.f_locals["callee"]
        portal, operation = callee.portal, frame.f_locals["operation"].name
        package = type(callee.connector).__module__.rpartition(".")[0]
    its_own = [each for each in frames if str(each.f_globals.get("__name__", "")).startswith(package)]
    place = next(iter(its_own or frames), None)
    location = f"{Path(place.f_code.co_filename).name}:{place.f_lineno}" if place is not None else ""
    return Blocked(at=datetime.now(UTC), seconds=seconds, portal=portal, operation=operation, location=location)

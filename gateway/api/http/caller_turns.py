"""Fairness between callers: many calls of one caller do not delay another caller's single call.

All calls of a process share its event loop and its interpreter. Calls of a lone caller all run at once. While several
callers are active, each has at most `each` calls running, and further ones wait in order: the next one begins after a
pause as long as the last one took, so that a caller who sends many at once gets half of the time and not all of it. A
call that takes longer than `seconds` counts no more: it waits for a portal or sends a stream, and both cost little.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

_REMEMBERED_SECONDS: Final = 1.0
"""How long a caller counts as active after her last call."""


class TooMany(Exception):
    """So many calls of this caller wait already that no other one may."""


class Turn:
    """One running call."""

    __slots__ = ("_began", "_caller", "_timer", "_turns")

    def __init__(self, turns: CallerTurns, caller: str, seconds: float, began: float) -> None:
        self._turns, self._caller, self._began = turns, caller, began
        self._timer: asyncio.TimerHandle | None = asyncio.get_running_loop().call_later(seconds, self.end)

    def end(self) -> None:
        """May be called again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._turns.ended(self._caller, self._began)


class CallerTurns:
    """Counts the calls at work by caller. For one event loop."""

    def __init__(self, each: int, *, waiting: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._each, self._most_waiting, self._seconds, self._clock = each, waiting, seconds, clock
        self._working: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._latest = ""
        self._several_until = 0.0

    async def take(self, caller: str) -> Turn:
        """Wait until the call may go to work. Raises `TooMany`."""
        at = self._clock()
        if caller != self._latest:
            if self._latest:
                self._several_until = at + _REMEMBERED_SECONDS
            self._latest = caller
        if self._working[caller] >= self._each and at < self._several_until:
            await self._wait(caller)
        else:
            self._working[caller] += 1
        return Turn(self, caller, self._seconds, self._clock())

    async def _wait(self, caller: str) -> None:
        queue = self._waiting.setdefault(caller, deque())
        if len(queue) >= self._most_waiting:
            raise TooMany
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                if place in queue:
                    queue.remove(place)
                if not queue and self._waiting.get(caller) is queue:
                    del self._waiting[caller]
            else:
                self._give_back(caller)
            raise

    def ended(self, caller: str, began: float) -> None:
        """A call has ended: the next of this caller takes its place, after a pause if other callers are active."""
        at = self._clock()
        if self._waiting.get(caller) and at < self._several_until:
            asyncio.get_running_loop().call_later(min(at - began, self._seconds), self._give_back, caller)
        else:
            self._give_back(caller)

    def _give_back(self, caller: str) -> None:
        queue = self._waiting.get(caller)
        while queue:
            place = queue.popleft()
            if not queue:
                del self._waiting[caller]
            if not place.done():
                place.set_result(None)
                return
        self._working[caller] -= 1
        if not self._working[caller]:
            del self._working[caller]

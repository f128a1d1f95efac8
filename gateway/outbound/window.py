"""Counting what happened lately."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_SLICES: Final = 10


class Window:
    """Counters over the last `seconds`. Kept in ten slices, so that what is older than that fades out by tenths."""

    def __init__(self, seconds: float, *, counters: int, clock: Callable[[], float]) -> None:
        self._span = seconds / _SLICES
        self._clock = clock
        self._ring = [[0] * counters for _ in range(_SLICES)]
        self._totals = [0] * counters
        self._now = int(clock() / self._span)

    def add(self, counter: int) -> None:
        self._advance()
        self._ring[self._now % _SLICES][counter] += 1
        self._totals[counter] += 1

    def totals(self) -> list[int]:
        self._advance()
        return self._totals

    def clear(self) -> None:
        for counts in (*self._ring, self._totals):
            counts[:] = [0] * len(counts)

    def _advance(self) -> None:
        now = int(self._clock() / self._span)
        for step in range(min(now - self._now, _SLICES)):
            counts = self._ring[(self._now + 1 + step) % _SLICES]
            for counter, count in enumerate(counts):
                self._totals[counter] -= count
                counts[counter] = 0
        self._now = max(now, self._now)

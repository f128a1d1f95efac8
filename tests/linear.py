"""Whether the time that something takes grows no faster than what it is given, measured within one run.

Only the ratio of two times of the same process counts: a slow machine makes both longer. Four times as much takes four
times as long if it is linear, sixteen times if it is quadratic; between them lies the bound.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

BOUND: Final = 9.0
_TOO_SHORT: Final = 0.004
"""Seconds of processor time below which nothing can be said, and nothing needs to be."""


def growth(work: Callable[[str], object], make: Callable[[int], str], size: int) -> float:
    """How many times as long `work` takes for `make(4 * size)` as for `make(size)`; 0 if both take no time at all."""
    small, large = make(size), make(4 * size)
    if (of_large := _seconds(work, large)) < _TOO_SHORT:
        return 0.0
    of_large = min(of_large, *(_seconds(work, large) for _ in range(2)))
    return of_large / max(min(_seconds(work, small) for _ in range(3)), _TOO_SHORT / 16)


def _seconds(work: Callable[[str], object], text: str) -> float:
    started = time.thread_time()
    work(text)
    return time.thread_time() - started

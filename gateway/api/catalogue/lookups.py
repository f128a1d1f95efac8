"""Searches of the catalogue: one at a time, in a thread of their own, by turns of who asks.

A search is short, but who searches decides how often. Each address has one place and a few that may wait; so somebody
who sends searches without end waits behind herself, and others behind one of hers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from gateway.api.http.problems import Problem
from gateway.cases.turns import Closed, Full, Turns
from gateway.settings import Search

_Found = TypeVar("_Found")
_SOON_SECONDS: Final = 1


class Lookups:
    def __init__(self, limits: Search) -> None:
        self._turns = Turns(1, each=1, waiting=limits.waiting, waiting_each=limits.waiting_each)
        self._thread = ThreadPoolExecutor(1, "search")

    async def run(self, owner: str, work: Callable[[], _Found]) -> _Found:
        """What `work` gives, made in the thread. `owner`: whose turn it is. Raises `Problem`: too many of hers wait
        (429), too many wait, or the gateway stops (503)."""
        try:
            async with self._turns.place(owner):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except Full as error:
            raise Problem("too_many_requests" if error.own else "overloaded", retry_after=_SOON_SECONDS) from error
        except Closed as error:
            raise Problem("shutting_down", retry_after=_SOON_SECONDS) from error

    def stop(self) -> None:
        """Send away who waits."""
        self._turns.close()

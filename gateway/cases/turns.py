"""A limited number of places, given to owners in turn: a hundred requests of one owner do not delay another's single
one.

Owners wait in a ring; each time a place is free, the next owner in the
ring gets it for the first of hers. One owner can hold `each` places at most, so that one is left for the others.
Owners who are `behind` come after all others, and all of them together leave one place to those.

When too many wait, the owner with most requests loses her newest one, and owners who are `behind` come first in this:
no owner is refused because of another's many requests.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Full(Exception):
    """Too many wait already. `own`: it is the owner herself who has too many."""

    def __init__(self, *, own: bool) -> None:
        super().__init__("own" if own else "all")
        self.own = own


class Closed(Exception):
    """Places are no longer given."""


class Turns:
    """`places` at the same time, `each` of them for one owner; `waiting` in all may wait, `waiting_each` of one."""

    def __init__(
        self,
        places: int,
        *,
        each: int,
        waiting: int,
        waiting_each: int,
        behind: Callable[[str], bool] = lambda _owner: False,
    ) -> None:
        self._free = places
        self._most_behind = max(1, places - 1)
        self._behind = behind
        self._each = each
        self._most, self._most_each = waiting, waiting_each
        self._held: Counter[str] = Counter()
        self._ring: dict[str, deque[asyncio.Future[None]]] = {}
        """By owner, in the order of their turns."""
        self._closed = False

    @asynccontextmanager
    async def place(self, owner: str) -> AsyncIterator[None]:
        """Hold a place, after waiting for one. Raises `Full` or `Closed`."""
        await self._take(owner)
        try:
            yield
        finally:
            self._give_back(owner)

    def close(self) -> None:
        """Refuse all who wait; owners with a place keep it."""
        self._closed = True
        for waiting in self._ring.values():
            for turn in waiting:
                if not turn.done():
                    turn.set_exception(Closed())
        self._ring.clear()

    async def _take(self, owner: str) -> None:
        if self._closed:
            raise Closed
        if self._free and owner not in self._ring and self._may(owner):
            self._hold(owner)
            return
        if len(self._ring.get(owner, ())) >= self._most_each:
            raise Full(own=True)
        if sum(map(len, self._ring.values())) >= self._most:
            self._make_room(owner)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ring.setdefault(owner, deque()).append(turn)
        self._next()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._give_back(owner)
            elif owner in self._ring:
                self._drop(owner, turn)
            raise

    def _make_room(self, owner: str) -> None:
        """Refuse the newest request of the owner with most. Raises `Full` if nobody has clearly more than this
        owner."""

        def claim(each: str) -> tuple[bool, int]:
            return self._behind(each), len(self._ring.get(each, ()))

        most = max(self._ring, key=claim)
        behind, waiting = claim(owner)
        if claim(most) <= (behind, waiting + 1):
            raise Full(own=False)
        last = self._ring[most][-1]
        self._drop(most, last)
        if not last.done():
            last.set_exception(Full(own=True))

    def _drop(self, owner: str, turn: asyncio.Future[None]) -> None:
        self._ring[owner] = deque(each for each in self._ring[owner] if each is not turn)
        if not self._ring[owner]:
            del self._ring[owner]

    def _may(self, owner: str) -> bool:
        """Hold one place more."""
        if self._held[owner] >= self._each:
            return False
        return not self._behind(owner) or (
            sum(held for each, held in self._held.items() if self._behind(each)) < self._most_behind
        )

    def _hold(self, owner: str) -> None:
        self._free -= 1
        self._held[owner] += 1

    def _give_back(self, owner: str) -> None:
        self._free += 1
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]
        self._next()

    def _next(self) -> None:
        while self._free:
            able = [each for each in self._ring if self._may(each)]
            if not able:
                return
            owner = min(able, key=self._behind)  # the first of those who are not, if there is one
            waiting = self._ring.pop(owner)
            turn = waiting.popleft()
            if waiting:
                self._ring[owner] = waiting  # behind all the others
            if not turn.done():
                self._hold(owner)
                turn.set_result(None)

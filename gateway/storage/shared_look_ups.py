"""PostgreSQL: look-ups that wait at the same time go to the server together, in one thread and one trip.

Both cost more than the look-ups themselves. What one of them asks wrongly is its own error, and nobody else's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.outage import is_outage

MOST_TOGETHER: Final = 64

Found = list[Any]
"""A row, None or an exception for each."""


@dataclass(slots=True, eq=False)
class _LookUp:
    query: CompiledStatement
    key: Mapping[str, Any]
    found: asyncio.Future[Any]


class SharedLookUps:
    """Those of one event loop. `in_thread` runs a function over a connection that has no transaction."""

    def __init__(
        self, in_thread: Callable[[Callable[[Connection], Found]], Awaitable[Found]], seconds: float | None
    ) -> None:
        self._in_thread, self._seconds = in_thread, seconds
        self._waiting: list[_LookUp] = []
        self._asking: asyncio.Task[None] | None = None

    async def one_or_none(self, query: CompiledStatement, key: Mapping[str, Any]) -> Any:
        """The row, if there is one. Raises `PoolTimeout` if nobody has found out within `seconds`."""
        loop = asyncio.get_running_loop()
        mine = _LookUp(query, key, loop.create_future())
        self._waiting.append(mine)
        if self._asking is None:
            self._asking = loop.create_task(self._ask_all(), name="look-ups")
        late = None if self._seconds is None else loop.call_later(self._seconds, _give_up, mine.found, self._seconds)
        try:
            return await mine.found
        finally:
            if late is not None:
                late.cancel()

    async def _ask_all(self) -> None:
        asked: list[_LookUp] = []
        try:
            while self._waiting:
                asked, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
                asked = [each for each in asked if not each.found.done()]  # nobody waits for the others any more
                if asked:
                    _tell(asked, await self._together(asked))
        finally:
            self._asking = None
            for each in (*asked, *self._waiting):
                each.found.cancel()  # of those that nobody could be told: the loop ends

    async def _together(self, asked: Sequence[_LookUp]) -> Found:
        try:
            return await self._in_thread(lambda connection: _ask(connection, asked))
        except Exception as error:
            return [error] * len(asked)


def _ask(connection: Connection, asked: Sequence[_LookUp]) -> Found:
    try:
        answers = [each.query.later(connection, each.key, alone=True) for each in asked]
        return [each.one_or_none() for each in answers]
    except Exception as error:
        if len(asked) == 1 or is_outage(error):
            raise
    return [_ask_alone(connection, each) for each in asked]


def _ask_alone(connection: Connection, asked: _LookUp) -> Any:
    try:
        return asked.query.one_or_none(connection, asked.key, alone=True)
    except Exception as error:
        if is_outage(error):
            raise
        return error


def _tell(asked: Sequence[_LookUp], found: Found) -> None:
    for each, row in zip(asked, found, strict=True):
        if each.found.done():
            continue
        if isinstance(row, Exception):
            each.found.set_exception(row)
        else:
            each.found.set_result(row)


def _give_up(found: asyncio.Future[Any], seconds: float) -> None:
    if not found.done():
        found.set_exception(PoolTimeout(f"no connection was free for {seconds} s"))

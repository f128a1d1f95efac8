"""Server-Sent Events: streams of what happens, for as long as somebody reads."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from litestar import MediaType, Response
from litestar.response import Stream

from gateway.api.events.case_change_notifier import CaseChangeNotifier, Topic
from gateway.api.http.access import Call
from gateway.api.http.metrics import event_streams
from gateway.api.http.problems import Problem
from gateway.api.http.server_state import ServerState
from gateway.auth.mandates import Mandates
from gateway.auth.policy import Denied
from gateway.auth.principal import Principal
from gateway.auth.quotas import Quotas
from gateway.auth.tokens import Verifier

STREAM: Final = "text/event-stream"
_BEAT_SECONDS: Final = 15.0
"""A comment this often keeps proxies from closing a quiet stream."""
_RETRY: Final = b"retry: 2000\n"
"""Milliseconds until a reader comes back to a connection that broke."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a stream reads at a time."""

    events: list[bytes]
    """As they are sent."""
    version: int
    """Of the topic, as read."""
    ended: bool = False
    """Nothing comes after these."""
    more: bool = False
    """There are others already."""


class Source(Protocol):
    """The events of one stream. It remembers how far it has been read."""

    topic: Topic

    @property
    def opening(self) -> bytes:
        """What is sent first: the place where a reader goes on who has seen no event yet, or nothing."""

    async def read(self) -> Batch: ...


def wants_stream(request: Call) -> bool:
    return request.accept.best_match([MediaType.JSON, STREAM]) == STREAM


def event(id: str, data: bytes) -> bytes:
    """Without a name of its own: `EventSource.onmessage` gets it, whatever its code."""
    return b"id: %s\ndata: %s\n\n" % (id.encode(), data)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStreams:
    verifier: Verifier
    mandates: Mandates
    quotas: Quotas
    watcher: CaseChangeNotifier
    state: ServerState
    most: int
    """How many streams this process holds open."""

    @contextlib.asynccontextmanager
    async def opened(self, source: Source, principal: Principal) -> AsyncIterator[AsyncGenerator[bytes, None]]:
        """A stream that has its place; it gives it back when what is done inside fails. Raises `Problem` and
        `QuotaUsed`."""
        if self.state.streams >= self.most:
            raise Problem("overloaded", retry_after=5)
        stream = self._stream(source, principal)
        await anext(stream)  # takes the place, before anybody else is let in
        try:
            yield stream
        except BaseException:
            await stream.aclose()
            raise

    async def _stream(self, source: Source, principal: Principal) -> AsyncGenerator[bytes, None]:
        """The first thing given is empty: it says that the stream has its place."""
        with self.quotas.stream(client=principal.client_id, subject=principal.actor or principal.pseudonym):
            async with contextlib.aclosing(self._events(source, principal)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _events(self, source: Source, principal: Principal) -> AsyncGenerator[bytes, None]:
        self.state.streams += 1
        event_streams.inc()
        clock = asyncio.get_running_loop().time
        try:
            yield b""
            yield _RETRY + source.opening + b"\n"
            with self.watcher.watch(source.topic, principal) as watched:
                spoke = clock()
                while not self.state.draining and await self._allowed(principal):
                    watched.clear()
                    batch = await source.read()
                    watched.version = batch.version
                    for each in batch.events:
                        yield each
                        spoke = clock()
                    if batch.ended:
                        return
                    if batch.more:
                        continue
                    while not await watched.wait(
                        min(spoke + _BEAT_SECONDS - clock(), principal.expires_at - time.time())
                    ):
                        if not await self._allowed(principal):
                            return
                        if clock() - spoke >= _BEAT_SECONDS:
                            yield b": still here\n\n"
                            spoke = clock()
        finally:
            self.state.streams -= 1
            event_streams.dec()

    async def _allowed(self, principal: Principal) -> bool:
        """Whether the token and the mandate are still good."""
        if not await self.verifier.still(principal):
            return False
        try:
            await self.mandates.still(principal)
        except Denied:
            return False
        return True


def streamed(stream: AsyncGenerator[bytes, None], headers: dict[str, str]) -> Response[Any]:
    return Stream(stream, media_type=STREAM, headers={**headers, "X-Accel-Buffering": "no"})

"""The calls that a connector's process has under way, and the requests that it makes in them: the gateway's side.

What decides about a call stays here: its requests go through the layers in the call's own context, so that what the
portal may have got is known also when the process dies. Then `invoke` makes `Unknown` of a creation that was perhaps
sent, as it does for any connector that fails half-way.

How long a call takes is counted in beats of the process and not in seconds: where the machine has no time for the
process, it does not beat, and nobody takes it for one that does not return.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import itertools
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import structlog

from gateway.async_tasks import ends_the_task
from gateway.connectors.contract import NotYet, Operation, Refused, ServerFailed, Unavailable, Unknown
from gateway.outbound import call_context
from gateway.outbound.errors import AnswerTooLarge, ConnectorOverloaded, ConnectorStopped, IsolatedFailure
from gateway.outbound.isolation import frames
from gateway.outbound.isolation.failures import failed, rebuilt
from gateway.outbound.isolation.frames import (
    Beat,
    Cancel,
    Dropped,
    Failed,
    HttpAnswer,
    Invoke,
    Raised,
    Request,
    Returned,
    ToChild,
    ToGateway,
    frame,
)
from gateway.outbound.result_type import WrongResult, read_result
from gateway.settings import Plugins
from gateway.telemetry.metrics import PortalMetrics

log = structlog.get_logger(__name__)

REQUESTS: Final = 10_000
"""Of one call; every further one fails."""
REQUESTS_AT_ONCE: Final = 256
_ERRORS: Final = 256
"""Of the requests of a call, so many of the latest are known as they were raised, the others by their class."""
_GRACE_SECONDS: Final = 1.0
"""After a call's deadline its request fails, and the connector may say what it makes of that."""
_WAITING: Final = {each.__name__: each for each in (NotYet, ServerFailed, Unavailable)}


class Nonsense(Exception):
    """The process says what no process of ours says."""


@dataclass(slots=True, eq=False)
class _Call:
    operation: Operation[..., Any]
    done: asyncio.Future[Any]
    context: contextvars.Context
    idle_beats: int = 0
    """Since something last happened in it."""
    requests: int = 0
    tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    errors: OrderedDict[int, BaseException] = field(default_factory=OrderedDict)

    def request_ended(self, number: int) -> None:
        del self.tasks[number]
        self.idle_beats = 0


class Calls:
    """Those of one connector. It has one process after the other: `open` begins with a new one."""

    def __init__(
        self,
        portal: str,
        layers: httpx.AsyncBaseTransport,
        limits: Plugins,
        metrics: PortalMetrics,
        on_slow: Callable[[str], None],
    ) -> None:
        """`on_slow` is told the operation of a call that does not return."""
        self._portal = portal
        self._layers = layers
        self._most = limits.isolated_frame_bytes
        self._idle_most = math.ceil(limits.isolated_call_seconds / frames.BEAT_SECONDS)
        self._deaf_most = math.ceil(limits.isolated_silent_seconds / frames.BEAT_SECONDS)
        self._metrics = metrics
        self._on_slow = on_slow
        self._writer: asyncio.StreamWriter | None = None
        self._calls: dict[int, _Call] = {}
        self._numbers = itertools.count(1)
        self._latest_request = 0
        self._cancelled: dict[int, int] = {}
        """Calls that the process was told to end, and its beats since."""
        self.spoke = False
        """It has said something since this was last set to false."""

    @property
    def alive(self) -> bool:
        return self._writer is not None

    @property
    def deaf(self) -> bool:
        """The process goes on with a call that it was told to end."""
        return any(beats > self._deaf_most for beats in self._cancelled.values())

    @property
    def running(self) -> list[str]:
        """The operations that are under way."""
        return [each.operation.name for each in self._calls.values()]

    @property
    def settled(self) -> bool:
        """No call is under way, and none is waited for that was told to end."""
        return not self._calls and not self._cancelled

    def open(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._latest_request = 0
        self._cancelled.clear()
        self.spoke = True

    def hang_up(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
        self._writer = None

    def fail(self) -> None:
        """Every call that is under way: the process has ended."""
        for call in self._calls.values():
            if not call.done.done():
                call.done.set_exception(ConnectorStopped(self._portal))

    async def call(self, operation: Operation[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run one operation in the process, within `invoke`. Raises what the connector raised there."""
        number = next(self._numbers)
        # Before the call is known: one that cannot be sent has nothing to end.
        invoke = frame(Invoke(number, operation.name, frames.pack([list(args), kwargs])), self._most)
        call = _Call(operation, asyncio.get_running_loop().create_future(), contextvars.copy_context())
        self._calls[number] = call
        around = call_context.current.get()
        deadline = around.deadline if around is not None else None
        try:
            async with asyncio.timeout_at(None if deadline is None else deadline + _GRACE_SECONDS):
                await self._write(invoke)
                return await call.done
        except TimeoutError:
            if call.done.done() and not call.done.cancelled():
                raise  # the connector's own, or the layers'
            raise self._too_slow(call) from None
        finally:
            del self._calls[number]
            if self._writer is not None and not _has_ended(call.done):
                self._cancelled[number] = 0
                self._writer.write(frame(Cancel(number), self._most))
            tasks = list(call.tasks.values())
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # so that their hops are complete

    async def read(self, reader: asyncio.StreamReader) -> None:
        """What the process says, until it has ended. Raises `Nonsense`."""
        try:
            while (said := await frames.read_from_child(reader, self._most)) is not None:
                self.spoke = True
                await self._hear(said)
        except Exception as error:  # whatever foreign bytes can do: too long, of another type, nested too deep
            raise Nonsense(type(error).__name__) from None

    async def _hear(self, said: ToGateway) -> None:
        match said:
            case Beat():
                self._beat(said)
            case Request():
                await self._perform(said)
            case Dropped():
                call = self._calls.get(said.call)
                if call is not None and (task := call.tasks.get(said.number)) is not None:
                    task.cancel()
            case Returned() | Raised():
                self._cancelled.pop(said.call, None)
                call = self._calls.get(said.call)
                if call is not None and not call.done.done():
                    _settle(call, said)
            case _:
                raise Nonsense

    def _beat(self, said: Beat) -> None:
        if said.lines_dropped > 0:
            self._metrics.log_lines_dropped(said.lines_dropped)
        for number in self._cancelled:
            self._cancelled[number] += 1
        for call in self._calls.values():
            call.idle_beats = 0 if call.tasks else call.idle_beats + 1
            if call.idle_beats > self._idle_most and not call.done.done():
                call.done.set_exception(self._too_slow(call))

    def _too_slow(self, call: _Call) -> ConnectorStopped:
        self._on_slow(call.operation.name)
        return ConnectorStopped(self._portal, slow=True)

    async def _perform(self, said: Request) -> None:
        if said.number <= self._latest_request or not frames.is_bounded(said):
            raise Nonsense
        self._latest_request = said.number
        call = self._calls.get(said.call)
        if call is None:  # left over from an operation that has ended
            await self._send(Failed(said.number, "ConnectError", "the operation has ended"))
            return
        call.idle_beats = 0
        call.requests += 1
        if call.requests > REQUESTS or len(call.tasks) >= REQUESTS_AT_ONCE:
            await self._send(failed(said.number, ConnectorOverloaded("too many requests in one operation")))
            return
        task = asyncio.get_running_loop().create_task(self._request(call, said), context=call.context)
        call.tasks[said.number] = task
        # One that is cancelled before its first step runs nothing of `_request`.
        task.add_done_callback(lambda _: call.request_ended(said.number))

    async def _request(self, call: _Call, said: Request) -> None:
        try:
            request = httpx.Request(said.method, said.url, headers=said.headers, content=said.content)
            answer = self._answer(said.number, await self._layers.handle_async_request(request))
        except BaseException as error:  # of the layers, a signer's among them: a `SystemExit` would end the loop
            if ends_the_task(error):
                raise
            call.errors[said.number] = error
            if len(call.errors) > _ERRORS:
                call.errors.popitem(last=False)
            answer = frame(failed(said.number, error), self._most)
        await self._write(answer)

    def _answer(self, number: int, response: httpx.Response) -> bytes:
        reason = response.extensions.get("reason_phrase", b"")
        answer = HttpAnswer(number, response.status_code, response.headers.raw, response.content, reason)
        try:
            return frame(answer, self._most)
        except frames.TooLong:
            raise AnswerTooLarge("the answer is larger than plugins.isolated_frame_bytes") from None

    async def _send(self, message: ToChild) -> None:
        await self._write(frame(message, self._most))

    async def _write(self, data: bytes) -> None:
        """Nothing where the process has ended: so does the call."""
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.write(data)
                await self._writer.drain()


def _has_ended(done: asyncio.Future[Any]) -> bool:
    """The process is through with the call, or is gone."""
    if not done.done() or done.cancelled():
        return False
    error = done.exception()
    return not (isinstance(error, ConnectorStopped) and error.slow)


def _settle(call: _Call, said: Returned | Raised) -> None:
    if isinstance(said, Raised):
        call.done.set_exception(_error(said, call))
        return
    try:
        call.done.set_result(read_result(call.operation, said.result))
    except WrongResult as error:
        call.done.set_exception(error)
    except Exception as error:  # whatever foreign bytes can do
        call.done.set_exception(IsolatedFailure(type(error).__name__, ""))


def _error(said: Raised, call: _Call) -> BaseException:
    """What the connector raised. An error of one of its requests is the gateway's own, as the layers raised it."""
    if said.request is not None and (own := call.errors.get(said.request)) is not None:
        return own
    if said.kind == "Refused":
        return Refused(said.code, said.portal_message, fields=said.fields)
    if said.kind == "Unknown":
        return Unknown(said.code, said.portal_message)
    if (kind := _WAITING.get(said.kind)) is not None:
        return kind(said.code, said.portal_message, retry_after=said.retry_after)
    if said.kind != "other" and isinstance(made := rebuilt(said), httpx.TransportError):
        return made
    return IsolatedFailure(said.error or said.kind, said.location)

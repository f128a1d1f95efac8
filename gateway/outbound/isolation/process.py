"""The gateway's side of a connector's process: start it, call it, watch it, end it and start it anew.

What decides about a call stays here: its requests go through the layers in the call's own context, so that what the
portal may have got is known also when the process dies. Then `invoke` makes `Unknown` of a creation that was perhaps
sent, as it does for any connector that fails half-way.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, Literal

import httpx
import msgspec
import structlog

import gateway
from gateway.connectors.contract import NotYet, Operation, Refused, Reply, ServerFailed, Unavailable, Unknown
from gateway.connectors.loader import PluginError
from gateway.connectors.stack_dump import functions_in, location_in
from gateway.outbound import call_context
from gateway.outbound.errors import ConnectorStopped, IsolatedFailure
from gateway.outbound.isolation import frames
from gateway.outbound.isolation.frames import (
    Beat,
    Built,
    Cancel,
    Dropped,
    Failed,
    HttpAnswer,
    Invoke,
    NotBuilt,
    Raised,
    Request,
    Returned,
    Start,
    ToChild,
    ToGateway,
    frame,
)
from gateway.outbound.isolation.memory import resident_bytes
from gateway.settings import Plugins
from gateway.telemetry.metrics import portal_metrics

log = structlog.get_logger(__name__)

Reason = Literal["blocked", "memory", "ended", "nonsense", "does_not_return"]

_LOOKS: Final = 8
"""How often the process is looked at within the time that it may be silent."""
_ADDRESSES: Final = 536_870_912
"""Of its address space, what no memory stands behind."""
_DUMP_SECONDS: Final = 0.2
_DUMP_BYTES: Final = 16_384
_RETRY_SECONDS: Final = 0.5
_RETRY_MAX_SECONDS: Final = 60.0
_HEALTHY_SECONDS: Final = 60.0
"""Who has lived so long is started anew at once when it ends."""
_LEAVE_LOOK_SECONDS: Final = 0.05
_GRACE_SECONDS: Final = 1.0
"""After a call's deadline its request fails, and the connector may say what it makes of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """One time that a connector's process, or one call in it, was ended or ended itself."""

    at: datetime
    portal: str
    reason: Reason
    operation: str = ""
    """That was under way, as far as it can be told."""
    location: str = ""
    """`connector.py:12`."""


@dataclass(slots=True, eq=False)
class _Call:
    operation: Operation[..., Any]
    done: asyncio.Future[Any]
    context: contextvars.Context
    active: float
    """When something last happened in it."""
    tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    errors: dict[int, httpx.TransportError] = field(default_factory=dict)


class IsolatedProcess:
    """One connector in a process of its own."""

    def __init__(self, order: Start, layers: httpx.AsyncBaseTransport, limits: Plugins) -> None:
        self._order = order
        self._layers = layers
        self._limits = limits
        self._metrics = portal_metrics(order.id)
        self._child: subprocess.Popen[bytes] | None = None
        self._stack: IO[bytes] | None = None
        self._connection: socket.socket | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._calls: dict[int, _Call] = {}
        self._numbers = itertools.count(1)
        self._cancelled: dict[int, float] = {}
        """Calls that the process was told to end, and since when."""
        self._spoke = False
        self._closed = False
        self._told_memory = False
        self._again = 0.0
        self._run_task: asyncio.Task[None] | None = None
        self.replies: dict[str, Reply] = {}
        self.latest: Stopped | None = None
        """The last time that it was ended; None: never."""

    @property
    def alive(self) -> bool:
        return self._writer is not None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    @property
    def retry_after(self) -> float | None:
        """Seconds until it is started again; None while it is alive."""
        return None if self.alive else max(0.0, self._again - time.monotonic())

    def spawn(self) -> None:
        """Start the process and let it build the connector. Blocks, at most `import_seconds`. Raises `PluginError`."""
        ours, its = socket.socketpair()
        stack = tempfile.TemporaryFile("a+b")  # noqa: SIM115  # closed with the process
        child = subprocess.Popen(  # noqa: S603  # this interpreter, and a module of ours
            [
                sys.executable, "-m", "gateway.outbound.isolation.child",
                str(its.fileno()), str(stack.fileno()), str(2 * self._limits.isolated_memory_bytes + _ADDRESSES),
            ],
            pass_fds=(its.fileno(), stack.fileno()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd="/",
            env=_environment(),
        )  # fmt: skip
        its.close()
        self._child, self._stack, self._connection = child, stack, ours
        try:
            ours.settimeout(self._limits.import_seconds)
            ours.sendall(frame(self._order))
            first = frames.first_of_child(frames.receive(ours, self._limits.isolated_memory_bytes))
        except TimeoutError:
            location = self._location("", self._dump())[1]
            self._kill()
            reason = f"is not built within {self._limits.import_seconds:g} s"
            raise PluginError(self._order.id, "build", reason, f"look at {location or 'its __init__'}") from None
        except (OSError, EOFError, frames.TooLong, msgspec.MsgspecError):
            self._kill()
            reason = f"its process ended with status {child.returncode} before the connector was there"
            raise PluginError(self._order.id, "build", reason, "look at what it does in its __init__") from None
        if isinstance(first, NotBuilt):
            self._kill()
            raise PluginError(self._order.id, "build", first.reason, first.remedy, first.trace)
        if not isinstance(first, Built) or self._closed:
            self._kill()
            raise PluginError(self._order.id, "build", "its process does not say that it is ready", "start it again")
        self.replies = first.replies

    async def start(self) -> None:
        """Serve calls by the process that `spawn` has started."""
        reader = await self._open()
        self._run_task = asyncio.create_task(self._run(reader), name=f"isolated-{self._order.id}")

    async def leave(self, seconds: float) -> None:
        """Close it as soon as the calls that are under way have ended, at the latest after so long."""
        try:
            async with asyncio.timeout(seconds):
                while self._calls:  # noqa: ASYNC110  # once in the life of a process
                    await asyncio.sleep(_LEAVE_LOOK_SECONDS)
        except TimeoutError:
            log.warning("isolated_connector_left_calls", portal=self._order.id, count=len(self._calls))
        finally:
            await self.close()

    async def close(self) -> None:
        self._closed = True
        if self._run_task is not None:
            self._run_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._run_task
        self._hang_up()
        self._fail_calls()
        await asyncio.to_thread(self._kill)

    async def call(self, operation: Operation[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run one operation in the process, within `invoke`. Raises what the connector raised there."""
        if self._writer is None:
            raise Unavailable("connector_failed", retry_after=self.retry_after)
        loop = asyncio.get_running_loop()
        number = next(self._numbers)
        call = _Call(operation, loop.create_future(), contextvars.copy_context(), loop.time())
        self._calls[number] = call
        around = call_context.current.get()
        deadline = around.deadline if around is not None else None
        try:
            async with asyncio.timeout_at(None if deadline is None else deadline + _GRACE_SECONDS):
                await self._send(Invoke(number, operation.name, frames.pack([list(args), kwargs])))
                return await call.done
        except TimeoutError:
            raise self._too_long(call) from None
        finally:
            del self._calls[number]
            if not call.done.done() or call.done.cancelled() or _is_slow(call.done):
                self._cancelled[number] = loop.time()
                await self._send(Cancel(number))
            tasks = list(call.tasks.values())
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # so that their hops are complete

    async def _open(self) -> asyncio.StreamReader:
        assert self._connection is not None  # `spawn` has succeeded
        self._connection.setblocking(False)
        reader, self._writer = await asyncio.open_unix_connection(sock=self._connection)
        self._spoke, self._told_memory = True, False
        self._cancelled.clear()
        log.info("isolated_connector_started", portal=self._order.id, pid=self.pid)
        return reader

    async def _run(self, reader: asyncio.StreamReader) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            await self._serve(reader)
            if time.monotonic() - began > _HEALTHY_SECONDS:
                failures = 0
            while True:
                wait = min(_RETRY_MAX_SECONDS, _RETRY_SECONDS * 2**failures)
                failures += 1
                self._again = time.monotonic() + wait
                await asyncio.sleep(wait)
                try:
                    await asyncio.to_thread(self.spawn)
                except PluginError as error:
                    log.error("isolated_connector_not_started", portal=self._order.id, stage=error.stage)
                    continue
                reader = await self._open()
                break

    async def _serve(self, reader: asyncio.StreamReader) -> None:
        """Until the process has ended, of itself or by us."""
        reading = asyncio.create_task(self._read(reader))
        watching = asyncio.create_task(self._watch())
        try:
            await asyncio.wait((reading, watching), return_when=asyncio.FIRST_COMPLETED)
            first = watching if watching.done() else reading
            reason, dump = first.result()
        finally:
            for each in (reading, watching):
                each.cancel()
            await asyncio.gather(reading, watching, return_exceptions=True)
            self._hang_up()
        child = self._child
        await asyncio.to_thread(self._kill)
        status = child.returncode if child is not None else None
        operation, location = self._location(reason, dump)
        self._tell(reason, operation, location, status)
        self._fail_calls()

    def _tell(self, reason: Reason, operation: str, location: str, status: int | None = None) -> None:
        portal = self._order.id
        self.latest = Stopped(
            at=datetime.now(UTC), portal=portal, reason=reason, operation=operation, location=location
        )
        self._metrics.process_stopped(reason)
        log.error(
            "isolated_connector_stopped",
            portal=portal,
            reason=reason,
            operation=operation,
            location=location,
            status=status,
        )

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
        self._writer = None

    def _fail_calls(self) -> None:
        for call in self._calls.values():
            if not call.done.done():
                call.done.set_exception(ConnectorStopped(self._order.id))

    async def _read(self, reader: asyncio.StreamReader) -> tuple[Reason, str]:
        try:
            while (said := await frames.read_from_child(reader, self._limits.isolated_memory_bytes)) is not None:
                self._spoke = True
                await self._hear(said)
        except (frames.TooLong, msgspec.MsgspecError):
            return "nonsense", ""
        return "ended", ""

    async def _hear(self, said: ToGateway) -> None:
        match said:
            case Beat():
                if said.lines_dropped > 0:
                    self._metrics.log_lines_dropped(said.lines_dropped)
            case Request():
                self._perform(said)
            case Dropped():
                call = self._calls.get(said.call)
                if call is not None and (task := call.tasks.get(said.number)) is not None:
                    task.cancel()
            case Returned() | Raised():
                self._cancelled.pop(said.call, None)
                call = self._calls.get(said.call)
                if call is not None and not call.done.done():
                    self._settle(call, said)

    def _settle(self, call: _Call, said: Returned | Raised) -> None:
        if isinstance(said, Raised):
            call.done.set_exception(_error(said, call))
            return
        try:
            call.done.set_result(frames.unpack_result(call.operation, said.result))
        except (msgspec.MsgspecError, ValueError) as error:
            call.done.set_exception(IsolatedFailure(type(error).__name__, ""))

    def _perform(self, said: Request) -> None:
        call = self._calls.get(said.call)
        if call is None:  # left over from an operation that has ended
            self._write(Failed(said.number, "ConnectError", "the operation has ended"))
            return
        loop = asyncio.get_running_loop()
        call.tasks[said.number] = loop.create_task(self._request(call, said), context=call.context)

    async def _request(self, call: _Call, said: Request) -> None:
        try:
            request = httpx.Request(said.method, said.url, headers=said.headers, content=said.content)
            response = await self._layers.handle_async_request(request)
            await self._send(
                HttpAnswer(
                    said.number,
                    response.status_code,
                    response.headers.raw,
                    response.content,
                    response.extensions.get("reason_phrase", b""),
                )
            )
        except httpx.TransportError as error:
            call.errors[said.number] = error
            await self._send(Failed(said.number, type(error).__name__, str(error)))
        except (httpx.InvalidURL, ValueError) as error:
            await self._send(Failed(said.number, "UnsupportedProtocol", type(error).__name__))
        finally:
            del call.tasks[said.number]
            call.active = asyncio.get_running_loop().time()

    async def _watch(self) -> tuple[Reason, str]:
        """Looks are counted and not seconds: on a machine that has no time for anybody this one looks less often too.

        Returns when the process has to be ended, and what it was doing then."""
        silent = 0
        look = self._limits.isolated_silent_seconds / _LOOKS
        while True:
            await asyncio.sleep(look)
            silent = 0 if self._spoke else silent + 1
            self._spoke = False
            if silent >= _LOOKS or self._deaf():
                return "blocked", await asyncio.to_thread(self._dump)
            if self._uses_too_much():
                return "memory", await asyncio.to_thread(self._dump)
            now = asyncio.get_running_loop().time()
            for call in self._calls.values():
                if not call.tasks and not call.done.done() and now - call.active > self._limits.isolated_call_seconds:
                    call.done.set_exception(self._too_long(call))

    def _too_long(self, call: _Call) -> ConnectorStopped:
        self._tell("does_not_return", call.operation.name, "")
        return ConnectorStopped(self._order.id, slow=True)

    def _deaf(self) -> bool:
        """It goes on with a call that it was told to end."""
        now = asyncio.get_running_loop().time()
        return any(now - since > self._limits.isolated_silent_seconds for since in self._cancelled.values())

    def _uses_too_much(self) -> bool:
        used = resident_bytes(self.pid) if self.pid is not None else None
        if used is None:
            return False
        self._metrics.process_memory(used)
        most = self._limits.isolated_memory_bytes
        if used > most / 2 and not self._told_memory:
            self._told_memory = True
            log.warning("isolated_connector_memory_high", portal=self._order.id, size=used, pid=self.pid)
        return used > most

    def _dump(self) -> str:
        """What every thread of the process is doing, by its own account."""
        if self._child is None or self._stack is None or self._child.poll() is not None:
            return ""
        before = os.fstat(self._stack.fileno()).st_size
        with contextlib.suppress(ProcessLookupError, AttributeError):
            os.kill(self._child.pid, signal.SIGUSR1)
            time.sleep(_DUMP_SECONDS)
        return os.pread(self._stack.fileno(), _DUMP_BYTES, before).decode("utf-8", "replace")

    def _location(self, reason: str, dump: str) -> tuple[str, str]:
        """The operation that is under way, and the line that it is at."""
        running = [each.operation.name for each in self._calls.values()]
        named = [each for each in functions_in(dump, Path(self._order.folder)) if each in running]
        operation = next(iter(named or running), "")
        path, _, line = location_in(dump, Path(self._order.folder)).rpartition(":")
        return operation, f"{Path(path).name}:{line}" if line else ""

    async def _send(self, message: ToChild) -> None:
        writer = self._writer
        if writer is None:
            return  # the process has ended, and so does the call
        with contextlib.suppress(OSError):
            writer.write(frame(message))
            await writer.drain()

    def _write(self, message: ToChild) -> None:
        if self._writer is not None:
            self._writer.write(frame(message))

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
        if self._connection is not None:
            self._connection.close()
        if self._stack is not None:
            self._stack.close()


def _is_slow(done: asyncio.Future[Any]) -> bool:
    error = done.exception()
    return isinstance(error, ConnectorStopped) and error.slow


_WAITING: Final = {each.__name__: each for each in (NotYet, ServerFailed, Unavailable)}


def _error(said: Raised, call: _Call) -> Exception:
    """What the connector raised. An error of one of its requests is the gateway's own, as the layers raised it."""
    if said.request is not None and (own := call.errors.get(said.request)) is not None:
        return own
    if said.kind == "Refused":
        return Refused(said.code, said.portal_message, fields=said.fields)
    if said.kind == "Unknown":
        return Unknown(said.code, said.portal_message)
    if (kind := _WAITING.get(said.kind)) is not None:
        return kind(said.code, said.portal_message, retry_after=said.retry_after)
    if said.kind == "other":
        return IsolatedFailure(said.error, said.location)
    known = getattr(httpx, said.kind, None)
    if isinstance(known, type) and issubclass(known, httpx.TransportError):
        return known("raised by the connector")
    return IsolatedFailure(said.kind, said.location)


def _environment() -> dict[str, str]:
    """No secrets but those that it is handed."""
    root = str(Path(gateway.__file__).parent.parent)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])}

"""The process of one connector: `python -m gateway.outbound.isolation.child`, for `isolation.process` alone.

It gets a socket to the gateway and a file for its stack. It ends when the gateway does, even if it is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import itertools
import os
import signal
import socket
import sys
import threading
import time
import traceback
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import httpx

from gateway.connectors import loader, sources
from gateway.connectors.contract import (
    Connector,
    Paying,
    Portal,
    PortalError,
    Reply,
    Unavailable,
    Verdict,
)
from gateway.connectors.error_place import as_raised, place
from gateway.connectors.levels import digest_of
from gateway.connectors.sources import Source
from gateway.outbound.budget import hold_body
from gateway.outbound.client import LayeredClient
from gateway.outbound.error_type import KINDS, checked_error
from gateway.outbound.errors import NotSent
from gateway.outbound.isolation.failures import failed, rebuilt, text
from gateway.outbound.isolation.frames import (
    BEAT_SECONDS,
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
    TooLong,
    first_of_gateway,
    frame,
    is_bounded,
    read_from_gateway,
    receive,
    unpack,
)
from gateway.outbound.layer import USER_AGENT
from gateway.outbound.result_type import WrongResult, checked_as, value_bytes
from gateway.secret import Secret
from gateway.settings import Logging, Plugins
from gateway.telemetry.logging import configure, limit_plugins
from gateway.telemetry.metrics import REGISTRY

_TRACE_CHARACTERS: Final = 8_192

_call: ContextVar[int] = ContextVar("call")


def main(socket_number: int, stack_number: int, memory_bytes: int) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # the gateway decides: calls that are under way come to an end
    faulthandler.register(signal.SIGUSR1, file=stack_number, all_threads=True)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _limit(memory_bytes)
    connection = socket.socket(fileno=socket_number)
    order = first_of_gateway(receive(connection, 2**32))
    if not isinstance(order, Start):
        raise SystemExit(2)
    plugins = Plugins.model_validate_json(order.plugins)
    link = Link(plugins.isolated_frame_bytes)
    try:
        connector = _build(order, plugins, link)
        first: ToGateway = Built(_replies(connector))
    except loader.PluginError as error:
        first = _not_built(error.stage, error.reason, error.remedy, error.trace)
    except BaseException as error:
        trace = "".join(traceback.format_exception(error))
        first = _not_built("build", f"{type(error).__name__}: {error}", "correct the plugin", trace)
    connection.sendall(frame(first, plugins.isolated_frame_bytes))
    if isinstance(first, Built):
        asyncio.run(_serve(Serving(connector, link, order.folder), connection))


def _replies(connector: Connector) -> dict[str, Reply]:
    if not isinstance(connector, Paying):
        return {}
    return {each.value: checked_as(Reply, connector.answer(each)) for each in Verdict}


def _not_built(stage: str, reason: str, remedy: str, trace: str) -> NotBuilt:
    return NotBuilt(stage, text(reason), text(remedy), text(trace[-_TRACE_CHARACTERS:], _TRACE_CHARACTERS))


async def _serve(serving: Serving, connection: socket.socket) -> NoReturn:
    await serving.run(connection)
    os._exit(0)


def _build(order: Start, plugins: Plugins, link: Link) -> Connector:
    sys.path[:] = order.path
    logs = Logging.model_validate_json(order.logging)
    configure(logs.level)
    limit_plugins(per_second=logs.plugin_lines_per_second, burst=logs.plugin_lines_at_once)
    sources.open_namespace(plugins)
    source = Source(id=order.id, package=order.package, folder=Path(order.folder), origin=order.origin)
    if order.digest and digest_of(source.folder) != order.digest:
        remedy = f"run `mre-gateway connector reload {order.id}`, or start the gateway again"
        raise loader.PluginError(order.id, "level", "its files have changed since it was loaded", remedy)
    loaded = loader.load_one(source, plugins, tried=True)
    if loaded is None:
        raise loader.PluginError(order.id, "register", "registers no connector", "take it out of plugins.isolate")
    portal = Portal(
        id=order.id,
        http=LayeredClient(Requests(link), base_url=httpx.URL(order.base_url), user_agent=USER_AGENT),
        secrets={name: Secret(value) for name, value in order.secrets.items()},
        options=order.options,
        callback_url=order.callback_url,
        public_base_url=order.public_base_url,
    )
    remedy = f"correct [portals.{order.id}] in the settings, or the plugin"
    with loader.plugin_code(order.id, "build", remedy, source.folder):
        return loaded.connector_class(portal)


class Link:
    """The way to the gateway, once it is open."""

    def __init__(self, most: int) -> None:
        """`most`: bytes of a frame."""
        self.most: Final = most
        self.writer: asyncio.StreamWriter | None = None
        self.waiting: dict[int, asyncio.Future[httpx.Response]] = {}
        self._numbers = itertools.count(1)

    def send(self, message: ToGateway) -> None:
        """Raises `TooLong`, and whatever a message raises that cannot be encoded."""
        if self.writer is not None:
            self.writer.write(frame(message, self.most))

    async def request(self, request: httpx.Request) -> httpx.Response:
        call = _call.get(None)
        if call is None or self.writer is None:
            raise httpx.ConnectError("a connector makes requests within its operations alone", request=request)
        await hold_body(request)
        number = next(self._numbers)
        message = Request(call, number, request.method, str(request.url), request.headers.raw, request.content)
        if not is_bounded(message):
            raise NotSent("its method, address or headers are longer than an isolated connector's may be")
        answer: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()
        self.waiting[number] = answer
        try:
            self.send(message)
            await self.writer.drain()
            return await answer
        except TooLong:
            raise NotSent("it is larger than plugins.isolated_frame_bytes") from None
        except asyncio.CancelledError:
            self.send(Dropped(call, number))
            raise
        finally:
            del self.waiting[number]


class Requests(httpx.AsyncBaseTransport):
    """In the place of the layers: hands every request to the gateway."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._link.request(request)


class Serving:
    """Answers each `Invoke` once, however its call ends, and each `Cancel` of a call that it does not know."""

    def __init__(self, connector: Connector, link: Link, folder: str) -> None:
        self._connector = connector
        self._link = link
        self._folder = folder
        self._tasks: dict[int, asyncio.Task[ToGateway]] = {}
        self._told = 0
        """Dropped log lines that the gateway knows of."""

    async def run(self, connection: socket.socket) -> None:
        """Until the gateway has closed its end."""
        reader, self._link.writer = await asyncio.open_unix_connection(sock=connection)
        beating = asyncio.create_task(self._beat())
        try:
            while (said := await read_from_gateway(reader, self._link.most)) is not None:
                self._hear(said)
        finally:
            for each in (beating, *self._tasks.values()):
                each.cancel()
            self._link.writer.transport.abort()

    def _hear(self, said: ToChild) -> None:
        match said:
            case Invoke():
                task = self._tasks[said.call] = asyncio.create_task(self._invoke(said))
                task.add_done_callback(partial(self._end, said.call))
            case Cancel():
                if (task_of_call := self._tasks.get(said.call)) is not None:
                    task_of_call.cancel()
                else:
                    self._link.send(_cancelled(said.call))
            case HttpAnswer() if (waits := self._link.waiting.get(said.number)) is not None and not waits.done():
                extensions = {"http_version": b"HTTP/1.1", "reason_phrase": said.reason}
                response = httpx.Response(
                    said.status, headers=said.headers, content=said.content, extensions=extensions
                )
                waits.set_result(response)
            case Failed() if (waits := self._link.waiting.get(said.number)) is not None and not waits.done():
                error = rebuilt(said)
                error.isolated_request = said.number  # type: ignore[attr-defined]  # the gateway finds its own by it
                waits.set_exception(error)

    async def _beat(self) -> None:
        labels = {"portal": self._connector.portal.id}
        while True:
            dropped = int(REGISTRY.get_sample_value("mre_gateway_portal_log_lines_dropped_total", labels) or 0)
            self._link.send(Beat(dropped - self._told))
            self._told = dropped
            await asyncio.sleep(BEAT_SECONDS)

    async def _invoke(self, said: Invoke) -> ToGateway:
        _call.set(said.call)
        try:
            args, kwargs = unpack(said.arguments)
            result = await getattr(self._connector, said.operation)(*args, **kwargs)
            return Returned(said.call, value_bytes(result))
        except BaseException as error:  # whatever ends a task ends it here: a `SystemExit` would end the loop
            return _raised(said.call, error, self._folder)

    def _end(self, call: int, task: asyncio.Task[ToGateway]) -> None:
        del self._tasks[call]
        # One that was cancelled before its first step has run nothing of `_invoke`.
        said = _cancelled(call) if task.cancelled() else task.result()
        try:
            self._link.send(said)
        except Exception as error:  # too long, or text that is not Unicode
            self._link.send(Raised(call, "other", error=type(error).__name__))


def _cancelled(call: int) -> Raised:
    return Raised(call, "other", error="CancelledError")


def _raised(call: int, error: BaseException, folder: str) -> Raised:
    if isinstance(error, PortalError):
        try:
            said = checked_error(error)
        except WrongResult as wrong:
            return Raised(call, "other", error=type(error).__name__, location=wrong.location)
        kind = next(each.__name__ for each in KINDS if isinstance(said, each))
        wait = said.retry_after if isinstance(said, Unavailable) else None
        return Raised(
            call, kind, code=said.code, portal_message=said.portal_message, fields=said.fields, retry_after=wait
        )
    request = getattr(error, "isolated_request", None)
    request = request if type(request) is int else None
    if request is not None or isinstance(error, httpx.TransportError):
        told = failed(0, error)
        return Raised(
            call,
            told.kind,
            request=request,
            retry_after=told.retry_after,
            sent=told.sent,
            denied=told.denied,
        )
    found = place(error, Path(folder))
    location = f"{found[0].name}:{found[1]}" if found is not None else ""
    return Raised(call, "other", error=type(as_raised(error)).__name__, location=location)


def _end_with(parent: int) -> NoReturn:
    """A gateway that was killed closes nothing for a connector that does not look."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _limit(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

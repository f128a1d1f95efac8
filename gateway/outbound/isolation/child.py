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
from collections.abc import Coroutine
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, NoReturn

import httpx
import msgspec

from gateway.connectors import loader, sources
from gateway.connectors.contract import (
    Connector,
    NotYet,
    Paying,
    Portal,
    PortalError,
    Refused,
    ServerFailed,
    Unavailable,
    Unknown,
    Verdict,
)
from gateway.connectors.sources import Source
from gateway.outbound import errors
from gateway.outbound.client import LayeredClient
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
    ToGateway,
    first_of_gateway,
    frame,
    read_from_gateway,
    receive,
    unpack,
)
from gateway.outbound.layer import USER_AGENT
from gateway.secret import Secret
from gateway.settings import Logging, Plugins
from gateway.telemetry.logging import configure, limit_plugins
from gateway.telemetry.metrics import REGISTRY

BEAT_SECONDS: Final = 0.25
_KINDS: Final = (NotYet, ServerFailed, Unavailable, Refused, Unknown)
"""The narrower before the wider."""
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
    link = _Link()
    try:
        connector = _build(order, link)
        replies = {each.value: connector.answer(each) for each in Verdict} if isinstance(connector, Paying) else {}
        first: ToGateway = Built(replies)
    except loader.PluginError as error:
        first = NotBuilt(error.stage, error.reason, error.remedy, error.trace[-_TRACE_CHARACTERS:])
    except BaseException as error:
        trace = "".join(traceback.format_exception(error))[-_TRACE_CHARACTERS:]
        first = NotBuilt("build", f"{type(error).__name__}: {error}", "correct the plugin", trace)
    connection.sendall(frame(first))
    if isinstance(first, Built):
        asyncio.run(_Serving(connector, link, order.folder).run(connection))


def _build(order: Start, link: _Link) -> Connector:
    sys.path[:] = order.path
    logs = Logging.model_validate_json(order.logging)
    configure(logs.level)
    limit_plugins(per_second=logs.plugin_lines_per_second, burst=logs.plugin_lines_at_once)
    plugins = Plugins.model_validate_json(order.plugins)
    sources.open_namespace(plugins)
    source = Source(id=order.id, package=order.package, folder=Path(order.folder), origin=order.origin)
    loaded = loader.load_one(source, plugins, tried=True)
    if loaded is None:
        raise loader.PluginError(order.id, "register", "registers no connector", "take it out of plugins.isolate")
    portal = Portal(
        id=order.id,
        http=LayeredClient(_Requests(link), base_url=httpx.URL(order.base_url), user_agent=USER_AGENT),
        secrets={name: Secret(value) for name, value in order.secrets.items()},
        options=order.options,
        callback_url=order.callback_url,
        public_base_url=order.public_base_url,
    )
    remedy = f"correct [portals.{order.id}] in the settings, or the plugin"
    with loader.plugin_code(order.id, "build", remedy, source.folder):
        return loaded.connector_class(portal)


class _Link:
    """The way to the gateway, once it is open."""

    def __init__(self) -> None:
        self.writer: asyncio.StreamWriter | None = None
        self.waiting: dict[int, asyncio.Future[httpx.Response]] = {}
        self._numbers = itertools.count(1)

    def send(self, message: ToGateway) -> None:
        if self.writer is not None:
            self.writer.write(frame(message))

    async def request(self, request: httpx.Request) -> httpx.Response:
        call = _call.get(None)
        if call is None or self.writer is None:
            raise httpx.ConnectError("a connector makes requests within its operations alone", request=request)
        number = next(self._numbers)
        answer: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()
        self.waiting[number] = answer
        content = await request.aread()
        try:
            self.send(Request(call, number, request.method, str(request.url), request.headers.raw, content))
            await self.writer.drain()
            return await answer
        except asyncio.CancelledError:
            self.send(Dropped(call, number))
            raise
        finally:
            del self.waiting[number]


class _Requests(httpx.AsyncBaseTransport):
    """In the place of the layers: hands every request to the gateway."""

    def __init__(self, link: _Link) -> None:
        self._link = link

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._link.request(request)


class _Serving:
    def __init__(self, connector: Connector, link: _Link, folder: str) -> None:
        self._connector = connector
        self._link = link
        self._folder = folder
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._told = 0
        """Dropped log lines that the gateway knows of."""

    async def run(self, connection: socket.socket) -> None:
        reader, self._link.writer = await asyncio.open_unix_connection(sock=connection)
        self._beat(asyncio.get_running_loop())
        while (said := await read_from_gateway(reader)) is not None:
            match said:
                case Invoke():
                    self._tasks[said.call] = asyncio.create_task(self._invoke(said))
                case Cancel():
                    if (task := self._tasks.get(said.call)) is not None:
                        task.cancel()
                case HttpAnswer() if (waits := self._link.waiting.get(said.number)) is not None and not waits.done():
                    extensions = {"http_version": b"HTTP/1.1", "reason_phrase": said.reason}
                    response = httpx.Response(
                        said.status, headers=said.headers, content=said.content, extensions=extensions
                    )
                    waits.set_result(response)
                case Failed() if (waits := self._link.waiting.get(said.number)) is not None and not waits.done():
                    waits.set_exception(_error(said))
        os._exit(0)

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        labels = {"portal": self._connector.portal.id}
        dropped = int(REGISTRY.get_sample_value("mre_gateway_portal_log_lines_dropped_total", labels) or 0)
        self._link.send(Beat(dropped - self._told))
        self._told = dropped
        loop.call_later(BEAT_SECONDS, self._beat, loop)

    async def _invoke(self, said: Invoke) -> None:
        _call.set(said.call)
        try:
            args, kwargs = unpack(said.arguments)
            method: Coroutine[Any, Any, Any] = getattr(self._connector, said.operation)(*args, **kwargs)
            self._link.send(Returned(said.call, msgspec.msgpack.encode(await method)))
        except BaseException as error:  # whatever ends a task ends it here: a `SystemExit` would end the loop
            self._link.send(_raised(said.call, error, self._folder))
        finally:
            del self._tasks[said.call]


def _error(said: Failed) -> httpx.TransportError:
    """An error that a connector can catch as it would in the gateway's own process."""
    kind = getattr(errors, said.kind, None) or getattr(httpx, said.kind, None)
    if not (isinstance(kind, type) and issubclass(kind, httpx.TransportError)):
        kind = httpx.TransportError
    late = issubclass(kind, errors.DeadlineExceeded)
    made: httpx.TransportError = errors.DeadlineExceeded(said.message, sent=True) if late else kind(said.message)
    made.number = said.number  # type: ignore[attr-defined]  # by which the gateway finds its own error again
    return made


def _raised(call: int, error: BaseException, folder: str) -> Raised:
    if isinstance(error, PortalError):
        kind = next(each for each in _KINDS if isinstance(error, each))
        return Raised(
            call,
            kind.__name__,
            code=error.code,
            portal_message=error.portal_message,
            fields=error.fields,
            retry_after=getattr(error, "retry_after", None),
        )
    if isinstance(error, httpx.TransportError):
        return Raised(call, type(error).__name__, request=getattr(error, "number", None))
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if each.filename.startswith(f"{folder}/")] or frames
    location = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    return Raised(call, "other", error=type(error).__name__, location=location)


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

"""Run the sandbox host, or any ASGI application, on a socket whose connections can be dropped."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from gateway.sandbox.transport import DroppableProtocol


class PortTaken(Exception):
    """Somebody else listens there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """A second socket on which the same application is served over TLS."""

    listening: socket.socket
    context: ssl.SSLContext


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, secured: Secured | None) -> None:
        super().__init__(config)
        self._secured = secured

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._secured is None:
            return
        loop = asyncio.get_running_loop()

        def protocol() -> asyncio.Protocol:
            return DroppableProtocol(self.config, self.server_state, self.lifespan.state, loop)

        self.servers.append(await loop.create_server(protocol, sock=self._secured.listening, ssl=self._secured.context))


def listen(host: str, port: int) -> socket.socket:
    """A bound TCP socket; port 0 takes any free one. Raises `PortTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Naming TCP matters: asyncio switches Nagle's algorithm off only then, and with it each answer takes 40 ms.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(1024)
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"port {port} on {host} is taken: stop what listens there, or choose another port"
            ) from error
        raise PortTaken(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return found


def url_of(listening: socket.socket, scheme: str = "http") -> str:
    host, port = listening.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def serve(app: Any, listening: socket.socket, secured: Secured | None = None) -> None:
    """Until SIGINT or SIGTERM. Requests that hang are cut off after a second."""
    _Server(_config(app, loop="uvloop"), secured).run(sockets=[listening])


@asynccontextmanager
async def running(
    app: Any,
    listening: socket.socket | None = None,
    secured: Secured | None = None,
    *,
    http: type[asyncio.Protocol] = DroppableProtocol,
) -> AsyncIterator[str]:
    """Serve `app` in this event loop and give its address: `http://127.0.0.1:41234`.

    It listens on a free port, or on a socket from `listen` when the address must be known beforehand. On the way out
    open connections are cut, so that nothing waits for a client that keeps one.
    """
    config = _config(app, http=http)
    config.load()
    server = _Server(config, secured)
    server.lifespan = config.lifespan_class(config)
    listening = listening or listen("127.0.0.1", 0)
    address = url_of(listening)
    await server.startup(sockets=[listening])
    try:
        yield address
    finally:
        for each in server.servers:
            each.close()
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        if server.server_state.tasks:
            _, late = await asyncio.wait(server.server_state.tasks, timeout=1.0)
            for task in late:
                task.cancel()
        await server.lifespan.shutdown()
        listening.close()
        if secured is not None:
            secured.listening.close()


def _config(app: Any, loop: Any = "none", http: type[asyncio.Protocol] = DroppableProtocol) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=http,
        ws="none",
        loop=loop,
        lifespan="auto",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
    )

"""Gates to a portal made of a raw socket."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from gateway.audit.entry import Entry
from gateway.outbound import call_context
from gateway.outbound.pipeline import PortalClient, open_portal_client
from gateway.settings import Outbound, PortalSettings
from tests.outbound.raw import RawPortal


@pytest.fixture
async def listen() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Start a server from a function of reader and writer; gives its base URL."""
    servers: list[asyncio.Server] = []
    tasks: set[asyncio.Task[None]] = set()

    async def start(handle: Callable[..., Awaitable[None]], tls: ssl.SSLContext | None = None) -> str:
        async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await handle(reader, writer)
            except asyncio.CancelledError:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=tls)
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        return f"{'https' if tls else 'http'}://127.0.0.1:{port}"

    yield start
    for server in servers:
        server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def portal(listen: Callable[..., Awaitable[str]]) -> RawPortal:
    double = RawPortal()
    double.url = await listen(double.handle)
    return double


@pytest.fixture
async def client_to() -> AsyncIterator[Callable[..., PortalClient]]:
    """Open a client: `client_to(url, retry={"attempts": 1}, auth={...})`. Settings, or arguments of
    `open_portal_client`."""
    portal_clients: list[PortalClient] = []
    sections = set(Outbound.model_fields)

    def make(url: str, **given: Any) -> PortalClient:
        settings = {"retry": {"base_seconds": 0.001}, "sign": False}
        settings |= {name: value for name, value in given.items() if name in sections}
        arguments = {"portal": "barid", "allowed": [url]}
        arguments |= {name: value for name, value in given.items() if name not in sections}
        portal_client = open_portal_client(base_url=url, settings=PortalSettings.model_validate(settings), **arguments)
        portal_clients.append(portal_client)
        return portal_client

    yield make
    for portal_client in portal_clients:
        await portal_client.close()


@pytest.fixture
def entry() -> Iterator[Entry]:
    """Requests are recorded in this one."""
    made = Entry(call_id="call_test", kind="call")
    call = call_context.OperationContext(portal="barid", operation=call_context.UNDECLARED, hops=made.hops)
    token = call_context.current.set(call)
    yield made
    call_context.current.reset(token)

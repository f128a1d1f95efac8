"""Gates to a portal made of a raw socket."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from gateway.audit.entry import Entry
from gateway.outbound import exchange
from gateway.outbound.pipeline import Gate, open_gate
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
async def gate_to() -> AsyncIterator[Callable[..., Gate]]:
    """Open a gate: `gate_to(url, retry={"attempts": 1}, auth={...})`. Settings, or arguments of `open_gate`."""
    gates: list[Gate] = []
    sections = set(Outbound.model_fields)

    def make(url: str, **given: Any) -> Gate:
        settings = {"retry": {"base_seconds": 0.001}, "sign": False}
        settings |= {name: value for name, value in given.items() if name in sections}
        arguments = {"portal": "barid", "allowed": [url]}
        arguments |= {name: value for name, value in given.items() if name not in sections}
        gate = open_gate(base_url=url, settings=PortalSettings.model_validate(settings), **arguments)
        gates.append(gate)
        return gate

    yield make
    for gate in gates:
        await gate.close()


@pytest.fixture
def entry() -> Iterator[Entry]:
    """Requests are recorded in this one."""
    made = Entry(call_id="call_test", kind="call")
    call = exchange.Exchange(portal="barid", operation=exchange.UNDECLARED, hops=made.hops)
    token = exchange.current.set(call)
    yield made
    exchange.current.reset(token)

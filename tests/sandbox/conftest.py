from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from gateway.sandbox.context import Clock, Effects, SandboxContext, Store
from gateway.sandbox.faults import Switchboard
from gateway.sandbox.host import Host
from gateway.sandbox.requests import Requests
from gateway.testing import running
from tests.waiting import PATIENCE


async def said(receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


class Till:
    """A plain ASGI sandbox: POST makes an effect unless it says "nothing", anything else tells what it saw."""

    def __init__(self, context: SandboxContext) -> None:
        self.context = context
        self.seen: list[str] = []
        self.lifecycle: list[str] = []

    async def startup(self) -> None:
        self.lifecycle.append("startup")

    async def shutdown(self) -> None:
        self.lifecycle.append("shutdown")

    async def __call__(self, scope, receive, send) -> None:
        body = await said(receive)
        self.seen.append(scope["path"])
        if scope["method"] == "POST" and body != b"nothing":
            with self.context.store.transaction():
                self.context.effects.record("order", f"O-{len(self.context.effects.all()) + 1}")
        answer = f"{scope['path']} {scope['root_path']!r} {self.context.target_uri(scope)}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": answer[:5], "more_body": True})
        await send({"type": "http.response.body", "body": answer[5:]})


class Place:
    """A host with one portal `till`, on a real socket."""

    def __init__(self, store_file: Path, *, seed: int | None = 7) -> None:
        self.store = Store(store_file)
        self.clock = Clock(self.store)
        self.effects = Effects(self.store, "till", self.clock)
        context = SandboxContext(
            portal="till",
            base_url="http://public.example/till",
            store=self.store,
            clock=self.clock,
            effects=self.effects,
            secrets={},
        )
        self.till = Till(context)
        self.host = Host(
            store=self.store,
            clock=self.clock,
            faults=Switchboard(self.store, seed),
            requests=Requests(self.store),
            apps={"till": self.till},
            broken={"sick": "it broke"},
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[httpx.AsyncClient]:
        async with running(self.host) as url, httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
            yield client


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.sqlite"


@pytest.fixture
def place(store_file: Path) -> Place:
    return Place(store_file)


@pytest.fixture
async def client(place: Place) -> AsyncIterator[httpx.AsyncClient]:
    async with place.open() as found:
        yield found


@pytest.fixture
def reopened(store_file: Path):
    """The same host after its process was killed."""
    return lambda: Place(store_file)

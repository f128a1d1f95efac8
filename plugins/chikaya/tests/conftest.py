"""The stand-in and the gateway's end of its notices, each on a socket of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from gateway.connectors.contract import Portal
from gateway.sandbox.context import Clock, Effects, SandboxContext, Store
from gateway.sandbox.serve import listen, url_of
from gateway.secret import Secret
from gateway.testing import running
from plugins.chikaya.connector import Chikaya
from plugins.chikaya.sandbox import sandbox
from plugins.chikaya.tests.sandbox_portal import OPTIONS, SECRETS, Behind, Gateway, SandboxPortal, Signed, submission


@pytest.fixture
def filing() -> Callable[..., object]:
    return submission


@pytest.fixture
def options() -> dict[str, str]:
    return dict(OPTIONS)


@pytest.fixture
async def sandbox_portal(options: dict[str, str]) -> AsyncIterator[SandboxPortal]:
    store, server, gateway = Store(), Behind(), Gateway()
    clock = Clock(store)
    listening = listen("127.0.0.1", 0)
    context = SandboxContext(
        portal="chikaya",
        base_url=url_of(listening),
        store=store,
        clock=clock,
        effects=Effects(store, "chikaya", clock),
        secrets=SECRETS,
        options=options,
    )
    async with AsyncExitStack() as stack:
        stack.callback(store.close)
        server.app = sandbox(context)
        await stack.enter_async_context(running(server, listening))
        gateway_url = await stack.enter_async_context(running(gateway))
        stack.push_async_callback(lambda: server.app.shutdown())
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=context.base_url, auth=Signed(), trust_env=False, verify=False)
        )
        gateway.chikaya = Chikaya(
            Portal(
                id="chikaya",
                http=http,
                secrets={name: Secret(value) for name, value in SECRETS.items()},
                options=options,
                callback_url=f"{gateway_url}/callbacks/chikaya",
            )
        )
        yield SandboxPortal(context=context, server=server, gateway=gateway, chikaya=gateway.chikaya, http=http)

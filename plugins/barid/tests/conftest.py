"""The sandbox on a real socket, and the connector in front of it as the gateway would build it, without the duties."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from gateway.connectors.contract import Portal
from gateway.sandbox.context import Clock, Effects, SandboxContext, Store
from gateway.secret import Secret
from gateway.testing import running
from plugins.barid.connector import Barid
from plugins.barid.sandbox import sandbox

KEY = "key-of-the-tests"


@dataclass
class RunningSandbox:
    context: SandboxContext
    client: httpx.AsyncClient
    barid: Barid

    def days_pass(self, days: float) -> None:
        self.context.clock.set(advance=days * 86400 + 1)


@pytest.fixture
async def running_sandbox():
    store = Store()
    clock = Clock(store)
    context = SandboxContext(
        portal="barid",
        base_url="http://barid.invalid",
        store=store,
        clock=clock,
        effects=Effects(store, "barid", clock),
        secrets={"api_key": KEY},
    )
    async with (
        running(sandbox(context)) as url,
        httpx.AsyncClient(base_url=url, verify=False, headers={"X-API-Key": KEY}) as client,
    ):
        yield RunningSandbox(context, client, Barid(Portal(id="barid", http=client, secrets={"api_key": Secret(KEY)})))
    store.close()

"""The sandbox on a real socket, and the connector in front of it."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from gateway.connectors.contract import Portal, Submission
from gateway.sandbox.context import Clock, Effects, SandboxContext, Store
from gateway.testing import running
from plugins.echo.connector import Echo
from plugins.echo.sandbox import sandbox

KEY = "key-of-the-tests"


@dataclass
class RunningSandbox:
    context: SandboxContext
    client: httpx.AsyncClient
    echo: Echo

    def hours_pass(self, hours: float) -> None:
        self.context.clock.set(advance=hours * 3600 + 1)

    def effects(self) -> list[str]:
        return [effect["kind"] for effect in self.context.effects.all()]


def submission(service="echo.note", key="key-1", stamp=None, **form) -> Submission:
    return Submission(case_id="case_1", key=key, service=service, form={"text": "Bonjour", **form}, stamp=stamp)


@pytest.fixture
async def running_sandbox():
    store = Store()
    clock = Clock(store)
    effects = Effects(store, "echo", clock)
    context = SandboxContext(
        portal="echo", base_url="", store=store, clock=clock, effects=effects, secrets={"api_key": KEY}
    )
    async with (
        running(sandbox(context)) as url,
        httpx.AsyncClient(base_url=url, verify=False, headers={"X-API-Key": KEY}) as client,
    ):
        yield RunningSandbox(context, client, Echo(Portal(id="echo", http=client, secrets={})))
    store.close()


@pytest.fixture
def file(running_sandbox):
    """File a demand: `await file(behave="never")` gives its reference."""

    async def filed(**about) -> str:
        return (await running_sandbox.echo.file(submission(**about))).reference

    return filed

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.connectors.contract import Portal, Requester, Submission
from gateway.sandbox.context import Clock, Effects, SandboxContext, Store
from gateway.testing import running, service_tables
from plugins.watiqa.connector import Watiqa
from plugins.watiqa.sandbox import sandbox

SECRET = "a secret both sides agreed on"
STAMP = "1234567890123456"
SERVICES = service_tables(Path(__file__).parents[1])


class ClientCredentials(httpx.Auth):
    """What the gateway's authenticate layer does, in small: get a token, and a new one when it is refused."""

    requires_response_body = True

    def __init__(self, token_url: str, *, secret: str = SECRET) -> None:
        self._ask = {"grant_type": "client_credentials", "client_id": "mre-gateway", "client_secret": secret}
        self._url = token_url
        self.token = ""
        self.asked = 0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        for fresh in (False, True):
            if fresh or not self.token:
                answer = yield httpx.Request("POST", self._url, data=self._ask)
                self.asked += 1
                self.token = answer.json().get("access_token", "none")
            request.headers["authorization"] = f"Bearer {self.token}"
            response = yield request
            if response.status_code != 401:
                return


@pytest.fixture
def filing() -> Callable[..., Submission]:
    """Make a submission: the service's own example, with changes by name (`act={"number": "1"}`) laid over it."""

    def make(
        service: str = "birth-extract", *, key: str = "key-1", stamp: str | None = STAMP, **changes: Any
    ) -> Submission:
        form = {**SERVICES[service]["example"]}
        for name, change in changes.items():
            form[name] = {**form[name], **change} if isinstance(change, dict) and name != "delivery" else change
        requester = Requester(national_id=form["person"]["cnie"], family_name="El Fassi", given_name="Amina")
        return Submission(
            case_id="case_1", key=key, service=f"watiqa.{service}", form=form, stamp=stamp, requester=requester
        )

    return make


@pytest.fixture
def open_context() -> Callable[..., SandboxContext]:
    """Open a sandbox's context on a file (in memory without one), as the sandbox host does."""

    def make(path: Path | str = ":memory:") -> SandboxContext:
        store = Store(path)
        clock = Clock(store)
        return SandboxContext(
            portal="watiqa",
            base_url="http://sandbox.invalid/watiqa",
            store=store,
            clock=clock,
            effects=Effects(store, "watiqa", clock),
            secrets={"client_secret": SECRET},
        )

    return make


@pytest.fixture
def context(open_context: Callable[..., SandboxContext]) -> SandboxContext:
    return open_context()


@pytest.fixture
async def base_url(context: SandboxContext) -> AsyncIterator[str]:
    """The sandbox on a real socket."""
    async with running(sandbox(context)) as address:
        yield address


@pytest.fixture
async def http(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    auth = ClientCredentials(f"{base_url}/oauth/token")
    async with httpx.AsyncClient(base_url=base_url, auth=auth, trust_env=False, verify=False) as client:
        yield client


@pytest.fixture
def watiqa(http: httpx.AsyncClient) -> Watiqa:
    return Watiqa(Portal(id="watiqa", http=http, secrets={}))

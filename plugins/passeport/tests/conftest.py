from __future__ import annotations

import time
import tomllib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.connectors.contract import Attachment, Filing, Portal, Requester, Submission, Tracking
from gateway.outbound.invoke import Callee, invoke
from gateway.outbound.pipeline import PortalClient, open_portal_client
from gateway.sandbox.context import Clock, Effects, SandboxContext, Store
from gateway.sandbox.serve import listen, url_of
from gateway.settings import PortalSettings
from gateway.testing import running, service_tables
from plugins.passeport.connector import Passeport
from plugins.passeport.sandbox import sandbox

PLUGIN = Path(__file__).parents[1]
SERVICES = service_tables(PLUGIN)
AUTH = tomllib.loads((PLUGIN / "plugin.toml").read_text(encoding="utf-8"))["auth"]
STAMP = "2234567890123456"
REPORT = "att_" + "0" * 26
BOOKLET = Attachment(id="att_booklet", filename="livret.pdf", media_type="application/pdf", content=b"%PDF-1.4")


class Key:
    """A signer as the key ring gives them."""

    algorithm = "EdDSA"

    def __init__(self, key_id: str = "key-1") -> None:
        self.key_id = key_id
        self._private = Ed25519PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


class Called:
    """The connector as the gateway calls it: behind its real outbound layers, with three ways to fail."""

    def __init__(self, portal_client: PortalClient) -> None:
        self.portal_client = portal_client
        self._connector = Passeport(Portal(id="passeport", http=portal_client.client, secrets={}))

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            capability = Tracking if operation == "track" else Filing
            return await invoke(Callee("passeport", self._connector), getattr(capability, operation), *args, **kwargs)

        return call


@pytest.fixture
def filing() -> Callable[..., Submission]:
    """Make a submission: the service's own example, with changes by name (`person={"cnie": "A1"}`) laid over it; None
    takes a part away."""

    def make(
        service: str = "renewal-adult", *, key: str = "key-1", stamp: str | None = STAMP, **changes: Any
    ) -> Submission:
        form = {**SERVICES[service]["example"]}
        for name, change in changes.items():
            form[name] = {**form.get(name, {}), **change} if isinstance(change, dict) and name != "delivery" else change
        form = {name: part for name, part in form.items() if part is not None}
        report = Attachment(id=REPORT, filename="pv.pdf", media_type="application/pdf", content=b"%PDF-1.4")
        files = [report] if "declaration" in form else []
        if "family_booklet" in form.get("guardian", {}):
            form["guardian"] = {**form["guardian"], "family_booklet": BOOKLET.id}
            files.append(BOOKLET)
        requester = Requester(national_id=form.get("guardian", form["person"]).get("cnie", "AB123456"))
        return Submission(
            case_id="case_1",
            key=key,
            service=f"passeport.{service}",
            form=form,
            stamp=stamp,
            attachments=files,
            requester=requester,
        )

    return make


@pytest.fixture
def key() -> Key:
    return Key()


@pytest.fixture
def open_context(key: Key) -> Callable[..., SandboxContext]:
    """Open a sandbox's context on a file (in memory without one), as the sandbox host does."""

    def make(path: Path | str = ":memory:", *, base_url: str = "http://sandbox.invalid") -> SandboxContext:
        store = Store(path)
        clock = Clock(store)
        return SandboxContext(
            portal="passeport",
            base_url=base_url,
            store=store,
            clock=clock,
            effects=Effects(store, "passeport", clock),
            secrets={},
            gateway_keys={key.key_id: key.public},
        )

    return make


@pytest.fixture
async def context(open_context: Callable[..., SandboxContext]) -> AsyncIterator[SandboxContext]:
    """The context of a sandbox on a real socket, at `context.base_url`."""
    listening = listen("127.0.0.1", 0)
    made = open_context(base_url=url_of(listening))
    async with running(sandbox(made), listening):
        yield made


@pytest.fixture
async def open_portal(key: Key) -> AsyncIterator[Callable[..., Called]]:
    """The way to a portal at an address, with a signer or a clock that may be wrong."""
    portal_clients = []

    def make(
        url: str, *, signer: Key = key, now: Callable[[], float] = time.time, client_id: str = "mre-gateway"
    ) -> Called:
        portal_client = open_portal_client(
            "passeport",
            base_url=url,
            allowed=[url],
            settings=PortalSettings.model_validate({"retry": {"base_seconds": 0.001}}),
            auth=AUTH,
            options={"client_id": client_id},
            signer=lambda: signer,
            now=now,
        )
        portal_clients.append(portal_client)
        return Called(portal_client)

    yield make
    for portal_client in portal_clients:
        await portal_client.close()


@pytest.fixture
def passeport(context: SandboxContext, open_portal: Callable[..., Called]) -> Called:
    return open_portal(context.base_url)


@pytest.fixture
async def stranger(context: SandboxContext) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who talks to the sandbox without the gateway's layers."""
    async with httpx.AsyncClient(base_url=context.base_url, trust_env=False, verify=False) as client:
        yield client

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
from gateway.outbound.pipeline import Gate, open_gate
from gateway.sandbox.desk import Clock, Desk, Effects, Store
from gateway.sandbox.serve import listen, url_of
from gateway.settings import PortalSettings
from gateway.testing import running
from plugins.passeport.connector import Passeport
from plugins.passeport.sandbox import sandbox

PLUGIN = Path(__file__).parents[1]
SERVICES = tomllib.loads((PLUGIN / "services.toml").read_text(encoding="utf-8"))
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

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self._connector = Passeport(Portal(id="passeport", http=gate.client, secrets={}))

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
        asks = Requester(national_id=form.get("guardian", form["person"]).get("cnie", "AB123456"))
        return Submission(
            case_id="case_1",
            key=key,
            service=f"passeport.{service}",
            form=form,
            stamp=stamp,
            attachments=files,
            requester=asks,
        )

    return make


@pytest.fixture
def key() -> Key:
    return Key()


@pytest.fixture
def open_desk(key: Key) -> Callable[..., Desk]:
    """Open a desk on a file (in memory without one), as the sandbox host does."""

    def make(path: Path | str = ":memory:", *, base_url: str = "http://sandbox.invalid") -> Desk:
        store = Store(path)
        clock = Clock(store)
        return Desk(
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
async def desk(open_desk: Callable[..., Desk]) -> AsyncIterator[Desk]:
    """The desk of a sandbox that is on a real socket, at `desk.base_url`."""
    listening = listen("127.0.0.1", 0)
    made = open_desk(base_url=url_of(listening))
    async with running(sandbox(made), listening):
        yield made


@pytest.fixture
async def open_portal(key: Key) -> AsyncIterator[Callable[..., Called]]:
    """The way to a portal at an address, with a signer or a clock that may be wrong."""
    gates = []

    def make(
        url: str, *, signer: Key = key, now: Callable[[], float] = time.time, client_id: str = "mre-gateway"
    ) -> Called:
        gate = open_gate(
            "passeport",
            base_url=url,
            allowed=[url],
            settings=PortalSettings.model_validate({"retry": {"base_seconds": 0.001}}),
            auth=AUTH,
            options={"client_id": client_id},
            signer=lambda: signer,
            now=now,
        )
        gates.append(gate)
        return Called(gate)

    yield make
    for gate in gates:
        await gate.close()


@pytest.fixture
def passeport(desk: Desk, open_portal: Callable[..., Called]) -> Called:
    return open_portal(desk.base_url)


@pytest.fixture
async def stranger(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who talks to the sandbox without the gateway's layers."""
    async with httpx.AsyncClient(base_url=desk.base_url, trust_env=False, verify=False) as client:
        yield client

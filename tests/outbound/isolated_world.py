"""A gateway's portals with two connectors of one code: `near` in its process and `far` in one of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from gateway.app import open_portals
from gateway.audit.entry import Entry
from gateway.connectors.contract import Parcel, Shipping
from gateway.connectors.loader import load
from gateway.settings import Settings
from tests.outbound.raw import RawPortal, answer, until

MANIFEST = """
id = "{id}"
api = 1
lifecycle = "preview"
version_added = "0.1.0"
owners = ["A carrier"]
hosts = ["carrier.invalid"]
secrets = ["key"]
sign = false
[title]
ar = "{id}"
fr = "{id}"
en = "{id}"
[auth]
scheme = "api_key"
header = "X-API-Key"
secret = "key"
"""
INIT = """
from gateway.connectors.authoring import registering
from .connector import Carrier
gateway_register_connectors = registering(Carrier)
"""
CONNECTOR = """
from __future__ import annotations
import asyncio, os, signal, time
import httpx
from gateway.connectors.contract import *

class Carrier(Connector, Shipping):
    not_served = frozenset({"AQ"})

    def __init__(self, portal):
        super().__init__(portal)
        if portal.options.get("broken"):
            raise LookupError("no such depot")

    async def find_shipment(self, idempotency_key):
        return None

    async def ship(self, parcel):
        if parcel.content == "nothing sent":
            os._exit(7)
        response = check(await self.http.post("/parcels", json={"key": parcel.key}), {"too_heavy": "too_heavy"})
        if parcel.content == "dies":
            os._exit(7)
        return Shipment(number=response.json()["number"])

    async def trace(self, number):
        match number:
            case "loops":
                while True:
                    number = number
            case "sleeps":
                time.sleep(60)
            case "waits":
                await asyncio.sleep(600)
            case "exits":
                raise SystemExit(3)
            case "signals":
                os.kill(0, signal.SIGWINCH)
                os.kill(os.getpid(), signal.SIGKILL)
            case "writes":
                os.write(2, b'{"event": "audit_checkpoint_failed", "plugin": "near", "at": "A B"}\\n')
                os.write(2, b"Amina, born in Fes\\n" * 1_000)
                raise Refused("written")
            case "raises":
                raise LookupError("a person's name")
            case "wrong":
                return {"reference": 5}
            case "where":
                return Progress(reference=str(os.getpid()), status=CaseStatus.IN_PROGRESS, portal_status="x")
            case "secret":
                told = self.portal.secrets["key"].reveal() + os.environ.get("A_SECRET_OF_THE_GATEWAY", "")
                return Progress(reference=told, status=CaseStatus.IN_PROGRESS, portal_status="x")
        try:
            response = check(await self.http.get("/trace", params={"n": number}), {"unknown": "not_found_at_portal"})
        except httpx.TimeoutException:
            raise Unavailable("portal_busy") from None
        return Progress(reference=number, status=CaseStatus.IN_PROGRESS, portal_status=response.json()["at"])
"""


def _write(folder: Path, id: str) -> None:
    made = folder / id
    made.mkdir(parents=True)
    (made / "plugin.toml").write_text(MANIFEST.format(id=id))
    (made / "__init__.py").write_text(INIT)
    (made / "connector.py").write_text(CONNECTOR)
    (folder / "key").write_text("the-key-of-the-carrier")


def line_of(text: str) -> int:
    return CONNECTOR.split("\n").index(next(each for each in CONNECTOR.split("\n") if text in each)) + 1


USUAL = b'{"at": "depot", "number": "RR123456785MA"}'
PARCEL = {"case_id": "case_1", "recipient": {"name": "N", "lines": ["1"], "city": "C"}, "sender": "office"}


def parcel(content: str) -> Parcel:
    return msgspec.convert(PARCEL | {"key": "key-1", "content": content}, Parcel)


class World:
    def __init__(self, portals, registry):
        self.portals, self.registry = portals, registry
        self.entry = Entry(call_id="call_test", kind="call")

    async def trace(self, number, portal="far", budget=None):
        return await self.portals.recorded_in(self.entry, budget=budget).call(portal, Shipping.trace, number)

    async def ship(self, content, portal="far"):
        return await self.portals.recorded_in(self.entry).call(portal, Shipping.ship, parcel(content))

    @property
    def process(self):
        return self.portals.get("far").isolated

    async def back(self):
        await until(lambda: self.process.alive)


@asynccontextmanager
async def open_world(
    folder: Path,
    *,
    isolate: tuple[str, ...] = ("far",),
    options: Any = None,
    outbound: Any = None,
    **plugins: Any,
) -> AsyncIterator[World]:
    """With a portal of its own, which knows where parcels are. `options` are those of `far`, `plugins` settings of that
    section."""
    portal = RawPortal(lambda seen: answer(body=USUAL))
    server = await asyncio.start_server(portal.handle, "127.0.0.1", 0)
    _write(folder / "plugins", "near")
    _write(folder / "plugins", "far")
    own = {
        "base_url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",
        "secrets": {"key": {"file": str(folder / "plugins" / "key")}},
        "retry": {"base_seconds": 0.001},
        **(outbound or {}),
    }
    settings = Settings.model_validate(
        {
            "state_dir": folder / "state",
            "plugins": {
                "folders": (str(folder / "plugins"),),
                "enabled": ("near", "far"),
                "isolate": isolate,
                "isolated_silent_seconds": 60,
                **plugins,
            },
            "portals": {"near": own, "far": own | {"options": options or {}}},
        }
    )
    registry = load(settings)
    made = World(await asyncio.to_thread(open_portals, settings, registry, lambda: None, None), registry)
    made.settings, made.portal = settings, portal
    try:
        await made.portals.start()
        yield made
    finally:
        await made.portals.close()
        server.close()

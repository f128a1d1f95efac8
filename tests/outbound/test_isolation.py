"""A connector in a process of its own: the same answers, and nothing that it does reaches the others."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import msgspec
import pytest
import structlog

from gateway.app import open_portals
from gateway.audit.entry import Entry
from gateway.connectors.contract import Parcel, Refused, Shipping, Unavailable, Unknown
from gateway.connectors.loader import load
from gateway.settings import Settings
from gateway.telemetry.metrics import exposition
from tests.outbound.raw import answer, until

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
import asyncio, os, time
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
            case "eats":
                kept = bytearray(200_000_000)
                kept[::4096] = b"x" * len(kept[::4096])
                await asyncio.sleep(60)
            case "waits":
                await asyncio.sleep(600)
            case "exits":
                raise SystemExit(3)
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


def write(folder: Path, id: str) -> None:
    made = folder / id
    made.mkdir(parents=True)
    (made / "plugin.toml").write_text(MANIFEST.format(id=id))
    (made / "__init__.py").write_text(INIT)
    (made / "connector.py").write_text(CONNECTOR)
    (folder / "key").write_text("the-key-of-the-carrier")


def line_of(text: str) -> int:
    return CONNECTOR.split("\n").index(next(each for each in CONNECTOR.split("\n") if text in each)) + 1


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


@pytest.fixture
async def world(tmp_path, portal, monkeypatch):
    monkeypatch.setenv("A_SECRET_OF_THE_GATEWAY", "never")
    write(tmp_path / "plugins", "near")
    write(tmp_path / "plugins", "far")
    portal.respond = lambda seen: answer(body=b'{"at": "depot", "number": "RR123456785MA"}')
    worlds = []

    async def make(options=None, outbound=None, **plugins):
        own = {
            "base_url": portal.url,
            "secrets": {"key": {"file": str(tmp_path / "plugins" / "key")}},
            "retry": {"base_seconds": 0.001},
            **(outbound or {}),
        }
        settings = Settings.model_validate(
            {
                "state_dir": tmp_path / "state",
                "plugins": {
                    "folders": (str(tmp_path / "plugins"),),
                    "enabled": ("near", "far"),
                    "isolate": ("far",),
                    "isolated_silent_seconds": 0.8,
                    **plugins,
                },
                "portals": {"near": own, "far": own | {"options": options or {}}},
            }
        )
        registry = load(settings)
        made = World(await asyncio.to_thread(open_portals, settings, registry, lambda: None, None), registry)
        made.settings = settings
        worlds.append(made)
        await made.portals.start()
        return made

    yield make
    for each in worlds:
        await each.portals.close()


async def test_an_isolated_connector_answers_as_any_other(world, portal):
    made = await world()
    here, there = await made.trace("where", "near"), await made.trace("where")
    assert here.reference == str(os.getpid())
    assert there.reference == str(made.process.pid) != here.reference
    assert await made.trace("RR1") == await made.trace("RR1", "near")
    assert (await made.ship("a passport")).number == "RR123456785MA"
    assert made.portals.connector("far").not_served == {"AQ"}
    first, second, third = portal.seen
    assert (first.target, dict(first.headers)) == (second.target, dict(second.headers))
    assert json.loads(third.body) == {"key": "key-1"}
    assert third.headers["x-api-key"] == "the-key-of-the-carrier"
    hop = made.entry.hops[0]
    assert (hop.portal, hop.operation, hop.method, hop.status, hop.outcome) == ("far", "trace", "GET", 200, "answered")
    assert b"the-key-of-the-carrier" not in hop.request
    assert (await made.trace("secret")).reference == "the-key-of-the-carrier"


async def test_what_comes_of_a_request_is_the_same_across_the_process(world, portal):
    made = await world()
    said = {"error": "too_heavy", "message": "plus de 30 kg"}
    portal.respond = lambda _: answer(422, json.dumps(said).encode())
    with pytest.raises(Refused) as refused:
        await made.ship("a stone")
    assert (refused.value.code, refused.value.portal_message) == ("too_heavy", "plus de 30 kg")

    portal.respond = lambda _: None
    with pytest.raises(Unavailable, match="portal_unavailable"):
        await made.trace("RR1")
    with pytest.raises(Unknown, match="outcome_unknown"):
        await made.ship("a passport")


async def test_a_process_that_dies_after_a_creation_was_sent_leaves_it_unknown(world, portal):
    made = await world()
    with structlog.testing.capture_logs() as logs, pytest.raises(Unknown) as unknown:
        await made.ship("dies")
    assert unknown.value.perhaps_done
    assert len(portal.seen) == 1
    (told,) = [each for each in logs if each["event"] == "isolated_connector_stopped"]
    assert (told["portal"], told["operation"], told["reason"], told["status"]) == ("far", "ship", "ended", 7)
    await made.back()
    assert (await made.ship("a passport")).number


@pytest.mark.parametrize("how", ["loops", "sleeps"])
async def test_a_process_that_does_not_yield_is_ended_and_the_others_serve_on(world, how):
    made = await world()
    stuck = asyncio.create_task(made.trace(how))
    beside = asyncio.create_task(made.trace("RR1"))
    assert (await made.trace("RR1", "near")).portal_status == "depot"
    with structlog.testing.capture_logs() as logs, pytest.raises(Unavailable, match="connector_failed"):
        await stuck
    await asyncio.gather(beside, return_exceptions=True)
    (told,) = [each for each in logs if each["event"] == "isolated_connector_stopped"]
    first = {"loops": line_of("while True:"), "sleeps": line_of("time.sleep(60)")}[how]
    assert (told["portal"], told["operation"], told["reason"]) == ("far", "trace", "blocked")
    assert told["location"] in (f"connector.py:{first}", f"connector.py:{first + 1}")
    assert made.process.latest.location == told["location"]
    assert made.portals.stopped() == [made.process.latest]
    assert made.portals.state("near") == "up"
    await made.back()
    assert (await made.trace("RR1")).portal_status == "depot"
    assert b'process_stops_total{portal="far",reason="blocked"}' in exposition()


async def test_a_process_that_dies_before_anything_was_sent_did_nothing(world, portal):
    made = await world()
    with pytest.raises(Unavailable, match="connector_failed"):
        await made.ship("nothing sent")
    assert portal.seen == []
    assert made.portals.state("far") == "down"
    assert made.portals.retry_after("far") is not None
    with pytest.raises(Unavailable, match="connector_failed"):
        await made.trace("RR1")
    await made.back()
    assert made.portals.state("far") == "up"


async def test_a_process_that_eats_memory_is_ended(world):
    made = await world(isolated_memory_bytes=150_000_000)
    with structlog.testing.capture_logs() as logs, pytest.raises(Unavailable, match="connector_failed"):
        await made.trace("eats")
    (told,) = [each for each in logs if each["event"] == "isolated_connector_stopped"]
    assert (told["reason"], told["operation"]) == ("memory", "trace")


async def test_what_a_connector_raises_is_told_by_kind_and_place_alone(world):
    made = await world()
    with structlog.testing.capture_logs() as logs:
        for number in ("raises", "exits", "wrong"):
            with pytest.raises(Unavailable, match="connector_failed"):
                await made.trace(number)
    assert [(each["error"], each["location"]) for each in logs if each["event"] == "connector_error"] == [
        ("LookupError", f"connector.py:{line_of('a person')}"),
        ("SystemExit", f"connector.py:{line_of('raise SystemExit(3)')}"),
        ("ValidationError", ""),
    ]
    assert "a person's name" not in str(logs)
    assert made.process.alive


async def test_a_call_without_a_result_or_a_caller_ends_alone(world):
    made = await world(isolated_call_seconds=0.3)
    pid = made.process.pid
    with structlog.testing.capture_logs() as logs, pytest.raises(Unavailable, match="connector_failed"):
        await made.trace("waits")
    assert [(each["reason"], each["operation"]) for each in logs if each["event"] == "isolated_connector_stopped"] == [
        ("does_not_return", "trace")
    ]
    await until(lambda: not made.process._cancelled)
    waiting = asyncio.create_task(made.trace("waits"))
    await until(lambda: made.process._calls)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(lambda: not made.process._cancelled)
    assert (await made.trace("RR1")).portal_status == "depot"
    assert made.process.pid == pid


async def test_a_connector_that_cannot_be_made_there_is_quarantined(world):
    made = await world(options={"broken": "yes"})
    out = made.registry.why_out("far")
    assert (out.stage, out.reason) == ("build", "LookupError: no such depot")
    assert f"connector.py:{line_of('raise LookupError(')}" in out.remedy
    assert out.trace
    assert (await made.trace("RR1", "near")).portal_status == "depot"


async def test_no_process_is_left_behind(world):
    made = await world()
    pid = made.process.pid
    await made.portals.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(Unavailable, match="connector_failed"):
        await made.trace("RR1")

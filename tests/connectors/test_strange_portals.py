"""What no portal should answer, given by each of the eight in turn, through the gateway's real layers and sockets.

A typed outcome within its budget, nothing wrong passed on, and the operator told. What is peculiar to a portal (each
member renamed, each unknown word) is in the plugins' own tests.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog
from structlog.testing import LogCapture

from gateway.connectors.contract import (
    Address,
    CaseStatus,
    Filing,
    Message,
    Messaging,
    Money,
    Parcel,
    Paying,
    Payment,
    Refused,
    Shipping,
    StampOrder,
    Submission,
    Unavailable,
    Unknown,
)
from gateway.connectors.loader import load_one
from gateway.connectors.sources import Source
from gateway.outbound import invoke as outbound
from gateway.telemetry.metrics import exposition
from gateway.testing import Harness, harness

PLUGINS = Path(__file__).parents[2] / "plugins"
READ = {
    "alhalalmadania": (Filing.progress, "EC-2026-000001"),
    "barid": (Shipping.trace, "RR123456785MA"),
    "chikaya": (Filing.progress, "CH-2026-000001"),
    "etimbre": (Paying.stamp, "1234567890123456"),
    "passeport": (Filing.progress, "PP-2026-0000001"),
    "rendezvous": (Filing.progress, "DC-2026-000001"),
    "rokhas": (Filing.progress, "PC-2026-000001"),
    "sms_provider": (Messaging.delivery, "sms-00000001"),
    "watiqa": (Filing.progress, "WQ-2026-000001"),
}
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><s>&d;</s>"""
OUTSIDE = b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><s>&x;</s>'
MAINTENANCE = b"<!doctype html><html><h1>Site en maintenance</h1></html>"
RENAMED = b'{"reference_v2": "1", "state_v2": "livree", "OperationSuccess": true, "Html_v2": "<ul/>"}'
ARABIC = '{"OperationSuccess": true, "state": "تم التسليم", "Html": "تم التسليم"}'.encode("cp1256")
BUDGET = 5.0


def saying(body: bytes, media_type: str, times: int = 1) -> Callable[..., Any]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", media_type.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for n in range(times):
            await send({"type": "http.response.body", "body": body, "more_body": n < times - 1})

    return app


STRANGE = {
    "an XML bomb": saying(LAUGHS, "application/xml"),
    "an XML bomb that says it is SOAP": saying(LAUGHS, "application/soap+xml"),
    "an external entity": saying(OUTSIDE, "application/soap+xml"),
    "a hundred megabytes": saying(b" " * 1_000_000, "application/json", times=100),
    "a maintenance page": saying(MAINTENANCE, "text/html"),
    "a maintenance page that says it is JSON": saying(MAINTENANCE, "application/json"),
    "renamed members": saying(RENAMED, "application/json"),
    "Windows-1256": saying(ARABIC, "application/json"),
    "nothing": saying(b"", "application/json"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=READ)
async def portal(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    name = request.param
    plugin = load_one(Source(id=name, package=f"plugins.{name}", folder=PLUGINS / name, origin="test"))
    assert plugin is not None
    async with harness(plugin) as found:
        yield found


def creation(portal: Harness) -> tuple[Any, Any]:
    """What would make something at the portal."""
    name = portal.plugin.manifest.id
    if name == "barid":
        home = Address(name="A. Person", lines=["1 rue de la Paix"], city="Lyon", postcode="69001", country="FR")
        return Shipping.ship, Parcel(
            case_id="case_1", key="key-1", recipient=home, content="Document", sender="An office"
        )
    if name == "sms_provider":
        return Messaging.send, Message(key="key-1", to="+33612345678", language="fr", text="Une démarche vous attend.")
    if name == "etimbre":
        paid = Payment(case_id="case_1", oid="o_1", amount=Money(amount=2000), transaction="1")
        return Paying.issue, StampOrder(key="key-1", payment=paid, service="watiqa.birth-extract")
    service = next(iter(portal.plugin.services.values()))
    return Filing.file, Submission(
        case_id="case_1", key="key-1", service=service.id, form=service.example, stamp="1234567890123456"
    )


def listening(monkeypatch: pytest.MonkeyPatch) -> list[MutableMapping[str, Any]]:
    """What is logged from now on, whatever level another test has set."""
    capture = LogCapture()
    wrapper = structlog.make_filtering_bound_logger(0)
    monkeypatch.setattr(outbound, "logger", structlog.wrap_logger(None, [capture], wrapper_class=wrapper))
    return capture.entries


def told(portal: str) -> float:
    lines = exposition().decode().splitlines()
    name = "mre_gateway_portal_odd_answers_total"
    return sum(float(each.rpartition(" ")[2]) for each in lines if each.startswith(name) and f'"{portal}"' in each)


def test_all_nine_are_here() -> None:
    assert set(READ) == {path.parent.name for path in PLUGINS.glob("*/plugin.toml")} - {"echo"}


async def in_peace(portal: Harness) -> None:
    """Ask a few times in vain, so that a token is there and the circuit breaker has seen good answers too."""
    operation, reference = READ[portal.plugin.manifest.id]
    for _ in range(5):
        with suppress(Refused):
            await portal.call(operation, reference)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("strange", STRANGE)
async def test_an_answer_that_is_none_is_typed_and_told(
    portal: Harness, strange: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = portal.plugin.manifest.id
    await in_peace(portal)
    monkeypatch.setitem(portal.host.apps, name, STRANGE[strange])
    logs = listening(monkeypatch)
    before = told(name)
    operation, reference = READ[name]
    with pytest.raises(Unavailable, match=r"portal_answer_(unexpected|not_authentic)"):
        await portal.within(BUDGET).call(operation, reference)
    makes, value = creation(portal)
    with pytest.raises(Unknown):
        await portal.within(BUDGET).call(makes, value)
    odd = [(each["portal"], each["operation"]) for each in logs if each["event"] == "portal_answer_odd"]
    assert odd == [(name, operation.name), (name, makes.name)]
    assert told(name) == before + 2
    assert "passwd" not in str(logs)
    assert portal.effects() == []


async def test_a_word_that_nobody_knows_is_told_without_the_word(monkeypatch: pytest.MonkeyPatch) -> None:
    logs = listening(monkeypatch)
    plugin = load_one(Source(id="barid", package="plugins.barid", folder=PLUGINS / "barid", origin="test"))
    assert plugin is not None
    async with harness(plugin) as found:
        before = told("barid")
        progress = await found.call(Shipping.trace, "RR100000079MA")
    assert progress.status is CaseStatus.IN_PROGRESS
    (line,) = [each for each in logs if each["event"] == "portal_answer_odd"]
    assert (line["portal"], line["operation"], line["code"]) == ("barid", "trace", "portal_status_unknown")
    assert told("barid") == before + 1

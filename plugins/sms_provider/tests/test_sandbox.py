"""The sandbox over a real socket, through the connector and the layers that use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from gateway.connectors.contract import Message, MessageState, Messaging, Refused, Unavailable
from gateway.connectors.loader import load_one
from gateway.connectors.sources import Source
from gateway.testing import Harness, harness

pytestmark = pytest.mark.asyncio(loop_scope="module")
HERE = Path(__file__).parents[1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider() -> AsyncIterator[Harness]:
    plugin = load_one(Source(id=HERE.name, package=f"plugins.{HERE.name}", folder=HERE, origin="test"))
    assert plugin is not None
    async with harness(plugin) as found:
        yield found


def message(key: str, to: str = "+33612345678") -> Message:
    return Message(key=key, to=to, language="ar", text="ملفكم ينتظر إجراء منكم.")


async def phone(provider: Harness, to: str) -> list[str]:
    async with httpx.AsyncClient(trust_env=False) as web:
        arrived = await web.get(f"{provider.url}/mailbox/messages", params={"to": to})
    return [each["text"] for each in arrived.json()["data"]]


async def test_message_reaches_the_phone(provider: Harness) -> None:
    to = "+33612345670"
    sent = await provider.call(Messaging.send, message("k1", to))
    assert await provider.call(Messaging.find_message, "k1") == sent
    assert await phone(provider, to) == ["ملفكم ينتظر إجراء منكم."]


async def test_provider_does_not_notice_a_second_one(provider: Harness) -> None:
    """So the gateway has to look before it sends again."""
    for _ in range(2):
        await provider.call(Messaging.send, message("k5", "+33612345675"))
    effects = [each for each in provider.effects() if each["kind"] == "sms"]
    assert len(effects) >= 2


async def test_delivery_is_told_once_the_phone_has_it(provider: Harness) -> None:
    sent = await provider.call(Messaging.send, message("k2"))
    assert sent.state is MessageState.ACCEPTED
    provider.host.clock.set(advance=11)
    assert (await provider.call(Messaging.delivery, sent.reference)).state is MessageState.DELIVERED


async def test_network_reports_what_it_cannot_deliver(provider: Harness) -> None:
    sent = await provider.call(Messaging.send, message("k3", "+33612345603"))
    provider.host.clock.set(advance=11)
    found = await provider.call(Messaging.delivery, sent.reference)
    assert (found.state, found.reason) == (MessageState.UNDELIVERABLE, "undelivered")
    assert await phone(provider, "+33612345603") == []


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("+33612345601", "number_unreachable"),
        ("0612345678", "number_unreachable"),
        ("+33612345602", "number_opted_out"),
    ],
)
async def test_number_that_takes_nothing_is_refused(provider: Harness, to: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        await provider.call(Messaging.send, message(f"k {to}", to))


async def test_busy_provider_takes_it_the_second_time(provider: Harness) -> None:
    asked = message("k4", "+33612345604")
    with pytest.raises(Unavailable):
        await provider.call(Messaging.send, asked)
    assert await provider.call(Messaging.find_message, "k4") is None
    assert (await provider.call(Messaging.send, asked)).state is MessageState.ACCEPTED


async def test_wrong_key_is_refused_everywhere(provider: Harness) -> None:
    base = f"{provider.url}/{provider.plugin.manifest.id}"
    async with httpx.AsyncClient(trust_env=False, headers={"X-API-Key": "guessed"}) as web:
        for path in ("/v1/messages?client_ref=k1", "/v1/messages/sms-00000001"):
            assert (await web.get(base + path)).status_code == 401
        assert (await web.post(f"{base}/v1/messages", json={})).status_code == 401

"""How the demo counts what its people were told: at the end, when the last message has arrived."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from gateway.cli.demo import told
from gateway.cli.demo.scenes import Participant

YOUSSEF = Participant(name="Youssef", cnie="BK654321", language="fr", email="y@example.org", sms="+32470123456")


class SlowMessages:
    """Of two messages the second is under way for as many polls as it is told."""

    def __init__(self, polls: int) -> None:
        self.polls = polls

    async def get(self, _: str) -> dict[str, Any]:
        self.polls -= 1
        last = "waiting" if self.polls > 0 else "delivered"
        first = {"id": "msg_1", "about": "step", "channel": "sms", "state": "delivered"}
        return {"data": [first, {"id": "msg_2", "about": "end", "channel": "sms", "state": last}]}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "_LOOK_SECONDS", 0)


async def counted(client: SlowMessages) -> int:
    arrived = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": []}))
    async with httpx.AsyncClient(transport=arrived) as web:
        found = await told.mailbox(YOUSSEF, client, web, "http://sandbox")  # type: ignore[arg-type]
    return int(found["sms"])


async def test_the_demo_counts_messages_that_come_late() -> None:
    assert await counted(SlowMessages(polls=300)) == 2


async def test_the_demo_ends_without_a_message_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "_SETTLED_WITHIN_SECONDS", 0.05)
    assert await counted(SlowMessages(polls=10**9)) == 1

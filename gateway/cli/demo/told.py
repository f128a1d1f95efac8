"""What the demo's people were told: they agree to it at the beginning, and their mailboxes are read at the end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from gateway.cli.demo.journey import Client, Notes
from gateway.cli.demo.scenes import Participant

_PAGE: Final = 100
_SETTLED_WITHIN_SECONDS: Final = 60.0
"""How long the end of the demo waits for the last messages, which a busy machine may take its time over."""
_LOOK_SECONDS: Final = 0.25


async def agree(person: Participant, client: Client, notes: Notes) -> None:
    """Her language, the channels that she agrees to, with details."""
    wanted = {
        "language": person.language,
        "details": True,
        "email": {"consent": True, "address": person.email},
        "sms": {"consent": True, "address": person.sms} if person.sms else {"consent": False},
    }
    await client.put("/v1/me/preferences", wanted, notes.key(f"preferences {person.cnie}"))


async def mailbox(person: Participant, client: Client, web: httpx.AsyncClient, sandbox: str) -> dict[str, Any]:
    """How many messages she has by now, where they can be read, and what the newest e-mail says."""
    listed = await _settled(client)
    arrived = (await web.get(f"{sandbox}/mailbox/messages")).json()["data"]
    ids = {each["id"] for each in listed}
    mails = [each for each in arrived if each["channel"] == "email" and _id(each) in ids]
    return {
        "person": person.name,
        "language": person.language,
        "url": f"{sandbox}/mailbox/?{urlencode({'to': person.email, 'lang': person.language})}",
        "emails": len(mails),
        "sms": sum(each["channel"] == "sms" and each["state"] in ("sent", "delivered") for each in listed),
        "newest": mails[0]["subject"] if mails else "",
    }


def _id(mail: dict[str, Any]) -> str:
    return str(mail["headers"].get("Message-ID", "")).lstrip("<").partition("@")[0]


async def _settled(client: Client) -> list[dict[str, Any]]:
    """Her messages, once nothing more is to be sent or asked about; those there are if that takes too long."""
    listed: list[dict[str, Any]] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SETTLED_WITHIN_SECONDS):
            while True:
                listed = (await client.get(f"/v1/me/messages?limit={_PAGE}"))["data"]
                if any(each["about"] == "end" for each in listed) and not any(_open(each) for each in listed):
                    break
                await asyncio.sleep(_LOOK_SECONDS)
    return listed


def _open(message: dict[str, Any]) -> bool:
    return message["state"] == "waiting" or (message["state"], message["channel"]) == ("sent", "sms")

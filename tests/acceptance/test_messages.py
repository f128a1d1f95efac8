"""People are told about their cases: by e-mail and SMS over real sockets, once each, in their language."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from tests.waiting import eventually

from .conftest import World
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

AMINA_MAIL = "amina@example.org"


async def wants(world: World, token: str | None = None, **wanted: Any) -> httpx.Response:
    headers = {"Idempotency-Key": str(uuid4()), **await world._headers(token, {})}
    answer = await world.web.put(f"{world.url}/v1/me/preferences", json=wanted, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def agrees(to: str = "") -> dict[str, Any]:
    return {"consent": True, "address": to}


async def arrived(world: World, to: str, case: str = "") -> list[dict[str, Any]]:
    """What is in this mailbox about the case, the oldest first."""
    answer = await world.web.get(f"{world.sandbox_url}/mailbox/messages", params={"to": to})
    return [each for each in answer.json()["data"][::-1] if case in each["text"]]


async def until(world: World, to: str, case: str, count: int) -> list[dict[str, Any]]:
    async def enough() -> list[dict[str, Any]]:
        found = await arrived(world, to, case)
        return found if len(found) >= count else []

    return await eventually(enough)


async def mine(world: World, case: str, token: str | None = None) -> list[dict[str, Any]]:
    listed = (await world.get("/v1/me/messages", token)).json()["data"]
    return [each for each in listed if each["case"] == case]


async def test_person_is_told_in_her_language(world: World) -> None:
    await wants(world, language="ar", email=agrees(AMINA_MAIL), details=True)
    case = (await world.order())["id"]
    await until(world, AMINA_MAIL, case, 1)
    await world.pay(case)
    await world.ended(case)
    mails = await until(world, AMINA_MAIL, case, 4)
    subjects = [each["subject"] for each in mails]
    assert len(subjects) == 4, subjects

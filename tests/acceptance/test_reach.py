"""The sandbox brings a demo's case to where a developer wants to see it, as the person would."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from gateway.sandbox.host import build
from gateway.settings import load

from .conftest import DECLINED_CARD, FAST, World
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world(journeys=FAST | {"embedded": True})


async def bring(world: World, token: str, **wish: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return await world.web.post(f"{world.sandbox_url}/_reach", json=wish, headers=headers)


async def filed(world: World, token: str, service: str = "echo.note", **form: Any) -> str:
    body = {"service": service, "form": {"text": "x", **form}}
    answer = await world.post("/v1/cases", body, token)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.mark.parametrize(
    ("behave", "until", "status"),
    [
        ("complete", "completed", "completed"),
        ("reject_later", "rejected", "rejected"),
        ("ask_document", "provide_document", "action_required"),
        ("ask_confirm", "completed", "completed"),
        ("ask_fee", "completed", "completed"),
        ("ask_slot", "appointment_booked", None),
    ],
)
async def test_case_reaches_what_is_wished(world: World, behave: str, until: str, status: str | None) -> None:
    token = await world.citizen("RC100001")
    case = await filed(world, token, behave=behave)
    there = await bring(world, token, case=case, until=until)
    assert there.status_code == 200, there.text
    assert there.json()["id"] == case
    assert status in (None, there.json()["status"])


async def test_fee_is_paid_and_a_declined_card_is_not(world: World) -> None:
    token = await world.citizen("RC100002")
    case = await filed(world, token, "echo.stamped")
    refused = await bring(world, token, case=case, until="filed", card=DECLINED_CARD, seconds=2)
    assert (refused.status_code, refused.json()["code"]) == (504, "not_reached")
    paid = await bring(world, token, case=case, until="filed")
    assert paid.status_code == 200, paid.text


async def test_what_cannot_be_reached_says_where_the_case_stands(world: World) -> None:
    token, other = await world.citizen("RC100003"), await world.citizen("RC100004")
    case = await filed(world, token, behave="reject_later")
    answer = await bring(world, token, case=case, until="completed")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_reached")
    assert "ended as rejected" in answer.json()["detail"]
    assert (await bring(world, other, case=case, until="completed")).status_code == 404  # hers alone
    assert (await bring(world, "nonsense", case=case, until="completed")).status_code == 401
    assert (await bring(world, token, case=case, till="completed")).status_code == 400


async def test_outside_a_demo_nothing_is_brought_along(world: World) -> None:
    settings = load(state_dir=world.state_dir, profile="embedded")
    transport = httpx.ASGITransport(build(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as web:
        answer = await web.post("/_reach", json={"case": "case_1", "until": "completed"})
    assert (answer.status_code, answer.json()["code"]) == (403, "demo_only")

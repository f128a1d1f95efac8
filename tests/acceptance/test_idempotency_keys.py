"""What an Idempotency-Key is and is not."""

from __future__ import annotations

import asyncio

from .conftest import YOUSSEF, World
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, shared_world
from .test_idempotency import WAITS, counted, filed, until_held

pytestmark = IN_ONE_LOOP
world = shared_world()


async def test_a_repetition_gets_the_first_answer(world: World) -> None:
    first = await world.post("/v1/cases", WAITS, key="k")
    again = await world.post("/v1/cases", WAITS, key="k", Accept_Language="ar")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("location", "etag", "content-language", "content-type"):
        assert again.headers[name] == first.headers[name], name
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["call-id"] != first.headers["call-id"]
    kept = await world.get(first.headers["location"])
    assert kept.json()["id"] == first.json()["id"]


async def test_the_same_key_of_another_person_or_another_client_is_another_key(world: World) -> None:
    forge = Forge.of(world)
    tokens = [
        await world.citizen(),
        await world.citizen(YOUSSEF),
        forge.token(client_id="demo-app"),
        forge.app(),
    ]
    answers = [await world.post("/v1/cases", WAITS, token, key="same") for token in tokens]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert not any("idempotent-replayed" in answer.headers for answer in answers)
    assert len({answer.json()["id"] for answer in answers}) == 4


async def test_a_key_cannot_be_used_for_something_else(world: World) -> None:
    case = (await world.post("/v1/cases", WAITS, key="one")).json()
    other_body = await world.post("/v1/cases", {**WAITS, "form": {"text": "y"}}, key="one")
    other_path = await world.post(f"/v1/cases/{case['id']}/actions/pay", {}, key="one")
    for answer in (other_body, other_path):
        assert problem(answer, 422, "idempotency_key_reused")["retry_safe"] is False


async def test_a_write_without_a_usable_key_is_refused(world: World) -> None:
    case = (await world.post("/v1/cases", WAITS)).json()
    before = await counted(world)
    for path, body in (
        ("/v1/cases", WAITS),
        (f"/v1/cases/{case['id']}/actions/pay", {}),
        (f"/v1/cases/{case['id']}/actions/confirm", {"choice": "refund"}),
        (f"/v1/cases/{case['id']}/actions/withdraw", None),
    ):
        headers = {"Authorization": f"Bearer {await world.citizen()}"}
        problem(await world.web.post(world.url + path, json=body, headers=headers), 400, "idempotency_key_missing")
    for key in ("x" * 256, "a\tb"):
        problem(await world.post("/v1/cases", WAITS, key=key), 400, "idempotency_key_invalid")
    assert (await world.post("/v1/cases", WAITS, key="x" * 255)).status_code == 201
    assert await counted(world) == before + 1


async def test_a_write_that_was_refused_frees_its_key(world: World) -> None:
    problem(await world.post("/v1/cases", {**WAITS, "form": {}}, key="f"), 422, "form_invalid")
    assert (await world.post("/v1/cases", WAITS, key="f")).status_code == 201


async def test_while_the_first_one_runs_the_second_waits_its_turn(world: World) -> None:
    case = await filed(world)
    before = await world.effects("echo")
    await world.fault("echo", "slow", seconds=0.6)
    first = asyncio.create_task(world.post(f"/v1/cases/{case}/actions/withdraw", None, key="w"))
    await until_held(world)
    second = await world.post(f"/v1/cases/{case}/actions/withdraw", None, key="w")
    problem(second, 409, "idempotency_in_progress")
    assert (await first).status_code == 200
    third = await world.post(f"/v1/cases/{case}/actions/withdraw", None, key="w")
    assert third.headers["idempotent-replayed"] == "true"
    assert third.content == (await first).content
    assert await world.effects("echo") == [*before, "withdrawal"]

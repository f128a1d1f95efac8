"""How portals do: an agency sees its own and no other, the operator all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.waiting import PATIENCE

from .conftest import AMINA, World
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, record_of, refusal, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world(
    portal_counts={"share_seconds": 0.05, "sample_seconds": 0.0},
    portals={"chikaya": {"secrets": {"webhook_secret": {"file": "/nowhere/secret"}}}},
)
NUMBER = "RR123456785MA"


async def seen(world: World, path: str, wanted: Callable[[dict[str, Any]], Any], client: str = "demo-operator") -> Any:
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await world.get(path, await world.machine(client))
            assert answer.status_code == 200, answer.text
            if wanted(body := answer.json()):
                return body
            await asyncio.sleep(0.05)


async def test_agency_sees_its_portal_and_no_other(world: World) -> None:
    agency = await world.machine("demo-agency")
    listed = await world.get("/v1/portals", agency)
    assert [each["portal"] for each in listed.json()["data"]] == ["watiqa"]
    own = await world.get("/v1/portals/watiqa", agency)
    assert own.status_code == 200
    assert (await record_of(world, own))["rule"] == "portal:own@1"
    for other in ("barid", "nowhere", "watiqa%2F..%2Fbarid", "WATIQA", "watiqa.x"):
        answer = await world.get(f"/v1/portals/{other}", agency)
        if answer.status_code == 404:  # no route
            problem(answer, 404, "not_found")
            continue
        denied = await refusal(world, answer, 403, "insufficient_scope", "portal:own@1")
        assert denied["reason"] == "another_portal"
    problem(await world.get("/v1/operations", agency), 403, "insufficient_scope")
    problem(await world.get("/audit/records", agency), 403, "insufficient_scope")
    problem(await world.get("/v1/cases", agency), 403, "insufficient_scope")


async def test_scope_of_a_portal_is_not_taken_from_other_clients(world: World) -> None:
    forge = Forge.of(world)
    for client in ("demo-app", "demo-auditor", "demo-agent"):
        token = forge.app(client, scope="portal:watiqa portal:barid operate")
        problem(await world.get("/v1/portals/watiqa", token), 403, "insufficient_scope")
    wide = forge.app("demo-agency", scope="portal:watiqa portal:barid operate audit:list")
    problem(await world.get("/v1/portals/barid", wide), 403, "insufficient_scope")
    problem(await world.get("/v1/portals", await world.citizen()), 403, "insufficient_scope")
    problem(await world.get("/v1/portals", forge.app("demo-agency", scope="")), 403, "insufficient_scope")


async def test_traffic_and_errors_of_a_portal_are_counted(world: World) -> None:
    answer = await world.get(f"/v1/tracking/barid/{NUMBER}")
    assert answer.status_code == 200, answer.text
    await world.web.put(f"{world.sandbox_url}/_faults/barid", json={"mode": "garbage", "rate": 1.0})
    try:
        assert (await world.get(f"/v1/tracking/barid/{NUMBER}")).status_code == 502
    finally:
        await world.web.put(f"{world.sandbox_url}/_faults/barid", json={"mode": "none"})
    body = await seen(world, "/v1/portals/barid", lambda body: body["traffic"]["failed"] and body["strange_answers"])
    assert body["traffic"]["ok"] >= 1
    assert sum(each["calls"] for each in body["hours"]) == body["traffic"]["calls"]
    assert {each["operation"] for each in body["operations"]} >= {"track"}
    assert ("track", "portal_answer_unexpected") in {(each["operation"], each["code"]) for each in body["failures"]}
    strange = body["strange_answers"][0]
    assert (strange["operation"], strange["code"]) == ("track", "portal_answer_unexpected")
    assert NUMBER not in str(body)
    assert body["availability"]["state"] in ("up", "degraded")
    assert body["breaker"] == "closed"
    assert body["quarantine"] is None


async def test_quarantined_portal_says_stage_and_remedy(world: World) -> None:
    body = await seen(world, "/v1/portals", lambda body: body["data"])
    chikaya = next(each for each in body["data"] if each["portal"] == "chikaya")
    assert chikaya["availability"]["state"] == "quarantined"
    assert chikaya["quarantine"]["stage"] == "secrets"
    assert chikaya["quarantine"]["remedy"]
    assert chikaya["breaker"] is None
    assert "Traceback" not in str(chikaya)


async def test_late_cases_are_counted_by_service(world: World) -> None:
    from sqlalchemy import update

    from gateway.storage.tables import cases

    case = await world.order()
    late = update(cases).where(cases.c.id == case["id"]).values(deadline_on="2020-01-31")
    await world.gateway.storage.run_write(lambda tx: tx.execute(late))
    body = await seen(world, "/v1/portals/watiqa", lambda body: body["late"], "demo-agency")
    assert [(each["service"], each["count"], each["oldest_due_on"]) for each in body["late"]] == [
        ("watiqa.birth-extract", 1, "2020-01-31")
    ]
    assert AMINA not in str(body)
    assert case["id"] not in str(body)


@pytest.mark.parametrize("query", ["hours=0", "hours=721", "hours=x", "portal=barid"])
async def test_wrong_question_is_refused(world: World, query: str) -> None:
    problem(await world.get(f"/v1/portals?{query}", await world.machine("demo-operator")), 400, "invalid_request")


async def test_operations_tell_queues_workers_and_failures(world: World) -> None:
    body = await seen(world, "/v1/operations", lambda body: body["queues"])
    assert [each["queue"] for each in body["queues"]] == ["journeys", "outbox", "messages", "webhooks"]
    for client in ("demo-app", "demo-auditor"):
        problem(await world.get("/v1/operations", await world.machine(client)), 403, "insufficient_scope")


async def test_levels_of_connectors_are_shown_to_operators_alone(world: World) -> None:
    operator, anybody = await world.machine("demo-operator"), await world.citizen()
    seen_by = {}
    for who, token in (("operator", operator), ("citizen", anybody), ("nobody", None)):
        listed = await world.get("/v1/services", token)
        one = await world.get("/v1/services/watiqa.birth-extract", token)
        levels = {each.get("portal_level") for each in listed.json()["data"]} | {one.json().get("portal_level")}
        seen_by[who] = levels, "no-store" in listed.headers["cache-control"]
    levels, private = seen_by["operator"]
    assert levels == {"dependable", "exemplary", None}  # None: that of the quarantined portal
    assert private
    assert seen_by["citizen"][0] == seen_by["nobody"][0] == {None}
    portals = (await world.get("/v1/portals", operator)).json()["data"]
    assert {each["level"] for each in portals if each["portal"] != "chikaya"} == {"dependable", "exemplary"}

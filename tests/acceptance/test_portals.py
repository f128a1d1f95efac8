"""How portals do: an agency sees its own and no other, the operator all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.app.probes import Probes, probe_now
from gateway.cases import portal_probes
from gateway.cases.portals import NotAvailable
from gateway.connectors.contract import Connector
from gateway.settings import Probe, SettingsError
from gateway.telemetry.metrics import exposition
from gateway.testing.probe import Probed
from tests.waiting import PATIENCE

from .conftest import AMINA, World
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, record_of, refusal, shared_world

pytestmark = IN_ONE_LOOP
NUMBER = "RR123456785MA"
world = shared_world(
    portal_counts={"share_seconds": 0.05, "sample_seconds": 0.0},
    portals={
        "chikaya": {"secrets": {"webhook_secret": {"file": "/nowhere/secret"}}},
        "barid": {"probes": [{"operation": "track", "reference": NUMBER}]},
    },
    plugins={"probe_hours": 24},
)


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
    told = {(each["operation"], each["code"]): each["code_text"] for each in body["failures"]}
    assert told["track", "portal_answer_unexpected"] == "Portal answer not understood"
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


async def test_a_portal_that_answers_as_recorded_is_shown(world: World) -> None:
    """The running gateway asks by itself, with a record in the log; what it found is the same for every process."""
    body = await seen(world, "/v1/portals/barid", lambda body: body["probes"])
    (probe,) = body["probes"]
    assert (probe["operation"], probe["outcome"], probe["code"], probe["drift"]) == ("track", "as_recorded", None, [])
    (record,) = await world.records(operation="portals.probe", client="gateway")
    assert (record["kind"], record["principal"], record["portal"]) == ("admin", "gateway", "barid")
    assert [(hop["operation"], hop["status"]) for hop in record["hops"]] == [("track", 200)]
    assert (await world.get("/health/ready")).json()["drifted_portals"] == []


async def test_a_portal_that_has_changed_is_told_everywhere(world: World, tmp_path: Path) -> None:
    """Its recordings stand for what it was; of what it is now only the shape is told."""
    probes, connectors = world.gateway.probes, world.gateway.reloads._registry.connectors
    plugin = connectors["barid"]
    (tmp_path / "exchanges").mkdir()
    for path in (plugin.folder / "exchanges").glob("track-*.json"):
        (tmp_path / "exchanges" / path.name).write_text(path.read_text().replace('"status": 200', '"status": 203'))
    connectors["barid"] = replace(plugin, folder=tmp_path)
    try:
        with capture_logs() as logs:
            await probes._probe("barid")
    finally:
        connectors["barid"] = plugin
    operator = await world.machine("demo-operator")
    (probe,) = (await world.get("/v1/portals/barid", operator)).json()["probes"]
    listed = {each["portal"]: each for each in (await world.get("/v1/portals", operator)).json()["data"]}
    assert (listed["barid"]["last_probe"]["outcome"], listed["barid"]["last_probe"]["differences"]) == ("drift", 1)
    assert listed["watiqa"]["last_probe"] is None
    agency = await world.machine("demo-agency")
    problem(await world.get("/v1/portals/barid", agency), 403, "insufficient_scope")
    assert [each["portal"] for each in (await world.get("/v1/portals", agency)).json()["data"]] == ["watiqa"]
    expected = {"change": "status", "member": None, "expected": "203", "found": "200"}
    assert (probe["outcome"], probe["drift"]) == ("drift", [expected])
    assert {"portal": "barid", "operation": "track", "kind": "status", "count": 1}.items() <= logs[-1].items()
    ready = (await world.get("/health/ready")).json()
    assert (ready["status"], [each["portal"] for each in ready["drifted_portals"]]) == ("degraded", ["barid"])
    await probes.round()  # not due: it only shows what is known
    assert b'mre_gateway_portal_drift{operation="track",portal="barid"} 1.0' in exposition()
    await probes._probe("barid")
    assert (await world.get("/health/ready")).json()["drifted_portals"] == []


async def test_a_probe_that_cannot_be_made_is_not_made_every_minute(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a reload, when the new code has no such operation: the portals after it have their turn."""
    plugin = world.gateway.reloads._registry.connectors["barid"]
    monkeypatch.setitem(world.gateway.reloads._registry.connectors, "barid", replace(plugin, connector_class=Connector))
    probes = world.gateway.probes
    with capture_logs():
        await probes._probe("barid")
    known = await world.gateway.storage.run_read(portal_probes.last)
    assert [(each.operation, each.outcome, each.code) for each in known] == [("track", "failed", "probe_failed")]
    assert probes._due(known) == []


async def test_an_operator_probes_beside_the_gateway(world: World) -> None:
    """As `connector probe --live` does."""
    asked = [Probe(operation="track", reference=NUMBER), Probe(operation="trace", reference=NUMBER)]
    settings = world.gateway.settings
    found = await probe_now(settings, "barid", asked, client="cli:1000")
    assert [(each.operation, each.outcome) for each in found] == [("trace", "as_recorded"), ("track", "as_recorded")]
    async with asyncio.timeout(PATIENCE):
        while not (records := await world.records(operation="portals.probe", client="cli:1000")):
            await asyncio.sleep(0.02)
    assert [(each["principal"], each["rule"], len(each["hops"])) for each in records] == [
        ("operator", "machine-user@1", 2)
    ]
    known = [each for each in await world.gateway.storage.run_read(portal_probes.last) if each.portal == "barid"]
    assert [(each.operation, each.outcome) for each in known] == [("trace", "as_recorded"), ("track", "as_recorded")]
    with pytest.raises(NotAvailable):
        await probe_now(settings, "chikaya", asked, client="cli:1000")


async def test_a_probe_by_hand_stays_until_the_gateway_starts_anew(world: World) -> None:
    """Also of a portal that the settings do not probe; and it takes the place of the same operation alone."""
    gateway = world.gateway
    by_hand = [Probed(operation="progress", calls=1, outcome="failed", code="portal_unavailable")]
    await gateway.probes.round()
    before = await gateway.storage.run_read(portal_probes.last)
    await gateway.probes.keep_asked("watiqa", by_hand)
    await gateway.probes.keep_asked("watiqa", by_hand)
    await gateway.probes.round()
    known = await gateway.storage.run_read(portal_probes.last)
    assert [(each.portal, each.operation) for each in known] == [
        *((each.portal, each.operation) for each in before), ("watiqa", "progress"),
    ]  # fmt: skip
    gateway.probes._forgotten = False  # as in a process that starts
    await gateway.probes.round()
    assert "watiqa" not in [each.portal for each in await gateway.storage.run_read(portal_probes.last)]


async def test_a_probe_that_the_portal_cannot_be_asked_is_refused(world: World) -> None:
    """At the start, with the place in the settings."""
    settings = world.gateway.settings
    barid = settings.portals["barid"].model_copy(update={"probes": (Probe(operation="ship", reference="x"),)})
    settings = settings.model_copy(update={"portals": settings.portals | {"barid": barid}})
    with pytest.raises(SettingsError, match=r"portals\.barid\.probes: 'ship' .*trac"):
        await probe_now(settings, "barid", [], client="cli:1000")


async def test_what_is_no_longer_probed_is_forgotten(world: World) -> None:
    """A gateway that starts without probes shows nothing of those before, and is not degraded by them."""
    gateway = world.gateway
    await gateway.probes._probe("barid")
    portals = {id: each.model_copy(update={"probes": ()}) for id, each in gateway.settings.portals.items()}
    settings = gateway.settings.model_copy(update={"portals": portals})
    later = Probes(settings, gateway.reloads._registry, gateway.portals, gateway.storage, gateway.audit)
    await later.start()
    try:
        assert await seen(world, "/v1/portals/barid", lambda body: not body["probes"])
    finally:
        await later.stop()


@pytest.mark.parametrize("client", ["demo-operator", "demo-agency"])
async def test_who_runs_portals_may_list_posts_not_slots(world: World, client: str) -> None:
    """Indicators name posts by id: the list says what they are called."""
    token = await world.machine(client)
    listed = await world.get("/v1/posts", token)
    assert listed.status_code == 200, listed.text
    assert ("lyon", "Consulate general in Lyon") in {(each["id"], each["name"]) for each in listed.json()["data"]}
    free = await world.get("/v1/slots?service=rendezvous.legalisation&post=lyon", token)
    problem(free, 403, "insufficient_scope")

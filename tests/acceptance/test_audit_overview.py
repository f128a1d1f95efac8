"""Where in the log to look: density over time and anomalies, each look itself on record."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from tests.waiting import PATIENCE

from .conftest import YOUSSEF, World
from .shared import IN_ONE_LOOP, problem, record_of, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()


async def test_density_counts_what_the_list_finds(world: World) -> None:
    for _ in range(3):
        await world.get("/v1/cases")
    auditor = await world.machine("demo-auditor")
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await world.get("/audit/density?operation=cases.list&buckets=24", auditor)
            assert answer.status_code == 200, answer.text
            if (body := answer.json())["total"] >= 3:
                break
            await asyncio.sleep(0.05)
    listed = await world.get("/audit/records?operation=cases.list&limit=500", auditor)
    assert body["total"] == len(listed.json()["data"])
    assert (len(body["counts"]), body["seconds"], body["counted_from_at"]) == (24, 3600, None)
    record = await record_of(world, answer)
    assert (record["kind"], record["purpose"], record["operation"]) == ("access", "audit", "audit.density")
    assert record["search"].startswith("operation=cases.list")


async def test_density_of_a_person_is_on_her_record(world: World) -> None:
    auditor = await world.machine("demo-auditor")
    await world.get("/v1/cases")
    record = (await world.records(operation="cases.list"))[0]
    answer = await world.get(f"/audit/density?subject={record['subject']}", auditor)
    assert (await record_of(world, answer))["subject"] == record["subject"]


async def test_denied_attempt_is_found_and_leads_to_its_records(world: World) -> None:
    case = await world.order()
    problem(await world.get(f"/v1/cases/{case['id']}", await world.citizen(YOUSSEF)), 404, "case_not_found")
    auditor = await world.machine("demo-auditor")
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await world.get("/audit/anomalies", auditor)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            denied = [
                each for each in body["anomalies"] if (each["type"], each["reason"]) == ("denied", "not_the_owner")
            ]
            if denied:
                break
            await asyncio.sleep(0.05)
    found = await world.get(denied[0]["records_url"], auditor)
    assert found.status_code == 200, found.text
    assert set(denied[0]["records"]) <= {each["index"] for each in found.json()["data"]}
    assert body["complete"] is True
    record = await record_of(world, answer)
    assert (record["kind"], record["purpose"]) == ("access", "audit")
    assert record["search"].startswith("since=")


async def test_finding_about_an_agent_leads_to_her_records_alone(world: World) -> None:
    """Two agents of one client have tried what they may not, one between the tries of the other."""
    for login in ("nadia", "omar", "nadia", "omar"):
        problem(await world.get("/v1/cases", await _agent(world, login)), 403, "mandate_required")
    auditor = await world.machine("demo-auditor")
    async with asyncio.timeout(PATIENCE):
        while True:
            found = (await world.get("/audit/anomalies", auditor)).json()["anomalies"]
            of = {each["actor"]: each for each in found if each["reason"] == "no_mandate"}
            if len(of) == 2 and min(each["count"] for each in of.values()) == 2:
                break
            await asyncio.sleep(0.05)
    for actor, finding in of.items():
        listed = (await world.get(finding["records_url"], auditor)).json()["data"]
        assert set(finding["records"]) <= {each["index"] for each in listed}
        assert {each["record"]["actor"] for each in listed} == {actor}


async def test_look_for_an_agent_says_so(world: World) -> None:
    auditor = await world.machine("demo-auditor")
    stranger = await world.get("/audit/records?actor=a_nobody", auditor)
    assert (await record_of(world, stranger))["search"] == "actor"
    actor = (await record_of(world, await world.get("/v1/cases", await _agent(world, "nadia"))))["actor"]
    known = await world.get(f"/audit/records?actor={actor}", auditor)
    assert (await record_of(world, known))["search"] == f"actor={actor}"


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("since=2026-01-02T00:00:00", ("/?since", "time_without_zone")),
        ("since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", ("/?until", "times_reversed")),
        ("since=2006-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", ("/?until", "times_too_far")),
        ("since=0001-01-01T00:00:00%2B01:00", ("/?since", "invalid")),
    ],
)
@pytest.mark.parametrize("route", ["density", "anomalies"])
async def test_impossible_time_is_refused(world: World, route: str, query: str, wrong: tuple[str, str]) -> None:
    answer = await world.get(f"/audit/{route}?{query}", await world.machine("demo-auditor"))
    problem(answer, 400, "filter_invalid")
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == wrong


async def test_overview_is_for_auditors_alone(world: World) -> None:
    later = quote((datetime.now(UTC) + timedelta(hours=1)).isoformat())
    for token in (await world.citizen(), await world.machine("demo-app"), await world.machine("demo-agency")):
        for path in ("/audit/density", f"/audit/anomalies?until={later}"):
            problem(await world.get(path, token), 403, "insufficient_scope")


async def _agent(world: World, login: str) -> str:
    return await world.citizen(login, client_id="demo-agent")

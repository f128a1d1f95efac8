"""Who tries to reach what is somebody else's is told nothing, and its owner sees the attempt."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from gateway.audit import proof

from .conftest import ROOMY, YOUSSEF, World
from .shared import IN_ONE_LOOP, problem, record_of, shared_world
from .test_assurance import USES, use
from .test_mandates import give

pytestmark = IN_ONE_LOOP
TOLD = len(USES)
world = shared_world(quotas=ROOMY | {"attempts_told_per_caller_day": TOLD})

NOTE = {"service": "echo.note", "form": {"text": "x"}}
TRIED = "tried_by_another_person"


async def case_of(world: World, person: str) -> str:
    made = await world.post("/v1/cases", NOTE, await world.citizen(person))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def told(world: World, person: str, *answers: httpx.Response) -> list[dict[str, Any]]:
    """What this person's own ledger says of the calls that got these answers."""
    for each in answers:
        await record_of(world, each)  # the log is written in order: what was told about it stands before
    page = (await world.get("/v1/me/accesses?limit=200", await world.citizen(person))).json()
    calls = {each.headers["call-id"] for each in answers}
    return [each for each in page["data"] if each["call_id"] in calls]


async def test_attempts_at_a_case_are_told_to_its_owner(world: World) -> None:
    case, stranger = await case_of(world, "AT100001"), await world.citizen("AT100002")
    answers = [await use(world, f"/v1/cases/{case}{path}", body, stranger) for path, body in USES]
    for each in answers:
        problem(each, 404, "case_not_found")
    hers = await told(world, "AT100001", *answers)
    assert {each["call_id"] for each in hers} == {each.headers["call-id"] for each in answers}
    said = {(each["kind"], each["outcome"], each["reason"], each["client"], each["service"]) for each in hers}
    assert said == {("refusal", "denied", TRIED, "demo-frontend", "echo.note")}
    assert {"cases.read", "cases.receipt", "cases.withdraw"} <= {each["operation"] for each in hers}
    theirs = await told(world, "AT100002", *answers)
    assert [each["reason"] for each in theirs] == ["not_the_owner"] * len(answers)


async def test_a_stranger_learns_nothing_by_the_telling(world: World) -> None:
    case, stranger = await case_of(world, "AT110001"), await world.citizen("AT110002")
    there = await world.get(f"/v1/cases/{case}", stranger)
    nowhere = await world.get(f"/v1/cases/{case[:-6]}zzzzzz", stranger)
    bodies = [{**each.json(), "call_id": ""} for each in (there, nowhere)]
    assert bodies[0] == bodies[1]
    assert sorted(there.headers) == sorted(nowhere.headers)


async def test_an_applications_attempt_is_told(world: World) -> None:
    case = await case_of(world, "AT120001")
    machine = await world.machine("demo-app")
    tried = await world.get(f"/v1/cases/{case}", machine)
    problem(tried, 404, "case_not_found")
    (hers,) = await told(world, "AT120001", tried)
    assert (hers["reason"], hers["client"]) == (TRIED, "demo-app")


async def test_attempts_at_other_things_are_told(world: World) -> None:
    """As another's earlier case to file with, or to take a document from; as her card; as a mandate of hers."""
    owner, stranger = await world.citizen("AT130001"), await world.citizen(YOUSSEF)
    case = await case_of(world, "AT130001")
    again = {"from_case": case, "document": "recu", "consent": True}
    card = (await world.post("/v1/cards", {}, owner)).json()["id"]
    made = await give(world, owner)
    assert made.status_code == 201, made.text
    mandate = made.json()["id"]
    tried = {
        "attachments.reuse": await world.post("/v1/attachments/references", again, stranger),
        "cases.create": await world.post("/v1/cases", {**NOTE, "related_case": case}, stranger),
        "cards.read": await world.get(f"/v1/cards/{card}", stranger),
        "cards.revoke": await world.post(f"/v1/cards/{card}/revoke", {}, stranger),
        "mandates.revoke": await world.post(f"/v1/mandates/{mandate}/revoke", {}, stranger),
    }
    assert {each.status_code for each in tried.values()} == {404, 422}
    hers = await told(world, "AT130001", *tried.values())
    assert {each["operation"] for each in hers if each["reason"] == TRIED} == set(tried)


async def test_nobody_can_flood_anothers_list(world: World) -> None:
    """Neither one after the other nor all at once; somebody else's attempt is still told."""
    case, stranger = await case_of(world, "AT140001"), await world.citizen("AT140002")
    path = f"/v1/cases/{case}"
    answers = await asyncio.gather(*(world.get(path, stranger) for _ in range(TOLD + 5)))
    answers += [await world.get(path, stranger)]
    for each in answers:
        problem(each, 404, "case_not_found")
    assert len(await told(world, "AT140001", *answers)) == TOLD
    other = await world.get(path, await world.citizen("AT140003"))
    assert len(await told(world, "AT140001", other)) == 1
    elsewhere = await case_of(world, "AT140004")  # what was used up at one owner is not at another
    tried = await world.get(f"/v1/cases/{elsewhere}", stranger)
    assert len(await told(world, "AT140004", tried)) == 1


async def test_owners_own_proof_is_of_what_she_was_told(world: World) -> None:
    case, stranger = await case_of(world, "AT150001"), await world.citizen("AT150002")
    tried = await world.get(f"/v1/cases/{case}", stranger)
    await told(world, "AT150001", tried)
    found = await world.records(call_id=tried.headers["call-id"])
    assert sorted(each["reason"] for each in found) == ["not_the_owner", TRIED]
    assert len({each["subject"] for each in found}) == 2
    path = f"/audit/receipts/{tried.headers['call-id']}"
    for person, reason in (("AT150001", TRIED), ("AT150002", "not_the_owner")):
        got = await world.get(path, await world.citizen(person))
        assert got.status_code == 200, got.text
        assert json.loads(proof.parse(got.content).extra)["reason"] == reason

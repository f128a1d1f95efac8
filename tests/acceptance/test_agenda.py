"""An agent at a post: its agenda by day, who has come, notes, handing over, what is late. Nothing of other posts."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from gateway.cases import visits as table
from gateway.storage.tables import cases, visits

from .conftest import AMINA, YOUSSEF, World
from .shared import IN_ONE_LOOP, problem, record_of, refusal, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()


async def nadia(world: World) -> str:
    """Serves at Lyon and Paris."""
    return await world.citizen("nadia", client_id="demo-agent")


async def omar(world: World) -> str:
    """Serves at Brussels."""
    return await world.citizen("omar", client_id="demo-agent")


async def visit(world: World, post: str = "lyon", service: str = "watiqa.birth-extract", **over: Any) -> str:
    """A case with an appointment at the post; about now."""
    case = await world.order(service)
    row = {
        "case_id": case["id"],
        "portal": "rendezvous",
        "post": post,
        "timezone": "Europe/Paris",
        "reference": f"RDV-{case['id'][-6:].upper()}",
        "starts_at": datetime.now(UTC),
        "ends_at": datetime.now(UTC) + timedelta(minutes=15),
        "fast_lane": False,
        **over,
    }
    await world.gateway.storage.run_write(lambda tx: tx.execute(insert(visits).values(row)))
    return str(case["id"])


async def listed(world: World, post: str = "lyon", query: str = "") -> list[dict[str, Any]]:
    answer = await world.get(f"/v1/agenda?post={post}{query}", await nadia(world))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["visits"]
    return found


async def check_in(world: World, token: str | None = None, **body: Any) -> Any:
    return await world.post("/v1/agenda/check-ins", {"post": "lyon", **body}, token or await nadia(world))


async def mandate(world: World, **wish: Any) -> str:
    """Given by Amina, held by Nadia."""
    asked = {
        "agent": "demo-agent",
        "scope": ["cases:read", "cases:write"],
        "purpose": "Aide",
        "expires_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
        "earlier_cases": True,
    }
    given = await world.post("/v1/mandates", asked | wish)
    assert given.status_code == 201, given.text
    taken = await world.post("/v1/mandates/take", {"code": given.json()["code"]}, await nadia(world))
    assert taken.status_code == 200, taken.text
    return str(taken.json()["id"])


async def end_mandates(world: World) -> None:
    for each in (await world.get("/v1/mandates?limit=100")).json()["data"]:
        assert (await world.post(f"/v1/mandates/{each['id']}/revoke", None)).status_code == 200


async def make_late(world: World, case_id: str) -> None:
    statement = update(cases).where(cases.c.id == case_id).values(deadline_on="2020-01-31")
    await world.gateway.storage.run_write(lambda tx: tx.execute(statement))


# --- The agenda ---------------------------------------------------------------------------------------------------


async def test_agenda_shows_the_day_of_the_post_and_names_nobody(world: World) -> None:
    case_id = await visit(world)
    await visit(world, "marseille")
    tomorrow = await visit(world, starts_at=datetime.now(UTC) + timedelta(days=1))
    today = await listed(world)
    assert case_id in [each["case"] for each in today]
    assert tomorrow not in [each["case"] for each in today]
    day = (datetime.now(table.zone_named("Europe/Paris")) + timedelta(days=1)).date()
    assert tomorrow in [each["case"] for each in await listed(world, query=f"&on={day}")]
    assert {each["post"] for each in today} == {"lyon"}
    assert all(each["name"] is None for each in today)
    assert "El Fassi" not in str(today)


@pytest.mark.parametrize("post", ["bruxelles", "marseille", "nowhere", "lyon'--"])
async def test_agent_sees_nothing_of_a_post_where_she_does_not_serve(world: World, post: str) -> None:
    answer = await world.get(f"/v1/agenda?post={post}", await nadia(world))
    record = await refusal(world, answer, 403, "principal_not_allowed", "post:serves@1")
    assert record["reason"] == "another_post"
    refused = await check_in(world, post=post, shown="RDV-1")
    problem(refused, 403, "principal_not_allowed")


async def test_nobody_else_sees_an_agenda(world: World) -> None:
    for token in (await world.citizen(), await world.machine("demo-app")):
        problem(await world.get("/v1/agenda?post=lyon", token), 403, "principal_not_allowed")
        problem(await check_in(world, token, shown="RDV-1"), 403, "principal_not_allowed")
        problem(await world.get("/v1/agenda/late", token), 403, "principal_not_allowed")
    for client in ("demo-auditor", "demo-operator", "demo-agency"):
        problem(await world.get("/v1/agenda?post=lyon", await world.machine(client)), 403, "insufficient_scope")


# --- Checking in --------------------------------------------------------------------------------------------------


async def test_typed_number_checks_in_once_and_tells_the_name(world: World) -> None:
    case_id = await visit(world)
    reference = f"rdv-{case_id[-6:]} "
    first = await check_in(world, shown=reference)
    assert first.status_code == 200, first.text
    assert (first.json()["case"], first.json()["name"]) == (case_id, "Amina El Fassi")
    again = await check_in(world, shown=case_id)
    assert again.json()["checked_in_at"] == first.json()["checked_in_at"]
    record = await record_of(world, first)
    accesses = await world.get("/v1/me/accesses?limit=100")
    seen = [each for each in accesses.json()["data"] if each["call_id"] == first.headers["call-id"]]
    assert [(each["operation"], each["purpose"], each["agent"]) for each in seen] == [
        ("agenda.check_in", "appointment", record["actor"])
    ]
    events = (await world.get(f"/v1/cases/{case_id}/events?limit=100")).json()["data"]
    assert [each["code"] for each in events].count("checked_in") == 1


async def test_card_checks_in_and_goes_before_the_others(world: World) -> None:
    early = await visit(world, starts_at=datetime.now(UTC) - timedelta(minutes=1))
    assert (await check_in(world, shown=early)).status_code == 200
    card = await world.post("/v1/cards", {}, await world.citizen(YOUSSEF))
    assert card.status_code == 201, card.text
    problem(await check_in(world, shown=card.json()["card"]), 404, "visit_not_found")
    who, world.who = world.who, YOUSSEF
    try:
        case_id = await visit(world, service="echo.note")
    finally:
        world.who = who
    done = await check_in(world, shown=card.json()["card"])
    assert (done.json()["case"], done.json()["fast_lane"], done.json()["name"]) == (case_id, True, "Youssef Benali")
    order = [each["case"] for each in await listed(world)]
    assert order[0] == case_id
    assert order.index(early) < len(order)


async def test_what_is_no_card_and_no_number_is_refused(world: World) -> None:
    problem(await check_in(world, shown="x~y~"), 404, "card_not_found")
    problem(await check_in(world, shown="RDV-NOBODY"), 404, "visit_not_found")
    problem(await check_in(world), 400, "invalid_request")
    yesterday = await visit(world, starts_at=datetime.now(UTC) - timedelta(days=2))
    problem(await check_in(world, shown=yesterday), 404, "visit_not_found")


# --- Notes --------------------------------------------------------------------------------------------------------


async def test_note_of_the_post_is_read_by_the_person(world: World) -> None:
    case_id = await visit(world)
    written = await world.post(
        f"/v1/cases/{case_id}/notes", {"text": "Photo <b>refusée</b>, à refaire."}, await nadia(world)
    )
    assert written.status_code == 201, written.text
    read = await world.get(f"/v1/cases/{case_id}/notes")
    assert [(each["text"], each["agency"]) for each in read.json()["data"]] == [
        ("Photo <b>refusée</b>, à refaire.", "demo-agent")
    ]
    assert (await record_of(world, written))["subject"] == (await record_of(world, read))["subject"]
    events = (await world.get(f"/v1/cases/{case_id}/events?limit=100")).json()["data"]
    assert "note_added" in [each["code"] for each in events]


async def test_note_needs_the_post_or_a_mandate(world: World) -> None:
    case_id = await visit(world)
    path, note = f"/v1/cases/{case_id}/notes", {"text": "x"}
    away = await world.post(path, note, await omar(world))
    await refusal(world, away, 403, "principal_not_allowed", "post:serves@1")
    problem(await world.get(path, await omar(world)), 403, "principal_not_allowed")
    problem(await world.get(path, await world.citizen(YOUSSEF)), 404, "case_not_found")
    problem(await world.post(path, note), 403, "principal_not_allowed")
    plain = (await world.order())["id"]
    problem(await world.post(f"/v1/cases/{plain}/notes", note, await nadia(world)), 404, "case_not_found")
    long_ago = await visit(world, starts_at=datetime.now(UTC) - timedelta(days=table.SERVED_DAYS + 1))
    problem(await world.get(f"/v1/cases/{long_ago}/notes", await nadia(world)), 404, "case_not_found")
    named = await mandate(world)
    done = await world.post(f"/v1/cases/{plain}/notes", note, await nadia(world), Mandate=named)
    assert done.status_code == 201, done.text
    problem(
        await world.post(f"/v1/cases/{plain}/notes", note, await omar(world), Mandate=named), 403, "mandate_unknown"
    )


async def test_note_is_bounded_and_clean(world: World) -> None:
    case_id = await visit(world)
    path = f"/v1/cases/{case_id}/notes"
    problem(await world.post(path, {"text": "x" * 2001}, await nadia(world)), 400, "invalid_request")
    problem(await world.post(path, {"text": " \u200b "}, await nadia(world)), 422, "form_invalid")
    problem(await world.post(path, {"text": "\x1b[31m"}, await nadia(world)), 422, "form_invalid")


# --- Handing over -------------------------------------------------------------------------------------------------


async def test_person_sees_who_was_shown_her_name_in_a_list(world: World) -> None:
    named = await mandate(world)
    told = await world.get("/v1/mandates?limit=1", await nadia(world))
    assert [(each["id"], each["person_name"]) for each in told.json()["data"]] == [(named, "Amina El Fassi")]
    own = await record_of(world, told)
    seen = [
        each
        for each in (await world.get("/v1/me/accesses?limit=100")).json()["data"]
        if each["call_id"] == told.headers["call-id"]
    ]
    assert [(each["operation"], each["mandate"], each["agent"], each["reason"]) for each in seen] == [
        ("mandates.list", named, own["actor"], "shown_to_another_person")
    ]
    again = await world.get("/v1/mandates?limit=1", await nadia(world))
    await record_of(world, again)
    assert len(await world.records(call_id=again.headers["call-id"])) == 1  # she has been told today
    mine = await world.get("/v1/mandates?limit=1")
    await record_of(world, mine)
    assert len(await world.records(call_id=mine.headers["call-id"])) == 1  # her own look is one record


async def test_two_looks_at_once_tell_a_person_once(world: World) -> None:
    named, token = await mandate(world), await nadia(world)
    looks = await asyncio.gather(*(world.get("/v1/mandates", token) for _ in range(4)))
    assert {each.status_code for each in looks} == {200}
    for each in looks:
        await record_of(world, each)
    told = [each for each in await world.records(operation="mandates.list") if each.get("mandate") == named]
    assert len(told) == 1


async def test_mandate_goes_to_a_colleague_by_a_code(world: World) -> None:
    named = await mandate(world)
    shown = (await world.get("/v1/mandates", await nadia(world))).json()["data"]
    assert next(each for each in shown if each["id"] == named)["person_name"] == "Amina El Fassi"
    problem(await world.post(f"/v1/mandates/{named}/hand-over", None, await omar(world)), 404, "mandate_not_found")
    problem(await world.post(f"/v1/mandates/{named}/hand-over", None), 403, "principal_not_allowed")
    handed = await world.post(f"/v1/mandates/{named}/hand-over", None, await nadia(world))
    assert handed.status_code == 200, handed.text
    assert (await world.get("/v1/cases", await nadia(world), Mandate=named)).status_code == 200
    taken = await world.post("/v1/mandates/take", {"code": handed.json()["code"]}, await omar(world))
    assert (taken.status_code, taken.json()["id"], taken.json()["state"]) == (200, named, "held")
    assert (await world.get("/v1/cases", await omar(world), Mandate=named)).status_code == 200
    problem(await world.get("/v1/cases", await nadia(world), Mandate=named), 403, "mandate_unknown")
    ledger = (await world.get("/v1/me/accesses?limit=100")).json()["data"]
    assert {"mandates.hand_over", "mandates.take"} <= {each["operation"] for each in ledger if each["mandate"] == named}
    problem(await world.post(f"/v1/mandates/{named}/hand-over", None, await nadia(world)), 404, "mandate_not_found")
    ended = await world.post(f"/v1/mandates/{named}/revoke", None)
    assert ended.status_code == 200
    problem(await world.post(f"/v1/mandates/{named}/hand-over", None, await omar(world)), 403, "mandate_ended")


# --- Late ---------------------------------------------------------------------------------------------------------


async def test_late_cases_are_those_of_her_mandates_and_posts(world: World) -> None:
    await end_mandates(world)
    here, there, mandated = await visit(world), await visit(world, "bruxelles"), (await world.order())["id"]
    for each in (here, there, mandated):
        await make_late(world, each)
    found = (await world.get("/v1/agenda/late", await nadia(world))).json()["data"]
    assert (here in [each["case"] for each in found], there in [each["case"] for each in found]) == (True, False)
    assert mandated not in [each["case"] for each in found]
    named = await mandate(world)
    found = (await world.get("/v1/agenda/late", await nadia(world))).json()["data"]
    late = next(each for each in found if each["case"] == mandated)
    assert (late["mandate"], late["due_on"]) == (named, date(2020, 1, 31).isoformat())
    assert AMINA not in str(found)

"""A person is forgotten: nothing of her can be read or shown any more, and the log verifies as before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select

from gateway.audit import verify_audit
from gateway.audit.export import export
from gateway.cli import main
from gateway.sandbox.demo_identities import person
from gateway.storage.tables import (
    audit_bodies,
    audit_records,
    audit_salts,
    cases,
    idempotency,
    preferences,
    subject_keys,
    visits,
)
from tests.database_sessions import read
from tests.waiting import PATIENCE

from .conftest import AMINA, FAST, YOUSSEF, World, world_in
from .needles import hits
from .shared import problem
from .test_audit import subject_of
from .test_leaks import databases, journeys, personal

KEPT = {"keep_bodies": True}
CANARY = "a canary that sings"


async def bodies(world: World, index: int, token: str | None = None) -> httpx.Response:
    token = token or await world.machine("demo-auditor")
    return await world.get(f"/audit/records/{index}/bodies?purpose=subject-request", token)


async def place_of(world: World, answer: httpx.Response) -> int:
    token = await world.machine("demo-auditor")
    call = answer.headers["call-id"]
    async with asyncio.timeout(PATIENCE):
        while not (data := (await world.get(f"/audit/records?call_id={call}", token)).json()["data"]):
            await asyncio.sleep(0.02)
    return int(data[0]["index"])


async def erase(world: World, cnie: str, *, purpose: str = "subject-request") -> Any:
    words = ["audit", "erase", "--state", str(world.state_dir), "--purpose", purpose, "--json"]
    return await asyncio.to_thread(CliRunner().invoke, main, words, f"{cnie}\n")


async def rows(world: World, table: Any) -> list[Any]:
    async with read(world.gateway.storage) as connection:
        return list((await connection.execute(select(table))).all())


@pytest.mark.usefixtures("portals_not_asked")
async def test_what_was_kept_of_a_person_is_gone_byte_by_byte_and_the_log_verifies(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    async with world_in(tmp_path, "", audit=KEPT, logging={"level": "debug"}) as world:
        example = (await world.get("/v1/services/watiqa.birth-extract")).json()["example"]
        await journeys(world, example)
        canaries = [value for value in personal(example) if value != YOUSSEF]
        before = await rows(world, audit_records)
        hers = subject_of(world, AMINA)
        about = {row.index for row in before if row.subject == hers}
        salts = {row.salts for row in await rows(world, audit_salts) if row.index in about}
        stored = world.gateway.ring.pseudonym(AMINA)
        wrapped = [row.wrapped for row in await rows(world, subject_keys) if row.subject == stored]
        assert len(about) > 20
        assert wrapped
        assert {row.index for row in await rows(world, audit_bodies)} & about

        done = await erase(world, AMINA)
        assert done.exit_code == 0, done.output
        assert hers in done.output

        after = await rows(world, audit_records)
        assert [row.leaf for row in after[: len(before)]] == [row.leaf for row in before]
        assert not {row.index for row in await rows(world, audit_salts)} & about
        assert not {row.index for row in await rows(world, audit_bodies)} & about
        assert not [row for row in await rows(world, cases) if row.subject == stored and row.sealed]
        gateway = world.gateway
        await export(gateway.storage, await gateway.checkpointer.advance(), tmp_path / "export")
        assert verify_audit.main([str(tmp_path / "export"), "--vkey", str(gateway.checkpointer.key)]) == 0
        files = databases(tmp_path)
        exported = {str(path): path.read_bytes() for path in (tmp_path / "export").rglob("*") if path.is_file()}
    assert hits(canaries, files | exported | {"logs": b"".join(capfdbinary.readouterr())}) == []
    everything = b"".join(files.values())
    assert not [salt for salt in salts if salt in everything]
    assert not [key for key in wrapped if key in everything]


async def test_bodies_are_kept_for_those_who_may_see_them_until_the_person_is_forgotten(
    tmp_path: Path, store_url: str
) -> None:
    async with world_in(tmp_path / "state", store_url, audit=KEPT) as world:
        answer = await world.post("/v1/cases", {"service": "echo.note", "form": {"text": "a canary"}})
        case = answer.json()["id"]
        await world.ended(case)
        index = await place_of(world, answer)
        shown = await bodies(world, index)
        assert shown.status_code == 200, shown.text
        content = {each["where"]: each for each in shown.json()["bodies"]}
        assert "a canary" in content["/request"]["text"]
        assert all(each["opens"] for each in content.values())
        steps = [each for each in await world.records(kind="step") if each["case"] == case]
        assert any("hops" in each for each in steps)
        problem(await bodies(world, index, await world.machine("demo-operator")), 403, "insufficient_scope")
        without = await world.get(f"/audit/records/{index}/bodies", await world.machine("demo-auditor"))
        problem(without, 400, "invalid_request")
        accesses = (await world.get("/v1/me/accesses?limit=200")).json()["data"]
        look = next(each for each in accesses if each["call_id"] == shown.headers["call-id"])
        assert (look["operation"], look["purpose"], look["client"]) == (
            "audit.bodies",
            "subject-request",
            "demo-auditor",
        )

        agreed = {"email": {"consent": True, "address": "amina@example.org"}}
        headers = {"Authorization": f"Bearer {await world.citizen()}", "Idempotency-Key": "agreed"}
        put = await world.web.put(f"{world.url}/v1/me/preferences", json=agreed, headers=headers)
        assert put.status_code == 200, put.text
        assert len(await rows(world, preferences)) == 1

        assert (await erase(world, AMINA)).exit_code == 0
        assert await rows(world, preferences) == []
        assert not (await world.get("/v1/me/preferences")).json()["email"]["consent"]
        problem(await bodies(world, index), 404, "bodies_not_kept")
        problem(await world.get(f"/v1/cases/{case}/receipt"), 410, "erased")
        assert (await world.get(f"/v1/cases/{case}")).status_code == 200
        record = (await world.records(kind="admin"))[0]
        assert (record["operation"], record["purpose"]) == ("person.erase", "subject-request")
        assert record["subject"] == subject_of(world, AMINA)

        again = await world.post("/v1/cases", {"service": "echo.note", "form": {"text": "she is back"}})
        assert again.status_code == 201
        assert (await bodies(world, await place_of(world, again))).status_code == 200


async def test_nobody_is_forgotten_while_a_portal_works_for_them(small_world: World) -> None:
    answer = await small_world.post("/v1/cases", {"service": "echo.stamped", "form": {"text": "x"}})
    refused = await erase(small_world, AMINA)
    assert refused.exit_code == 1
    assert answer.json()["id"] in refused.output
    assert (await small_world.get(f"/v1/cases/{answer.json()['id']}/receipt")).status_code == 200
    assert (await erase(small_world, "nobody")).exit_code == 1
    nothing = await erase(small_world, YOUSSEF)
    assert nothing.exit_code == 0
    assert '"cases": 0' in nothing.output


async def test_without_being_told_to_the_gateway_keeps_no_bodies(small_world: World) -> None:
    answer = await small_world.get("/v1/cases")
    problem(await bodies(small_world, await place_of(small_world, answer)), 404, "bodies_not_kept")
    assert await rows(small_world, audit_bodies) == []
    problem(await bodies(small_world, 10**9), 404, "record_not_found")


async def test_an_auditors_look_at_bodies_leaves_no_further_copy(tmp_path: Path) -> None:
    async with world_in(tmp_path, "", audit=KEPT, journeys=FAST | {"embedded": True}) as world:
        index = await place_of(world, await world.get("/v1/cases"))
        look = await bodies(world, index)
        assert look.status_code == 200
        problem(await bodies(world, await place_of(world, look)), 404, "bodies_not_kept")


async def test_agent_has_nothing_of_who_is_forgotten(small_world: World) -> None:
    """Each write of an agent about a person is sent again after she was forgotten: no kept answer tells of her."""
    world, told = small_world, [CANARY, *(getattr(person(AMINA), name) for name in ("given_name", "family_name"))]
    note = {"service": "echo.note", "form": {"text": CANARY}}
    case = (await world.post("/v1/cases", note)).json()["id"]
    await world.ended(case)
    await add_visit(world, case)
    asked = {"agent": "demo-agent", "scope": ["cases:read", "cases:write"], "purpose": CANARY}
    asked["expires_at"] = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    code = (await world.post("/v1/mandates", asked)).json()["code"]
    calls: list[tuple[str, Any, dict[str, str]]] = [
        ("/v1/mandates/take", {"code": code}, {}),
        ("/v1/agenda/check-ins", {"post": "lyon", "shown": case}, {}),
        (f"/v1/cases/{case}/notes", {"text": CANARY}, {}),
    ]
    nadia = await world.citizen("nadia", client_id="demo-agent")
    first = [await world.post(path, body, nadia, key=path) for path, body, _ in calls]
    mandate = first[0].json()["id"]
    acting = [
        ("/v1/cases", note, {"Mandate": mandate}),
        (f"/v1/mandates/{mandate}/hand-over", None, {}),
        (f"/v1/mandates/{mandate}/revoke", None, {}),
    ]
    first += [await world.post(path, body, nadia, key=path, **headers) for path, body, headers in acting]
    assert [each.status_code for each in first] == [200, 200, 201, 201, 200, 200], [each.text for each in first]
    assert all(any(word in answer.text for word in told) for answer in (first[1], first[2]))
    again = await world.post("/v1/agenda/check-ins", calls[1][1], nadia, key="/v1/agenda/check-ins")
    assert (again.text, again.headers["idempotent-replayed"]) == (first[1].text, "true")
    await world.ended(first[3].json()["id"])

    assert (await erase(world, AMINA)).exit_code == 0

    assert await rows(world, idempotency) == []
    for path, body, headers in calls + acting:
        answer = await world.post(path, body, nadia, key=path, **headers)
        assert "idempotent-replayed" not in answer.headers, path
        assert not [word for word in told if word in answer.text], answer.text


async def add_visit(world: World, case: str) -> None:
    """An appointment in Lyon about now."""
    starts = datetime.now(UTC)
    row = {"case_id": case, "portal": "rendezvous", "post": "lyon", "timezone": "Europe/Paris", "reference": "RDV-1"}
    times = {"starts_at": starts, "ends_at": starts + timedelta(minutes=15), "fast_lane": False}
    await world.gateway.storage.run_write(lambda tx: tx.execute(insert(visits).values(row | times)))

"""The log in use: three rights that do not imply each other, exports, a person's pseudonyms, what is left of a look."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import PATIENCE

from .conftest import AMINA, YOUSSEF, World
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, record_of, refusal, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world(audit={"export_records": 40, "scan_records": 1000, "checkpoint_seconds": 0.02})

UNSEEN = "ZX987654"
"""The number of somebody who never came here."""

RIGHTS = {
    "audit:list": ("GET /audit/records", "GET /audit/records/0"),
    "audit:export": ("GET /audit/export", "GET /audit/export?format=csv"),
    "audit:bodies": ("GET /audit/records/0/bodies?purpose=incident",),
    "subjects:resolve": ("POST /audit/subjects",),
}
LET_IN = (200, 404)
"""An answer to somebody who may ask; bodies are not kept here."""


async def call(world: World, route: str, token: str, **over: Any) -> Any:
    method, path = route.split()
    body = {"national_id": UNSEEN, "purpose": "incident", **over} if method == "POST" else None
    return await world.web.request(method, world.url + path, json=body, headers={"Authorization": f"Bearer {token}"})


async def resolved(world: World, **over: Any) -> Any:
    return await call(world, "POST /audit/subjects", await world.machine("demo-auditor"), **over)


async def exported(world: World, query: str = "") -> Any:
    answer = await world.get(f"/audit/export?{query}", await world.machine("demo-auditor"))
    assert answer.status_code == 200, answer.text
    return answer


async def fill(world: World, calls: int = 50) -> None:
    for _ in range(calls):
        await world.get("/v1/services")


@pytest.mark.parametrize("held", [*RIGHTS, "audit:list audit:bodies", "audit:export subjects:resolve"])
async def test_no_right_of_an_auditor_implies_another(world: World, held: str) -> None:
    token = Forge.of(world).app("demo-auditor", scope=held)
    for scope, routes in RIGHTS.items():
        for route in routes:
            answer = await call(world, route, token)
            if scope in held.split():
                assert answer.status_code in LET_IN, (held, route, answer.text)
            else:
                await refusal(world, answer, 403, "insufficient_scope", f"scope:{scope.replace(':', '.')}@1")


async def test_citizens_applications_and_operators_may_neither_export_nor_resolve(world: World) -> None:
    forge = Forge.of(world)
    everything = "audit:list audit:bodies audit:export subjects:resolve"
    for token in (await world.citizen(), forge.token(scope=everything), forge.app(scope=everything)):
        for routes in RIGHTS.values():
            for route in routes:
                problem(await call(world, route, token), 403, "insufficient_scope")
    operator = forge.app("demo-operator", scope=everything)
    for route in (*RIGHTS["audit:export"], *RIGHTS["subjects:resolve"]):
        problem(await call(world, route, operator), 403, "insufficient_scope")


# --- Export -------------------------------------------------------------------------------------------------------


async def test_an_export_goes_to_the_newest_checkpoint_and_on_by_its_links(world: World) -> None:
    await fill(world)
    first = await exported(world)
    size = int(first.headers["audit-size"])
    assert first.headers["content-type"].startswith("application/x-ndjson")
    assert first.headers["cache-control"] == "no-store"
    seen, answer = [], first
    while True:
        seen += [json.loads(line) for line in answer.text.splitlines()]
        assert int(answer.headers["audit-size"]) == size  # what came meanwhile is not in it
        if "link" not in answer.headers:
            break
        link = re.fullmatch(r'<([^>]*)>; rel="next"', answer.headers["link"])
        assert link is not None
        assert link[1].startswith(f"{world.url}/audit/export?")
        answer = await world.get(link[1].removeprefix(world.url), await world.machine("demo-auditor"))
        assert len(answer.text.splitlines()) <= 40
    assert [each["index"] for each in seen] == list(range(size))
    async with asyncio.timeout(PATIENCE):
        while int((later := await exported(world, f"first={size}")).headers["audit-size"]) <= size:
            await asyncio.sleep(0.05)
    assert json.loads(later.text.splitlines()[0])["index"] == size


async def test_an_export_has_the_filters_of_the_list(world: World) -> None:
    for _ in range(3):
        await world.get("/v1/cases")
    listed = await world.records(operation="cases.list", client="demo-frontend")
    found = []
    for first in range(0, 4000, 40):
        answer = await exported(world, f"operation=cases.list&client=demo-frontend&first={first}")
        found += [json.loads(line)["record"] for line in answer.text.splitlines()]
        if "link" not in answer.headers:
            break
        assert "operation=cases.list&client=demo-frontend&" in answer.headers["link"]
    assert found
    assert found == listed[::-1][: len(found)]


async def test_an_export_for_spreadsheets_and_one_for_siems(world: World) -> None:
    await fill(world, 2)
    table = await exported(world, "format=csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.content.decode(), newline=""), strict=True))
    events = [json.loads(line) for line in (await exported(world, "format=ocsf")).text.splitlines()]
    assert [each["index"] for each in rows] == [str(each["metadata"]["sequence"]) for each in events]
    assert [each["call"] for each in rows] == [each["metadata"]["original_event_uid"] for each in events]
    assert {each["class_uid"] for each in events} == {6003}
    assert {each["metadata"]["log_name"] for each in events} == {world.gateway.settings.audit.origin}


@pytest.mark.parametrize(
    ("query", "code"),
    [("format=xml", "invalid_request"), ("first=-1", "invalid_request"), ("size=99999999", "filter_invalid")],
)
async def test_an_export_that_makes_no_sense_is_refused(world: World, query: str, code: str) -> None:
    problem(await world.get(f"/audit/export?{query}", await world.machine("demo-auditor")), 400, code)


# --- What a look leaves -------------------------------------------------------------------------------------------


async def test_the_record_of_a_look_says_what_was_searched(world: World) -> None:
    await fill(world, 1)
    auditor = await world.machine("demo-auditor")
    look = await world.get("/audit/records?operation=services.list&outcome=ok&since=2026-01-01T00:00:00Z", auditor)
    record = await record_of(world, look)
    assert record["search"] == "outcome=ok operation=services.list since=2026-01-01T00:00Z"
    export = await exported(world, "kind=access&client=Amina")
    assert (await record_of(world, export))["search"] == "kind=access client"


async def test_a_look_that_shows_one_person_alone_stands_in_her_ledger(world: World) -> None:
    filed = await world.post("/v1/cases", {"service": "echo.stamped", "form": {"text": "x"}})
    case = (await record_of(world, filed))["case"]
    look = await world.get(f"/audit/records?case_id={case}", await world.machine("demo-auditor"))
    assert {each["record"]["case"] for each in look.json()["data"]} == {case}
    assert (await record_of(world, look))["case"] == case
    mine = (await world.get("/v1/me/accesses?limit=200")).json()["data"]
    assert look.headers["call-id"] in {each["call_id"] for each in mine}


async def test_an_export_by_case_stands_in_the_ledger_of_whose_case_it_is(world: World) -> None:
    start = int((await exported(world)).headers["audit-size"])
    filed = await world.post("/v1/cases", {"service": "echo.stamped", "form": {"text": "x"}})
    case = (await record_of(world, filed))["case"]
    async with asyncio.timeout(PATIENCE):
        while not (answer := await exported(world, f"case_id={case}&first={start}")).text:
            await asyncio.sleep(0.02)
    assert {json.loads(line)["record"]["case"] for line in answer.text.splitlines()} == {case}
    look = await record_of(world, answer)
    assert (look["kind"], look["case"]) == ("access", case)
    assert (look["purpose"], look["search"]) == ("audit", f"case_id={case}")
    mine = (await world.get("/v1/me/accesses?limit=200")).json()["data"]
    assert answer.headers["call-id"] in {each["call_id"] for each in mine}


async def test_looks_at_everybody_can_be_seen_by_everybody(world: World) -> None:
    await world.get("/v1/cases", await world.citizen(YOUSSEF))
    await fill(world, 1)
    auditor = await world.machine("demo-auditor")
    accesses = [await world.get("/audit/records?kind=call&limit=500", auditor), await exported(world, "kind=step")]
    mine = (await world.get("/v1/me/accesses?limit=200")).json()["data"]
    general: dict[str, Any] = {}
    cursor: str | None = ""
    while cursor is not None:
        page = (await world.get(f"/v1/me/accesses?about=everyone&limit=200&cursor={cursor}")).json()
        general |= {each["call_id"]: each for each in page["data"]}
        cursor = page["next_cursor"]
    for look, searched in zip(accesses, ("kind=call", "kind=step"), strict=True):
        assert general[look.headers["call-id"]]["search"] == searched
        assert look.headers["call-id"] not in {each["call_id"] for each in mine}
    assert {each["kind"] for each in general.values()} == {"access"}


# --- A person's pseudonyms ----------------------------------------------------------------------------------------


async def test_a_number_becomes_pseudonyms_by_which_records_are_found(world: World) -> None:
    await world.get("/v1/cases")
    answer = await resolved(world, national_id="ab-123456", purpose="court-order")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["purpose"] == "court-order"
    subjects = answer.json()["subjects"]
    assert subjects
    for subject in subjects:
        assert re.fullmatch(r"p([0-9]{4})?_[0-9a-f]{32}", subject)
    found = [record for subject in subjects for record in await world.records(subject=subject)]
    assert "cases.list" in {each["operation"] for each in found}


async def test_the_person_sees_who_asked_for_her_pseudonym_and_why(world: World) -> None:
    answer = await resolved(world, national_id=AMINA, purpose="supervision")
    mine = (await world.get("/v1/me/accesses?limit=200")).json()["data"]
    (asked,) = [each for each in mine if each["call_id"] == answer.headers["call-id"]]
    assert (asked["kind"], asked["operation"], asked["client"]) == ("access", "audit.resolve", "demo-auditor")
    assert asked["purpose"] == "supervision"


async def test_a_number_that_was_asked_for_is_nowhere(world: World) -> None:
    answers = [
        await resolved(world, national_id=UNSEEN),
        await resolved(world, national_id=UNSEEN, purpose="curiosity"),
        await resolved(world, national_id=f"{UNSEEN}X"),
        await call(world, "POST /audit/subjects", await world.machine("demo-operator")),
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 400, 403]
    for answer in answers:
        assert UNSEEN not in answer.text
        record = await record_of(world, answer)
        assert "request" not in record  # no commitment: so few numbers there are that one is found by trying
        assert UNSEEN not in json.dumps(record)
    assert UNSEEN not in (await world.web.get(f"{world.url}/metrics")).text
    for path in Path(world.state_dir).rglob("*"):
        if path.is_file():
            assert UNSEEN.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    "over", [{"purpose": ""}, {"purpose": "because AB123456"}, {"national_id": "12"}, {"national_id": "AB123456\n"}]
)
async def test_a_purpose_and_a_number_of_the_right_form_are_needed(world: World, over: dict[str, str]) -> None:
    problem(await resolved(world, **over), 400, "invalid_request")
    problem(await resolved(world, more="x"), 400, "invalid_request")


async def test_a_search_for_a_strangers_goal_names_its_owner(world: World) -> None:
    made = await world.post("/v1/cases", {"service": "echo.note", "form": {"text": "x"}})
    case = made.json()["id"]
    problem(await world.get(f"/v1/cases/{case}", await world.citizen(YOUSSEF)), 404, "case_not_found")
    auditor = await world.machine("demo-auditor")
    first = (await world.get("/audit/records?limit=1", auditor)).json()["data"][0]["index"] - 10
    for path in (f"/audit/records?case_id={case}", f"/audit/export?format=jsonl&first={max(first, 0)}&case_id={case}"):
        async with asyncio.timeout(PATIENCE):  # an export ends at the newest checkpoint, which may be a moment old
            while case not in (look := await world.get(path, auditor)).text:
                assert look.status_code == 200
        told = (await world.get("/v1/me/accesses?limit=200")).json()["data"]
        assert look.headers["call-id"] in {each["call_id"] for each in told}, path

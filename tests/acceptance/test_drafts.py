"""A demand is begun on one device and finished on another. Drafts are their person's, sealed, and do not last."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select, update

from gateway.cases.model import now
from gateway.storage.tables import attachments, drafts
from tests.database_sessions import read, transaction

from .conftest import AMINA, YOUSSEF, World, world_in
from .needles import hits
from .shared import IN_ONE_LOOP, SELDOM, problem, record_of, shared_world
from .test_erasure import erase
from .test_mandates import agent, held
from .test_required_actions import hand_in

pytestmark = IN_ONE_LOOP
world = shared_world(drafts={"bytes": 4_000, "files": 2})

BEGUN = {"service": "echo.note", "form": {"text": "Je commence"}}


async def sent(
    world: World, method: str, path: str, body: Any = None, token: str | None = None, **headers: str
) -> httpx.Response:
    known = {"Idempotency-Key": str(uuid4()), **await world._headers(token, headers)}
    return await world.web.request(method, world.url + path, json=body, headers=known)


async def begun(world: World, token: str | None = None, **changes: Any) -> httpx.Response:
    answer = await world.post("/v1/drafts", BEGUN | changes, token)
    assert answer.status_code == 201, answer.text
    return answer


async def test_draft_is_finished_on_another_device_and_filed(world: World) -> None:
    first = await begun(world, service="watiqa.birth-extract", form={"copies": 2}, language="ar")
    draft, path = first.json(), first.headers["location"]
    assert (draft["object"], draft["service"], draft["form"], draft["language"]) == (
        "draft", "watiqa.birth-extract", {"copies": 2}, "ar",
    )  # fmt: skip
    elsewhere = await world.get(path)
    assert (elsewhere.json(), elsewhere.headers["etag"]) == (draft, first.headers["etag"])
    example = (await world.get("/v1/services/watiqa.birth-extract")).json()["example"]
    changed = await sent(world, "PUT", path, {"form": example}, If_Match=elsewhere.headers["etag"])
    assert changed.status_code == 200, changed.text
    assert changed.json()["language"] is None  # all of it is replaced
    body = {"service": draft["service"], "form": changed.json()["form"], "draft": draft["id"]}
    stale = await world.post("/v1/cases", body, If_Match=first.headers["etag"])
    problem(stale, 412, "precondition_failed")
    key = str(uuid4())
    filed = await world.post("/v1/cases", body, key=key, If_Match=changed.headers["etag"])
    assert filed.status_code == 201, filed.text
    problem(await world.get(path), 404, "draft_not_found")
    again = await world.post("/v1/cases", body, key=key, If_Match=changed.headers["etag"])
    assert again.json()["id"] == filed.json()["id"]  # the draft is gone, and its filing is answered all the same
    other = problem(await world.post("/v1/cases", body), 422, "form_invalid")
    assert [(each["pointer"], each["code"]) for each in other["errors"]] == [("/draft", "draft_unknown")]


async def test_one_draft_is_filed_once(world: World) -> None:
    draft = (await begun(world)).json()
    answers = await asyncio.gather(*(world.post("/v1/cases", BEGUN | {"draft": draft["id"]}) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 422, 422, 422]


async def test_incomplete_and_wrong_drafts_are_kept(world: World) -> None:
    for form in ({}, {"text": 7, "misspelt": [None, {"deep": "x"}]}, {"person": "nobody"}):
        draft = (await begun(world, form=form)).json()
        assert draft["form"] == form
        found = (await world.get(f"/v1/drafts/{draft['id']}")).json()
        assert found["form"] == form


async def test_what_cannot_be_kept_is_refused(world: World) -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = {"text": deep}
    for form, code in ((deep, "depth"), ({"text": "x" * 5_000}, "draft_too_large"), ({"text": "\ud800"}, None)):
        answer = await world.post("/v1/drafts", BEGUN | {"form": form}) if code else None
        if answer is not None:
            assert problem(answer, 422, "form_invalid")["errors"][0]["code"] == code
    problem(await world.post("/v1/drafts", BEGUN | {"form": {"text": "x" * 10_000_000}}), 413, "body_too_large")
    problem(await world.post("/v1/drafts", BEGUN | {"service": "echo.nothing"}), 404, "service_not_found")
    headers = await world._headers(None, {})
    answer = await world.web.post(f"{world.url}/v1/drafts", json=BEGUN, headers=headers)
    problem(answer, 400, "idempotency_key_missing")


async def test_another_device_does_not_overwrite(world: World) -> None:
    first = await begun(world)
    path, seen = first.headers["location"], first.headers["etag"]
    answers = await asyncio.gather(
        *(sent(world, "PUT", path, {"form": {"text": str(each)}}, If_Match=seen) for each in range(3))
    )
    assert sorted(each.status_code for each in answers) == [200, 412, 412]
    problem(await sent(world, "DELETE", path, If_Match=seen), 412, "precondition_failed")
    assert (await sent(world, "DELETE", path)).status_code == 200
    problem(await sent(world, "DELETE", path), 404, "draft_not_found")


async def test_drafts_are_listed_without_their_content(world: World) -> None:
    token = await world.citizen("AB100009")
    mine = [(await begun(world, token, form={"text": f"draft {each}"})).json()["id"] for each in range(3)]
    page = (await world.get("/v1/drafts?limit=2", token)).json()
    rest = (await world.get(f"/v1/drafts?limit=2&cursor={page['next_cursor']}", token)).json()
    assert [each["id"] for each in page["data"] + rest["data"]] == mine[::-1]
    assert (page["has_more"], rest["has_more"]) == (True, False)
    assert "form" not in page["data"][0]
    problem(await world.get("/v1/drafts?cursor=nonsense", token), 400, "cursor_invalid")
    assert (await world.get("/v1/drafts", await world.citizen("AB100010"))).json()["data"] == []


async def test_draft_is_its_persons_alone(world: World) -> None:
    path = (await begun(world)).headers["location"]
    youssef = await world.citizen(YOUSSEF)
    for method in ("GET", "PUT", "DELETE"):
        answer = await sent(world, method, path, {"form": {}} if method == "PUT" else None, youssef)
        problem(answer, 404, "draft_not_found")
    body = BEGUN | {"draft": path.rpartition("/")[2]}
    assert problem(await world.post("/v1/cases", body, youssef), 422, "form_invalid")["errors"][0]["code"] == (
        "draft_unknown"
    )
    assert (await world.get(path)).status_code == 200


async def test_agent_sees_what_her_mandate_covers(world: World) -> None:
    before = (await begun(world)).headers["location"]
    mandate, token = await held(world, services=["echo"]), await agent(world)
    problem(await world.get(before, token, Mandate=mandate), 404, "draft_not_found")  # begun before it was given
    mine = await world.post("/v1/drafts", BEGUN, token, Mandate=mandate)
    assert mine.status_code == 201, mine.text
    assert mine.json()["client"] == "demo-agent"
    assert (await world.get(mine.headers["location"])).status_code == 200  # it is the person's
    listed = (await world.get("/v1/drafts", token, Mandate=mandate)).json()["data"]
    assert [each["id"] for each in listed] == [mine.json()["id"]]
    outside = BEGUN | {"service": "watiqa.birth-extract"}
    problem(await world.post("/v1/drafts", outside, token, Mandate=mandate), 403, "mandate_too_narrow")
    problem(await world.post("/v1/drafts", BEGUN, token), 403, "mandate_required")


async def test_draft_asks_for_the_assurance_of_its_service(world: World) -> None:
    path = (await begun(world, service="watiqa.birth-extract", form={})).headers["location"]
    weak = await world.citizen(acr="low")
    problem(await world.get(path, weak), 401, "insufficient_assurance")
    listed = (await world.get("/v1/drafts?limit=100", weak)).json()["data"]
    assert path.rpartition("/")[2] not in [each["id"] for each in listed]
    body = BEGUN | {"service": "watiqa.birth-extract"}
    problem(await world.post("/v1/drafts", body, weak), 401, "insufficient_assurance")


async def test_draft_is_sealed_and_not_on_record(world: World) -> None:
    form = {"text": "ein Geheimnis", "person": {"cnie": AMINA}, "contact": {"email": "amina.entwurf@example.org"}}
    answer = await begun(world, form=form)
    async with read(world.gateway.storage) as connection:
        row = (await connection.execute(select(drafts).where(drafts.c.id == answer.json()["id"]))).one()
    record = await record_of(world, answer)
    assert (record["operation"], record["purpose"], record["service"]) == ("drafts.create", "draft", "echo.note")
    places = {"row": str(tuple(row)).encode() + row.sealed, "record": json.dumps(record).encode()}
    assert not hits(["ein Geheimnis", AMINA, "amina.entwurf"], places)


async def test_draft_expires_and_keeps_its_files_until_then(tmp_path: Any, store_url: str) -> None:
    async with world_in(tmp_path / "state", store_url, journeys=SELDOM, drafts={"files": 1}) as world:
        storage, tidy = world.gateway.storage, world.gateway.housekeeping.tidy
        kept, loose = [(await hand_in(world)) for _ in range(2)]
        service = "chikaya.complaint"
        path = (await begun(world, service=service, form={"evidence": [kept]})).headers["location"]
        many = {"service": service, "form": {"evidence": [kept, loose]}}
        assert problem(await world.post("/v1/drafts", many), 422, "form_invalid")["errors"][0]["code"] == (
            "draft_too_many_files"
        )

        async def files() -> set[str]:
            async with read(storage) as connection:
                return set((await connection.execute(select(attachments.c.id))).scalars())

        async with transaction(storage) as tx:
            await tx.execute(update(attachments).values(created_at=now() - timedelta(days=20)))
        await tidy()
        assert await files() == {kept}
        changed = await sent(world, "PUT", path, {"form": {}})
        assert changed.status_code == 200
        await tidy()
        assert await files() == set()
        async with transaction(storage) as tx:
            await tx.execute(update(drafts).values(expires_at=now() - timedelta(seconds=1)))
        problem(await world.get(path), 404, "draft_not_found")
        assert (await world.get("/v1/drafts")).json()["data"] == []
        await tidy()
        async with read(storage) as connection:
            assert (await connection.execute(select(drafts.c.id))).all() == []


async def test_drafts_are_few_and_go_with_their_person(tmp_path: Any, store_url: str) -> None:
    quotas = {"drafts_per_person": 2}
    async with world_in(tmp_path / "state", store_url, journeys=SELDOM, quotas=quotas) as world:
        answers = await asyncio.gather(*(world.post("/v1/drafts", BEGUN) for _ in range(4)))
        assert sorted(each.status_code for each in answers) == [201, 201, 429, 429]
        refused = next(each for each in answers if each.status_code == 429)
        assert problem(refused, 429, "drafts_quota_used")["quota"] == "drafts_per_person"
        assert (await world.post("/v1/drafts", BEGUN, await world.citizen(YOUSSEF))).status_code == 201
        done = await erase(world, AMINA)
        assert done.exit_code == 0, done.output
        async with read(world.gateway.storage) as connection:
            left = (await connection.execute(select(drafts.c.subject))).scalars().all()
        assert list(left) == [world.gateway.ring.pseudonym(YOUSSEF)]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
async def test_draft_is_named_in_the_callers_language(world: World, language: str) -> None:
    path = (await begun(world)).headers["location"]
    answer = await world.get(path, Accept_Language=language)
    service = world.gateway.catalogue.service("echo.note")
    assert service is not None
    assert answer.json()["service_title"] == service.text("title", language)
    assert answer.headers["content-language"] == language

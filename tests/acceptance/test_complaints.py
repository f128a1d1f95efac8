"""Complaints, observations and suggestions: from the form to the administration's letter, over the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from gateway.sandbox.context import Store, Table

from .conftest import YOUSSEF, World, world_in
from .shared import IN_ONE_LOOP, problem

pytestmark = IN_ONE_LOOP

HUNDRED_DAYS_A_SECOND = 8_640_000.0
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    b"\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)
SERVICES = ("complaint", "complaint-consulate", "observation", "suggestion")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world_in(tmp_path_factory.mktemp("world"), "", speed=HUNDRED_DAYS_A_SECOND) as found:
        yield found


async def complain(world: World, service: str = "complaint", **changes: Any) -> dict[str, Any]:
    """File the example, with changes laid over its members, and follow it to its end."""
    name = f"chikaya.{service}"
    example = (await world.get(f"/v1/services/{name}")).json()["example"]
    form = {
        member: {**example.get(member, {}), **change} if isinstance(change, dict) else change
        for member, change in changes.items()
    }
    case = await world.order(name, **form)
    return await world.ended(case["id"])


@pytest.mark.parametrize("service", SERVICES)
async def test_each_service_ends_with_the_administrations_letter(world: World, service: str) -> None:
    ended = await complain(world, service)
    assert ended["status"] == "completed", await world.events(ended["id"])
    documents = {each["id"] for each in ended["documents"]}
    assert {"accuse", "reponse"} <= documents
    letter = await world.get(f"/v1/cases/{ended['id']}/documents/reponse")
    assert letter.status_code == 200
    assert "الوسيط" in letter.content.decode()
    assert letter.headers["content-type"].startswith("text/plain")


async def test_evidence_reaches_the_portal_with_the_complaint(world: World) -> None:
    headers = {"Authorization": f"Bearer {await world.citizen()}", "Idempotency-Key": str(uuid4())}
    files = {"file": ("photo.png", PNG, "image/png")}
    kept = await world.web.post(f"{world.url}/v1/attachments", files=files, headers=headers)
    assert kept.status_code == 201, kept.text
    before = len(await world.effects("chikaya"))
    ended = await complain(world, evidence=[kept.json()["id"]])
    assert ended["status"] == "completed", await world.events(ended["id"])
    assert (await world.effects("chikaya"))[before:] == ["complaint"]


async def test_a_complaint_about_another_case_names_it_to_the_portal(world: World) -> None:
    lost = await world.order("echo.note", behave="never")
    example = (await world.get("/v1/services/chikaya.complaint")).json()["example"]
    body = {"service": "chikaya.complaint", "form": example, "related_case": lost["id"]}
    case = (await world.post("/v1/cases", body)).json()
    assert case["related_case"] == lost["id"]
    reference = (await world.ended(case["id"]))["filing"]["reference"]
    store = Store(world.state_dir / "sandbox.sqlite")
    kept = Table(store, "chikaya", "complaints").get(reference)
    store.close()
    assert kept is not None
    assert kept["related"] == lost["id"]


async def test_a_complaint_that_is_not_admissible_is_rejected_with_its_reason(world: World) -> None:
    ended = await complain(world, message={"subject": "Objet trop vague : IMPRECIS"})
    assert (ended["status"], ended["reason"]) == ("rejected", "too_vague")
    assert "not clear enough" in ended["reason_text"]


@pytest.mark.usefixtures("portals_not_asked")
async def test_a_matter_before_a_court_is_refused_and_never_lodged(world: World) -> None:
    before = await world.effects("chikaya")
    ended = await complain(world, before_court=True)
    assert (ended["status"], ended["reason"]) == ("rejected", "before_court")
    assert await world.effects("chikaya") == before


async def test_a_lost_answer_makes_no_second_complaint(world: World) -> None:
    before = len(await world.effects("chikaya"))
    await world.fault("chikaya", "commit_then_drop")
    try:
        ended = await complain(world)
    finally:
        await world.fault("chikaya", "none")
    assert ended["status"] == "completed", await world.events(ended["id"])
    assert (await world.effects("chikaya"))[before:] == ["complaint"]


async def test_a_complaint_is_tracked_by_its_number_and_a_proof_that_is_not_in_the_address(world: World) -> None:
    """The verified address is the proof; one that somebody types beside it is not asked with."""
    filed = await complain(world, contact={"email": "amina@example.org"})
    path = f"/v1/tracking/chikaya/{filed['filing']['reference']}"
    told = await world.get(path)
    assert told.status_code == 200, told.text
    assert told.json()["portal_status"] == "repondue"
    stranger = await world.citizen(YOUSSEF)
    problem(await world.get(path, stranger, Tracking_Proof="email=amina@example.org"), 404, "not_found_at_portal")

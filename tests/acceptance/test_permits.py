"""A permit through the whole gateway: mutual TLS to the portal, a history instead of a status, an owner's proof."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.waiting import PATIENCE

from .conftest import YOUSSEF, World
from .evidence import ended, order
from .shared import IN_ONE_LOOP, problem, shared_world
from .test_required_actions import act, asked, hand_in

pytestmark = IN_ONE_LOOP

world = shared_world()


async def test_a_repair_permit_is_filed_followed_and_handed_over(world: World) -> None:
    case_id = await order(world, "rokhas.repair-permit")
    assert await ended(world, case_id) == ("completed", None)
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    permit = next(each for each in case["documents"] if each["id"] == "permis")
    answer = await world.get(f"/v1/cases/{case_id}/documents/{permit['id']}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    labels = [event["data"]["label"] for event in await world.events(case_id) if event["code"] == "portal_step"]
    assert labels[-2:] == ["Signature du président", "Permis délivré"]


async def test_plans_and_the_fees_of_the_commune_come_in_the_middle_of_one_case(world: World) -> None:
    """20 DH a square metre, paid once the opinion is favourable; the stamp goes back to the commune."""
    before = len(await world.effects("rokhas"))
    case_id = await order(world, "rokhas.construction-permit")
    action = await asked(world, case_id, "provide_document")
    assert (action["code"], action["optional"]) == ("plans_missing", False)
    assert (await act(world, case_id, "provide_document", attachments=[await hand_in(world)])).status_code == 200
    action = await asked(world, case_id, "pay")
    assert (action["code"], action["amount"]["amount"]) == ("fee_on_decision", 360_000)
    assert action["title"] == "The opinion is favourable. Pay the fees and the permit will be signed."
    await world.pay(case_id)
    assert await ended(world, case_id) == ("completed", None)
    (payment,) = (await world.get(f"/v1/cases/{case_id}")).json()["payments"]
    assert (payment["portal"], payment["state"]) == ("etimbre", "paid")
    assert (await world.effects("rokhas"))[before:] == ["dossier", "complement", "taxe"]
    effects = (await world.web.get(f"{world.sandbox_url}/_effects/rokhas")).json()
    assert effects[-1]["stamp"] == payment["stamp"]
    assert (await world.effects("etimbre")).count("stamp_consumed") == 1


async def test_a_refusal_is_explained_in_the_persons_language(world: World) -> None:
    case_id = await order(world, "rokhas.repair-permit", project={"description": "DEFAVORABLE"})
    status, reason = await ended(world, case_id)
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    assert (status, reason) == ("rejected", "plan_not_followed")
    assert "The project does not follow the development plan of the commune." in str(case)


async def test_a_filing_whose_answer_is_lost_makes_one_demand(world: World) -> None:
    before = len(await world.effects("rokhas"))
    await world.fault("rokhas", "commit_then_drop")
    case_id = await order(world, "rokhas.repair-permit")
    async with asyncio.timeout(PATIENCE):
        while len(await world.effects("rokhas")) == before:
            await asyncio.sleep(0.05)
    await world.fault("rokhas", "none")
    assert await ended(world, case_id) == ("completed", None)
    assert (await world.effects("rokhas"))[before:] == ["dossier"]


async def track(world: World, reference: str, token: str = "", **headers: str) -> Any:
    return await world.get(f"/v1/tracking/rokhas/{reference}", token or None, **headers)


async def test_an_owner_is_known_by_the_token_and_a_company_by_its_number(world: World) -> None:
    mine = await track(world, "PC-2024-000317")
    assert (mine.status_code, mine.json()["status"]) == (200, "completed")
    problem(await track(world, "PC-2024-000317", await world.citizen(YOUSSEF)), 404, "not_found_at_portal")
    company = await track(world, "AE-2025-000088", Tracking_Proof="owner_id=45871")
    assert (company.status_code, company.json()["status"]) == (200, "in_progress")
    problem(await track(world, "AE-2025-000088"), 404, "not_found_at_portal")


async def test_the_record_knows_the_way_and_not_the_owner(world: World) -> None:
    answer = await track(world, "AE-2025-000088", Tracking_Proof="owner_id=45871")
    assert answer.status_code == 200
    record = (await world.records(portal="rokhas", operation="tracking.read"))[0]
    (hop,) = record["hops"]
    assert (hop["portal"], hop["operation"], hop["status"], hop["outcome"]) == ("rokhas", "track", 200, "answered")
    assert "45871" not in str(record)

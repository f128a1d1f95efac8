"""Once only: what the gateway knows of a person is used again, with the person's consent and for nobody else."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx

from .conftest import FAST, YOUSSEF, World
from .evidence import ended, order
from .shared import IN_ONE_LOOP, problem, record_of, shared_world
from .test_required_actions import act, asked, demand

pytestmark = IN_ONE_LOOP
world = shared_world(speed=5_000_000.0, journeys=FAST | {"embedded": True})
PDF = """%PDF-1.7
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj
trailer<</Root 1 0 R/Size 4>>
%%EOF"""
"""Echo gives back what it was given: here a file that may be attached."""


async def with_document(world: World, text: str = PDF) -> str:
    case_id = await order(world, "echo.note", text=text)
    assert await ended(world, case_id) == ("completed", None)
    return case_id


async def reuse(world: World, case_id: str, token: str | None = None, **more: Any) -> httpx.Response:
    wish = {"from_case": case_id, "document": "result", "consent": True, **more}
    return await world.post("/v1/attachments/references", wish, token)


async def test_a_document_of_an_earlier_case_answers_what_another_one_asks(world: World) -> None:
    earlier = await with_document(world)
    answer = await reuse(world, earlier)
    assert answer.status_code == 201, answer.text
    copy = answer.json()
    assert (copy["media_type"], copy["sha256"]) == ("application/pdf", hashlib.sha256(PDF.encode()).hexdigest())
    record = await record_of(world, answer)
    told = (record["operation"], record["code"], record["purpose"], record["case"], record["portal"])
    assert told == ("attachments.reuse", "document_reused", "once-only", earlier, "echo")
    case_id = await order(world, "echo.note", behave="ask_document")
    await asked(world, case_id, "provide_document")
    assert (await act(world, case_id, "provide_document", attachments=[copy["id"]])).status_code == 200
    done = await world.ended(case_id)
    (given,) = demand(world, done["filing"]["reference"])["answered"]
    assert [each["filename"] for each in given["attachments"]] == [f"{await reference(world, earlier)}.pdf"]
    assert [each["code"] for each in await world.events(earlier)][-1] == "document_shared"
    (reused,) = [each["data"] for each in await world.events(case_id) if each["code"] == "document_reused"]
    assert reused == {"from_case": earlier, "document": "result"}


async def reference(world: World, case_id: str) -> str:
    return (await world.get(f"/v1/cases/{case_id}")).json()["filing"]["reference"]


async def test_without_consent_nothing_is_copied(world: World) -> None:
    earlier = await with_document(world)
    for consent in (False, None, "yes", 1):
        problem(await reuse(world, earlier, consent=consent), 400, "invalid_request")
    missing = {"from_case": earlier, "document": "result"}
    problem(await world.post("/v1/attachments/references", missing), 400, "invalid_request")
    assert "document_shared" not in await world.codes(earlier)


async def test_nobody_elses_document_is_given_away(world: World) -> None:
    earlier = await with_document(world)
    stranger = await world.citizen(YOUSSEF)
    problem(await reuse(world, earlier, stranger), 404, "case_not_found")
    problem(await reuse(world, "case_01k8z6v3p4q5r6s7t8v9w0x1y2"), 404, "case_not_found")
    problem(await reuse(world, earlier, document="other"), 404, "document_not_found")
    text = await with_document(world, "only words")
    problem(await reuse(world, text), 502, "portal_answer_unexpected")  # nothing that the person could mend


async def test_the_same_wish_sent_again_makes_one_copy(world: World) -> None:
    earlier = await with_document(world)
    wish = {"from_case": earlier, "document": "result", "consent": True}
    first, again = [await world.post("/v1/attachments/references", wish, key=f"of {earlier}") for _ in range(2)]
    assert first.json()["id"] == again.json()["id"]
    assert (await world.codes(earlier)).count("document_shared") == 1


async def test_a_demand_may_point_to_another_case_and_its_portal_learns_which(world: World) -> None:
    lost = await order(world, "echo.note")
    await ended(world, lost)
    body = {"service": "echo.note", "form": {"text": "Mon extrait s'est perdu."}, "related_case": lost}
    answer = await world.post("/v1/cases", body)
    assert (answer.status_code, answer.json()["related_case"]) == (201, lost)
    done = await world.ended(answer.json()["id"])
    assert demand(world, done["filing"]["reference"])["about"] == lost


async def test_a_demand_cannot_point_to_what_is_not_ones_own(world: World) -> None:
    lost = await order(world, "echo.note")
    body = {"service": "echo.note", "form": {"text": "x"}}
    for other, token in ((lost, await world.citizen(YOUSSEF)), ("case_01k8z6v3p4q5r6s7t8v9w0x1y2", None)):
        answer = await world.post("/v1/cases", body | {"related_case": other}, token)
        refused = problem(answer, 422, "form_invalid")
        (error,) = refused["errors"]
        assert (error["pointer"], error["code"]) == ("/related_case", "case_unknown")
        assert error["detail"] == "There is no such case, or it is not yours."


async def test_a_form_is_prefilled_from_the_token_and_from_what_the_portal_was_told_before(world: World) -> None:
    await order(world, "echo.parcel", delivery={"address": {"city": "Grenoble", "phone": "+33639980000"}})
    answer = await world.get("/v1/services/echo.visit")
    address = answer.json()["prefill"]["delivery"]["address"]
    told = {"lines": ["12 rue de la République"], "city": "Grenoble", "postcode": "69002", "country": "FR"}
    assert address == {"name": "Amina El Fassi", "phone": "+33639980000", **told}
    assert answer.headers["cache-control"] == "private, no-store"
    assert "Authorization" in answer.headers["vary"]
    assert (await record_of(world, answer))["subject"].startswith("p20")
    theirs = (await world.get("/v1/services/echo.visit", await world.citizen(YOUSSEF))).json()["prefill"]
    assert theirs["delivery"]["address"]["name"] != "Amina El Fassi"
    assert "city" not in theirs["delivery"]["address"]


async def test_without_a_persons_token_nothing_is_prefilled(world: World) -> None:
    answer = await world.web.get(f"{world.url}/v1/services/echo.visit")
    assert (answer.status_code, answer.json()["prefill"]) == (200, None)
    assert answer.headers["cache-control"] == "public, max-age=10"

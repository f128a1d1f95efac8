"""A portal pushes that a demand has changed: who it is must be shown, and what it says is not believed but asked."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from secrets import token_urlsafe
from typing import Any

import httpx

from plugins.chikaya import webhook

from .conftest import FAST, World
from .evidence import advance, ended, order
from .shared import IN_ONE_LOOP, problem, record_of, shared_world

pytestmark = IN_ONE_LOOP
RARELY = FAST | {"embedded": True, "poll_seconds": 3600.0}
world = shared_world(journeys=RARELY, speed=1.0)


def signature(world: World, body: bytes, *, at: float | None = None, key: str = "") -> str:
    key = key or (world.state_dir / "secrets" / "echo.api_key").read_text().strip()
    moment = str(int(at or time.time()))
    return f"{moment}.{hmac.new(key.encode(), f'{moment}.'.encode() + body, hashlib.sha256).hexdigest()}"


async def push(world: World, reference: str, portal: str = "echo", *, signed: str = "", **more: Any) -> httpx.Response:
    body = json.dumps({"reference": reference}).encode()
    headers = {"X-Echo-Signature": signed or signature(world, body, **more)}
    return await world.web.post(f"{world.url}/callbacks/{portal}/demands", content=body, headers=headers)


async def filed(world: World, **form: Any) -> tuple[str, str]:
    """A demand that the journey will not ask about for an hour, and its reference."""
    case_id = await order(world, "echo.note", **form)
    case = await world.until(case_id, lambda case: case["filing"]["reference"] and case["filing"]["status"])
    await asyncio.sleep(0.3)
    return case_id, case["filing"]["reference"]


async def test_a_push_makes_the_journey_ask_at_once(world: World) -> None:
    case_id, reference = await filed(world)
    await advance(world, 3)
    answer = await push(world, reference)
    assert (answer.status_code, answer.text) == (200, "thanks")
    assert await ended(world, case_id) == ("completed", None)
    record = await record_of(world, answer)
    assert (record["operation"], record["principal"], record["portal"]) == ("callbacks.receive", "portal", "echo")
    assert (record["decision"], record["rule"], record["code"]) == ("allow", "callback.authentic@1", "notice_taken")
    assert (record["case"], record["service"], record["purpose"]) == (case_id, "echo.note", "notice")


async def test_what_a_push_says_is_not_believed(world: World) -> None:
    case_id, reference = await filed(world, behave="never")
    now = time.time()  # read once: two notices of the same second would be one that is replayed
    for seconds in range(3):
        assert (await push(world, reference, at=now - seconds)).status_code == 200
    await asyncio.sleep(0.3)
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    assert (case["status"], case["filing"]["status"]) == ("in_progress", "accepted")


async def test_an_unknown_reference_gets_the_same_answer(world: World) -> None:
    answers = [await push(world, reference) for reference in ("E99999999", "", "'; DROP TABLE cases --", "\u0000")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, "thanks")}
    record = await record_of(world, answers[0])
    assert (record["decision"], record["code"]) == ("allow", "notice_of_nothing")
    assert "case" not in record or not record["case"]


async def test_a_push_that_is_not_authentic_is_refused_and_changes_nothing(world: World) -> None:
    case_id, reference = await filed(world)
    await advance(world, 3)
    body = json.dumps({"reference": reference}).encode()
    wrong = {
        "another key": (signature(world, body, key="another"), 403, "bad_signature"),
        "another body": (signature(world, b"{}"), 403, "bad_signature"),
        "no number": ("soon." + "0" * 64, 403, "bad_signature"),
        "nothing": (".", 403, "bad_signature"),
        "five minutes late": (signature(world, body, at=time.time() - 302), 403, "too_old"),
        "five minutes early": (signature(world, body, at=time.time() + 302), 403, "too_old"),
    }
    for signed, status, code in wrong.values():
        answer = await push(world, reference, signed=signed)
        problem(answer, status, code)
        record = await record_of(world, answer)
        told = (record["kind"], record["decision"], record["outcome"], record["code"])
        assert told == ("refusal", "deny", "denied", code)
    await asyncio.sleep(0.3)
    assert (await world.get(f"/v1/cases/{case_id}")).json()["status"] == "in_progress"


async def test_a_push_sent_again_is_a_replay(world: World) -> None:
    case_id, reference = await filed(world, behave="never")
    signed = signature(world, json.dumps({"reference": reference}).encode())
    assert (await push(world, reference, signed=signed)).status_code == 200
    problem(await push(world, reference, signed=signed), 409, "replayed")
    assert (await world.get(f"/v1/cases/{case_id}")).json()["status"] == "in_progress"


async def test_a_signed_push_of_another_shape_is_refused(world: World) -> None:
    for body in (b"", b"[]", b"{}", b'{"reference": 1}', b"\xff"):
        headers = {"X-Echo-Signature": signature(world, body)}
        answer = await world.web.post(f"{world.url}/callbacks/echo/demands", content=body, headers=headers)
        problem(answer, 400, "malformed_callback")


async def test_a_portal_that_does_not_push_has_no_such_address(world: World) -> None:
    for portal in ("watiqa", "barid", "nowhere"):
        problem(await push(world, "E00000001", portal), 404, "not_found")
    answer = await world.web.post(f"{world.url}/callbacks/etimbre/demands", content=b"{}")
    problem(answer, 404, "not_found")


async def test_a_push_for_an_ended_case_changes_nothing(world: World) -> None:
    case_id, reference = await filed(world)
    await advance(world, 3)
    await push(world, reference)
    await ended(world, case_id)
    before = await world.codes(case_id)
    assert (await push(world, reference, at=time.time() - 2)).text == "thanks"
    assert await world.codes(case_id) == before


# --- A portal that pushes by itself -------------------------------------------------------------------------------


async def test_a_complaint_is_told_by_the_portal_and_asked_for_at_once(world: World) -> None:
    """Nothing but the notice can bring the answer: the journey would ask in an hour."""
    case_id = await order(world, "chikaya.complaint")
    case = await world.until(case_id, lambda case: case["filing"]["reference"])
    assert [(term["code"], term["passed"]) for term in case["terms"]] == [("triage", False), ("answer", False)]
    await advance(world, 9)
    await world.until(case_id, lambda case: case["filing"]["status"] == "en_instruction")
    await advance(world, 30)
    assert await ended(world, case_id) == ("completed", None)
    notices = await world.records(portal="chikaya", operation="callbacks.receive")
    assert {(each["principal"], each["rule"], each["code"]) for each in notices} == {
        ("portal", "callback.authentic@1", "notice_taken")
    }
    assert case_id in [each["case"] for each in notices]


def chikaya_headers(world: World, body: bytes, *, at: float = 0.0, secret: str = "") -> dict[str, str]:
    secret = secret or (world.state_dir / "secrets" / "chikaya.webhook_secret").read_text().strip()
    moment, nonce = str(int(time.time() + at)), token_urlsafe(18)
    signed = webhook.signature(secret, moment, nonce, body)
    return {webhook.TIMESTAMP: moment, webhook.NONCE: nonce, webhook.SIGNATURE: signed}


async def test_a_notice_of_chikaya_is_checked_for_its_signature_its_time_and_its_nonce(world: World) -> None:
    body, url = b'{"number":"CH-2026-000001","state":"repondue"}', f"{world.url}/callbacks/chikaya/status"
    wrong = {
        "bad_signature": chikaya_headers(world, body, secret="another"),
        "too_old": chikaya_headers(world, body, at=-300.0),
    }
    for code, headers in wrong.items():
        problem(await world.web.post(url, content=body, headers=headers), 403, code)
    problem(await world.web.post(url, content=b"{}", headers=chikaya_headers(world, body)), 403, "bad_signature")
    problem(await world.web.post(url, content=b"{}", headers=chikaya_headers(world, b"{}")), 400, "malformed_callback")
    once = chikaya_headers(world, body)
    assert (await world.web.post(url, content=body, headers=once)).json() == {"received": True}
    problem(await world.web.post(url, content=body, headers=once), 409, "replayed")
    problem(await world.web.post(f"{url}es", content=body, headers=chikaya_headers(world, body)),
            404, "callback_not_supported")  # fmt: skip

"""A portal pushes that a demand has changed: who it is must be shown, and what it says is not believed but asked."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from functools import partial
from secrets import token_urlsafe
from typing import Any

import httpx

from plugins.chikaya import webhook
from tests.waiting import eventually

from .conftest import FAST, World
from .evidence import advance, at_rest, ended, order
from .shared import IN_ONE_LOOP, problem, record_of, shared_world

pytestmark = IN_ONE_LOOP
RARELY = FAST | {"embedded": True, "poll_seconds": 3600.0}
world = shared_world(journeys=RARELY, speed=1.0)


def key_of(world: World, name: str) -> str:
    return (world.state_dir / "secrets" / name).read_text().strip()


def signature(
    world: World, body: bytes, *, at: float | None = None, key: str = "", path: str = "demands", method: str = "POST"
) -> str:
    key = key or key_of(world, "echo.push_key")
    moment = str(int(at or time.time()))
    text = f"echo push v1\n{method}\n{path}\n{moment}\n".encode() + body
    return f"{moment}.{hmac.new(key.encode(), text, hashlib.sha256).hexdigest()}"


def unnamed(world: World, body: bytes) -> str:
    """Over the time and the body alone: it would fit any message of the two."""
    moment = str(int(time.time()))
    signed = hmac.new(key_of(world, "echo.push_key").encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"{moment}.{signed.hexdigest()}"


async def push(world: World, reference: str, portal: str = "echo", *, signed: str = "", **more: Any) -> httpx.Response:
    body = json.dumps({"reference": reference}).encode()
    headers = {"X-Echo-Signature": signed or signature(world, body, **more)}
    return await world.web.post(f"{world.url}/callbacks/{portal}/demands", content=body, headers=headers)


async def filed(world: World, **form: Any) -> tuple[str, str]:
    """A demand that the journey will not ask about for an hour, and its reference."""
    case_id = await order(world, "echo.note", **form)
    case = await world.until(case_id, lambda case: case["filing"]["reference"] and case["filing"]["portal_status"])
    await at_rest(world, case_id)
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
    await at_rest(world, case_id)  # the portal was asked
    case = (await world.get(f"/v1/cases/{case_id}")).json()
    assert (case["status"], case["filing"]["portal_status"]) == ("in_progress", "accepted")


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
        "the key that our requests carry": (
            signature(world, body, key=key_of(world, "echo.api_key")),
            403,
            "bad_signature",
        ),
        "another address": (signature(world, body, path="elsewhere"), 403, "bad_signature"),
        "another method": (signature(world, body, method="GET"), 403, "bad_signature"),
        "without its purpose": (unnamed(world, body), 403, "bad_signature"),
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
        assert (record["principal"], record.get("case")) == ("anonymous", None)
    await at_rest(world, case_id)  # still, or again
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
    first = time.time()
    await push(world, reference, at=first)
    await ended(world, case_id)
    before = await world.codes(case_id)
    # Of another second than the first one, however long the case took to end: else it would be the same message.
    assert (await push(world, reference, at=first - 1)).text == "thanks"
    assert await world.codes(case_id) == before


# --- A portal that pushes by itself -------------------------------------------------------------------------------


async def test_a_complaint_is_told_by_the_portal_and_asked_for_at_once(world: World) -> None:
    """Nothing but the notice can bring the answer: the journey would ask in an hour."""
    case_id = await order(world, "chikaya.complaint")
    case = await world.until(case_id, lambda case: case["filing"]["reference"])
    assert [(term["code"], term["passed"]) for term in case["deadlines"]] == [("triage", False), ("answer", False)]

    async def taken(number: int) -> list[dict[str, Any]]:
        """The records of the notices, once there are so many."""
        notices = await world.records(portal="chikaya", operation="callbacks.receive", case_id=case_id)
        return notices if len(notices) >= number else []

    await at_rest(world, case_id)
    await advance(world, 9)
    await eventually(partial(taken, 1))
    await world.until(case_id, lambda case: case["filing"]["portal_status"] == "en_instruction")
    await at_rest(world, case_id)  # else the first notice may bring the answer too, and the second has nothing to bring
    await advance(world, 30)
    assert await ended(world, case_id) == ("completed", None)
    told = [(each["principal"], each["rule"], each["code"]) for each in await eventually(partial(taken, 2))]
    assert told == [("portal", "callback.authentic@1", "notice_taken")] * 2


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
        answer = await world.web.post(url, content=body, headers=headers)
        problem(answer, 403, code)
        assert (await record_of(world, answer))["principal"] == "anonymous"
    problem(await world.web.post(url, content=b"{}", headers=chikaya_headers(world, body)), 403, "bad_signature")
    problem(await world.web.post(url, content=b"{}", headers=chikaya_headers(world, b"{}")), 400, "malformed_callback")
    once = chikaya_headers(world, body)
    assert (await world.web.post(url, content=body, headers=once)).json() == {"received": True}
    problem(await world.web.post(url, content=body, headers=once), 409, "replayed")
    problem(await world.web.post(f"{url}es", content=body, headers=chikaya_headers(world, body)),
            404, "callback_not_supported")  # fmt: skip

"""What is left behind of a call: its record, the look at a record, the person's own ledger, the receipt."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jwt
import pytest

from .conftest import AMINA, YOUSSEF, World
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, record_of, refusal, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

WAITS = {"service": "echo.stamped", "form": {"text": "x"}}


async def ledger(world: World, token: str | None = None) -> list[dict[str, Any]]:
    answer = await world.get("/v1/me/accesses?limit=200", token)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def subject_of(world: World, cnie: str) -> str:
    """What the log calls a person this year."""
    ring = world.gateway.ring
    return ring.ledger.pseudonym(ring.pseudonym(cnie), datetime.now(UTC))


# --- The log ------------------------------------------------------------------------------------------------------


async def test_a_record_says_who_what_when_and_by_which_rule(world: World) -> None:
    answer = await world.post("/v1/cases", WAITS, key="told")
    record = await record_of(world, answer)
    case = answer.json()
    wanted = {
        "call": answer.headers["call-id"],
        "operation": "cases.create",
        "kind": "call",
        "client": "demo-frontend",
        "principal": "citizen",
        "subject": subject_of(world, AMINA),
        "case": case["id"],
        "service": "echo.stamped",
        "status": 201,
        "outcome": "ok",
        "decision": "allow",
        "purpose": "reference-connector",
        "idempotency_key": hashlib.sha256(b"told").hexdigest(),
    }
    assert {name: record.get(name) for name in wanted} == wanted
    assert record["duration_us"] > 0
    assert abs(datetime.fromisoformat(record["at"]) - datetime.fromisoformat(case["created_at"])) < timedelta(minutes=1)
    assert len(record["request"]) == len(record["response"]) == 64  # commitments, not contents


async def test_hops_to_portals_are_in_the_record_of_the_call_that_made_them(world: World) -> None:
    record = await record_of(world, await world.get("/v1/tracking/barid/RR123456785MA"))
    (hop,) = record["hops"]
    assert (hop["portal"], hop["method"], hop["status"], hop["outcome"]) == ("barid", "GET", 200, "answered")
    assert hop["key_id"] in {key["kid"] for key in (await world.get("/.well-known/jwks.json")).json()["keys"]}


async def test_an_auditor_lists_and_reads_and_each_look_is_a_record(world: World) -> None:
    await world.post("/v1/cases", WAITS)
    token = await world.machine("demo-auditor")
    listed = await world.get("/audit/records?limit=5", token)
    assert listed.status_code == 200
    assert listed.headers["cache-control"] == "no-store"
    page = listed.json()
    assert [each["index"] for each in page["data"]] == sorted((each["index"] for each in page["data"]), reverse=True)
    one = page["data"][0]
    read = await world.get(f"/audit/records/{one['index']}", token)
    assert read.json() == one
    leaf = json.dumps(one["record"], ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    assert hashlib.sha256(b"\0" + leaf).hexdigest() == one["leaf_hash"]
    for look, operation in ((listed, "audit.list"), (read, "audit.read")):
        record = await record_of(world, look)
        assert (record["kind"], record["operation"], record["purpose"]) == ("access", operation, "audit")
        assert (record["client"], record["principal"], record["rule"]) == (
            "demo-auditor",
            "auditor",
            "scope:audit.list@1",
        )


async def test_pages_of_the_log_hold_every_record_once(world: World) -> None:
    token = await world.machine("demo-auditor")
    for _ in range(12):
        await world.get("/v1/services", token)
    seen: list[int] = []
    cursor = ""
    while True:
        page = (await world.get(f"/audit/records?limit=7&cursor={cursor}", token)).json()
        seen += [each["index"] for each in page["data"]]
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    assert seen == list(range(seen[0], -1, -1))


async def test_records_are_found_by_what_they_say(world: World) -> None:
    answer = await world.post("/v1/cases", WAITS)
    record = await record_of(world, answer)
    for name, value in (
        ("client", "demo-frontend"),
        ("service", "echo.stamped"),
        ("portal", "echo"),
        ("outcome", "ok"),
        ("kind", "call"),
        ("subject", record["subject"]),
    ):
        found = await world.records(**{name: value})
        assert record in found, name
        assert all(each.get(name) == value for each in found), name
        assert await world.records(**{name: "step" if name == "kind" else "nobody-at-all"}) != found
    assert record in await world.records(since=record["at"])
    assert record not in await world.records(until=record["at"])


async def test_the_log_is_for_auditors_and_operators_only(world: World) -> None:
    forge = Forge.of(world)
    for token in (await world.citizen(), forge.app(), forge.app("demo-auditor", scope="audit:export")):
        for path in ("/audit/records", "/audit/records/0"):
            await refusal(world, await world.get(path, token), 403, "insufficient_scope", "scope:audit.list@1")
    assert (await world.get("/audit/records", await world.machine("demo-operator"))).status_code == 200
    for path in ("/audit/records", "/audit/records/0"):
        await refusal(world, await world.web.get(world.url + path), 401, "token_missing", "token@2")


BAD_FILTERS = {
    "since=yesterday": "invalid_request",
    "since=2025-01-01T00:00:00": "filter_invalid",
    "since=0001-01-01T00:00:00%2B23:59": "filter_invalid",
    "until=9999-12-31T23:59:59-23:59": "filter_invalid",
    "cursor=x": "cursor_invalid",
    "cursor=99999999999999999999": "cursor_invalid",
    "limit=501": "invalid_request",
    "limit=0": "invalid_request",
    "kind=rumour": "invalid_request",
    "client=%00": "invalid_request",
    f"client={'a' * 101}": "invalid_request",
}


@pytest.mark.parametrize("wrong", BAD_FILTERS)
async def test_a_filter_that_makes_no_sense_is_refused(world: World, wrong: str) -> None:
    problem(await world.get(f"/audit/records?{wrong}", await world.machine("demo-auditor")), 400, BAD_FILTERS[wrong])


async def test_a_record_that_is_not_there(world: World) -> None:
    token = await world.machine("demo-auditor")
    for index in ("999999999", "-1", "9" * 30):
        problem(await world.get(f"/audit/records/{index}", token), 404, "record_not_found")
    for index in ("x", "1.5", "9" * 5000):
        problem(await world.get(f"/audit/records/{index}", token), 404, "not_found")


# --- The person's own ledger --------------------------------------------------------------------------------------


async def test_a_person_sees_who_looked_at_her_data_and_nobody_elses(world: World) -> None:
    youssef = await world.citizen(YOUSSEF)
    case = await world.order("echo.note")
    await world.ended(case["id"])
    of_youssef = (await world.get("/v1/cases", youssef)).headers["call-id"]
    own, his = await ledger(world), await ledger(world, youssef)
    assert {each["operation"] for each in own} >= {"cases.create", "cases.read", "journey.filing"}
    assert {portal for each in own for portal in each["portals"]} >= {"echo"}
    assert of_youssef in {each["call_id"] for each in his}
    assert of_youssef not in {each["call_id"] for each in own}
    assert not {each["call_id"] for each in own} & {each["call_id"] for each in his}
    assert all(each["occurred_at"] and each["client"] and each["purpose"] != "" for each in own)


async def test_an_auditors_look_at_a_person_stands_in_her_ledger(world: World) -> None:
    youssef, token = await world.citizen(YOUSSEF), await world.machine("demo-auditor")
    record = await record_of(world, await world.get("/v1/cases", youssef))
    assert record["subject"] == subject_of(world, YOUSSEF)
    found = (await world.get(f"/audit/records?subject={record['subject']}&limit=1", token)).json()["data"][0]
    accesses = [
        await world.get(f"/audit/records?subject={record['subject']}", token),
        await world.get(f"/audit/records/{found['index']}", token),
    ]
    seen = {each["call_id"]: each for each in await ledger(world, youssef)}
    for look in accesses:
        assert seen[look.headers["call-id"]]["client"] == "demo-auditor"
        assert seen[look.headers["call-id"]]["kind"] == "access"
    assert not {look.headers["call-id"] for look in accesses} & {each["call_id"] for each in await ledger(world)}


async def test_what_an_auditor_types_into_a_filter_does_not_enter_the_log(world: World) -> None:
    look = await world.get(f"/audit/records?subject={AMINA}", await world.machine("demo-auditor"))
    assert look.json()["data"] == []
    assert AMINA not in json.dumps(await record_of(world, look))


async def test_pages_of_the_ledger_hold_every_entry_once(world: World) -> None:
    token = await world.citizen("E445566")
    calls = [(await world.get("/v1/cases", token)).headers["call-id"] for _ in range(9)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await world.get(f"/v1/me/accesses?limit=2&cursor={cursor}", token)).json()
        seen += [each["call_id"] for each in page["data"]]
        cursor = page["next_cursor"]
        if len(seen) > 100:
            break
    assert seen == calls[::-1]  # the looks at the ledger itself are newer than its first page


# --- The receipt --------------------------------------------------------------------------------------------------


async def verified(world: World, receipt: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict((await world.web.get(f"{world.url}/.well-known/jwks.json")).json())
    header = jwt.get_unverified_header(receipt)
    assert (header["alg"], header["typ"]) == ("EdDSA", "mre-receipt+jwt")
    return jwt.decode(receipt, keys[header["kid"]], algorithms=["EdDSA"], options={"verify_aud": False})


async def test_a_receipt_verifies_with_the_published_keys_and_says_what_the_law_wants(world: World) -> None:
    example = (await world.get("/v1/services/watiqa.birth-extract")).json()["example"]
    body = {"service": "watiqa.birth-extract", "form": example, "language": "fr"}
    case = (await world.post("/v1/cases", body)).json()
    answer = (await world.get(f"/v1/cases/{case['id']}/receipt")).json()
    claims = await verified(world, answer["receipt"])
    assert claims == answer["claims"]
    service = (await world.get("/v1/services/watiqa.birth-extract", Accept_Language="fr")).json()
    assert (claims["iss"], claims["sub"]) == (world.url, case["id"])
    assert claims["service"]["title"] == service["title"]
    assert claims["competent_body"] == service["competent_body"]
    assert claims["appeal"] == service["appeal"]
    assert "silence_is_acceptance" not in claims  # decree 2-22-387 is not known to list this act
    filed = datetime.fromisoformat(claims["filed_at"])
    assert abs(filed - datetime.fromisoformat(case["created_at"])) < timedelta(seconds=1)
    last_day = filed.astimezone(UTC).date() + timedelta(days=60)
    assert date.fromisoformat(claims["deadline"]["on"]) == last_day
    assert claims["deadline"]["basis"] == "Law 55-19"
    assert claims["deadline"]["on"] == case["deadlines"][-1]["due_on"]
    assert claims["fee"] == {"amount": case["payments"][0]["amount"]["amount"], "currency": "MAD"}
    assert AMINA not in json.dumps(claims)


async def test_a_receipt_commits_to_the_form_without_showing_it(world: World) -> None:
    form = {"text": "a secret wish"}
    case = (await world.post("/v1/cases", {"service": "echo.stamped", "form": form})).json()
    answer = (await world.get(f"/v1/cases/{case['id']}/receipt")).json()
    assert "secret wish" not in json.dumps(answer)
    digest = (await verified(world, answer["receipt"]))["form"]
    text = json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert hashlib.sha256(bytes.fromhex(digest["salt"]) + text).hexdigest() == digest["sha256"]


async def test_a_receipt_that_was_changed_does_not_verify_and_an_old_one_still_does(world: World) -> None:
    case = (await world.post("/v1/cases", WAITS)).json()
    receipt = (await world.get(f"/v1/cases/{case['id']}/receipt")).json()["receipt"]
    head, payload, signature = receipt.split(".")
    with pytest.raises(jwt.InvalidSignatureError):
        await verified(world, f"{head}.{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BB'}.{signature}")
    before = jwt.get_unverified_header(receipt)["kid"]
    world.gateway.ring.rotate("receipts")
    newer = (await world.post("/v1/cases", WAITS)).json()["id"]
    after = (await world.get(f"/v1/cases/{newer}/receipt")).json()["receipt"]
    assert jwt.get_unverified_header(after)["kid"] != before
    for each in (receipt, after):
        await verified(world, each)

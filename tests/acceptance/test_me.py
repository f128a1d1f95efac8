"""Who the caller is here, and how a person says that she wants to be told."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import select

from gateway.storage.tables import preferences
from tests.database_sessions import read

from .conftest import AMINA, YOUSSEF, World
from .needles import hits
from .shared import IN_ONE_LOOP, problem, record_of, shared_world
from .test_mandates import agent, held

pytestmark = IN_ONE_LOOP
world = shared_world()

NIGHT = {"start": "22:00", "end": "07:30", "timezone": "Europe/Paris"}


async def put(
    world: World, path: str, body: Any, token: str | None = None, *, key: str | None = None, **headers: str
) -> httpx.Response:
    sent = {"Idempotency-Key": key or str(uuid4()), **await world._headers(token, headers)}
    return await world.web.put(world.url + path, json=body, headers=sent)


async def wanted(world: World, body: Any, token: str | None = None, **headers: str) -> httpx.Response:
    return await put(world, "/v1/me/preferences", body, token, **headers)


async def test_me_says_who_the_person_is(world: World) -> None:
    answer = await world.get("/v1/me")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    me = answer.json()
    assert (me["kind"], me["client"], me["assurance"]) == ("citizen", "demo-frontend", "substantial")
    assert "cases:write" in me["scopes"]
    assert me["languages"] == ["ar", "fr", "en"]
    assert me["profile"]["cnie"] == AMINA
    assert me["profile"]["family_name_ar"]
    record = await record_of(world, answer)
    assert (record["operation"], record["purpose"]) == ("me.read", "right-of-access")
    assert not hits([AMINA, me["profile"]["name"]], {"record": json.dumps(record).encode()})


async def test_narrow_token_does_not_read_the_profile(world: World) -> None:
    me = (await world.get("/v1/me", await world.citizen(scopes=["tracking:read"]))).json()
    assert (me["kind"], me["profile"], me["mandates"]) == ("citizen", None, None)


async def test_weak_sign_in_does_not_list_mandates(world: World) -> None:
    me = (await world.get("/v1/me", await world.citizen(acr="low"))).json()
    assert me["profile"]["cnie"] == AMINA
    assert me["mandates"] is None


async def test_me_names_mandates_to_both_parties(world: World) -> None:
    mandate = await held(world)
    for token, kind in ((None, "citizen"), (await agent(world), "agent")):
        me = (await world.get("/v1/me", token)).json()
        assert me["kind"] == kind
        assert [(each["id"], each["state"]) for each in me["mandates"]] == [(mandate, "held")]
    assert me["profile"] is None  # the agent's answer is about the agent
    assert (await world.post(f"/v1/mandates/{mandate}/revoke", {})).status_code == 200
    assert (await world.get("/v1/me")).json()["mandates"] == []


async def test_machine_is_told_what_it_is(world: World) -> None:
    for client, kind in (("demo-auditor", "auditor"), ("demo-operator", "operator")):
        me = (await world.get("/v1/me", await world.machine(client))).json()
        assert (me["kind"], me["profile"], me["mandates"]) == (kind, None, None)


async def test_nobody_has_agreed_who_has_said_nothing(world: World) -> None:
    token = await world.citizen(YOUSSEF)
    answer = await world.get("/v1/me/preferences", token)
    assert answer.headers["etag"] == '"0"'
    found = answer.json()
    assert (found["language"], found["updated_at"], found["details"]) == (None, None, False)
    assert not found["email"]["consent"]
    assert not found["sms"]["consent"]


async def test_preferences_are_kept_and_sealed(world: World) -> None:
    body = {
        "language": "ar",
        "email": {"consent": True, "address": "amina.autre@example.org"},
        "sms": {"consent": True, "address": "+33 6 12 34 56 78"},
        "quiet_hours": NIGHT,
    }
    answer = await wanted(world, body)
    assert answer.status_code == 200, answer.text
    kept = answer.json()
    assert (kept["sms"]["address"], kept["sms"]["state"]) == ("+33612345678", "verified")
    assert (kept["email"]["state"], kept["email"]["sent_to"]) == ("unverified", None)
    assert kept["quiet_hours"] == NIGHT
    since = kept["email"]["consented_at"]
    assert since
    assert (await world.get("/v1/me")).json()["language"] == "ar"
    again = await wanted(world, {"email": {"consent": True}}, If_Match=answer.headers["etag"])
    assert again.json()["email"] == {
        "consent": True,
        "address": None,
        "consented_at": since,
        "state": "verified",
        "sent_to": "amina@example.org",  # by her identity provider
        "verified_at": None,
        "code_expires_at": None,
    }
    assert again.json()["sms"]["consent"] is False  # what is left out goes back to its default
    assert (await world.get("/v1/me/preferences")).json() == again.json()
    async with read(world.gateway.storage) as connection:
        row = (await connection.execute(select(preferences))).one()
    records = await world.records(operation="me.preferences.update")
    looked_through = {"row": row.subject.encode() + row.sealed, "records": json.dumps(records).encode()}
    assert not hits(["amina.autre@example.org", "33612345678", AMINA], looked_through)


async def test_another_device_is_not_overwritten(world: World) -> None:
    seen = (await world.get("/v1/me/preferences")).headers["etag"]
    answers = await asyncio.gather(*(wanted(world, {"language": each}, If_Match=seen) for each in ("ar", "fr", "en")))
    assert sorted(each.status_code for each in answers) == [200, 412, 412]
    problem(next(each for each in answers if each.status_code == 412), 412, "precondition_failed")


async def test_preferences_sent_twice_are_stored_once(world: World) -> None:
    key, body = str(uuid4()), {"language": "fr", "details": True}
    first, second = await wanted(world, body, key=key), await wanted(world, body, key=key)
    assert (first.json(), first.headers["etag"]) == (second.json(), second.headers["etag"])
    assert second.headers["idempotent-replayed"] == "true"
    answer = await world.web.put(f"{world.url}/v1/me/preferences", json=body, headers=await world._headers(None, {}))
    problem(answer, 400, "idempotency_key_missing")


async def test_wrong_preferences_are_named_all_at_once(world: World) -> None:
    body = {
        "language": "zz",
        "email": {"consent": True, "address": "amina at example"},
        "sms": {"consent": True, "address": "0612"},
        "quiet_hours": {"start": "25:00", "end": "25:00", "timezone": "Paris"},
    }
    found = problem(await wanted(world, body, Accept_Language="fr"), 422, "form_invalid")["errors"]
    assert {(each["pointer"], each["code"]) for each in found} == {
        ("/language", "enum"),
        ("/email/address", "format"),
        ("/sms/address", "format"),
        ("/quiet_hours/start", "pattern"),
        ("/quiet_hours/end", "pattern"),
        ("/quiet_hours/timezone", "timezone_unknown"),
        ("/quiet_hours/end", "quiet_hours_empty"),
    }
    assert "fuseau horaire" in next(each["detail"] for each in found if each["code"] == "timezone_unknown")


async def test_preferences_are_the_persons_alone(world: World) -> None:
    mandate = await held(world)
    for answer in (
        await world.get("/v1/me/preferences", await agent(world), Mandate=mandate),
        await wanted(world, {"language": "fr"}, await agent(world), Mandate=mandate),
        await world.post("/v1/me/preferences/code", {"channel": "sms"}, await agent(world), Mandate=mandate),
        await world.post(
            "/v1/me/preferences/verify", {"channel": "sms", "code": "1"}, await agent(world), Mandate=mandate
        ),
    ):
        problem(answer, 403, "personal_only")
    problem(await world.get("/v1/me/preferences", await world.machine("demo-app")), 403, "principal_not_allowed")
    problem(await wanted(world, {}, await world.citizen(acr="low")), 401, "insufficient_assurance")

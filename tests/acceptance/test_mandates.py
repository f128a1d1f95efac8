"""An agent acts for a person with her mandate: within it, for her alone, until she says no. Both are on record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from gateway.auth.mandates import forget
from gateway.sandbox.pdf import page
from gateway.settings import bundled
from gateway.storage.tables import audit_records, mandate_tries, mandates
from tests.database_sessions import read, transaction
from tests.waiting import PATIENCE

from .conftest import AMINA, YOUSSEF, World, world_in
from .forge import Forge
from .needles import hits
from .shared import IN_ONE_LOOP, SELDOM, problem, record_of, refusal
from .test_audit import subject_of

pytestmark = IN_ONE_LOOP
PDF = page(["Scan"])
PURPOSE = "Mon extrait de naissance, je n'ai pas d'ordinateur"
OTHER_AGENCY = """
[other-agency]
name = "Another consulate"
kind = "agent"
issuers = ["sandbox"]
scopes = ["cases:read"]
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("mandates")
    clients = folder / "clients.toml"
    clients.write_text((bundled("config") / "clients.toml").read_text() + OTHER_AGENCY)
    over: dict[str, Any] = {"auth": {"clients_file": str(clients)}, "mandates": {"code_tries": 3}}
    async with world_in(folder / "state", "", journeys=SELDOM, **over) as found:
        yield found


async def agent(world: World, login: str = "nadia") -> str:
    return await world.citizen(login, client_id="demo-agent")


async def give(world: World, token: str | None = None, **wish: Any) -> httpx.Response:
    asked = {
        "agent": "demo-agent",
        "scope": ["cases:read", "cases:write"],
        "purpose": PURPOSE,
        "expires_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
    }
    return await world.post("/v1/mandates", asked | wish, token)


async def take(world: World, code: str, token: str | None = None) -> httpx.Response:
    return await world.post("/v1/mandates/take", {"code": code}, token or await agent(world))


async def held(world: World, by: str | None = None, person: str | None = None, **wish: Any) -> str:
    """A mandate that an agent has taken up."""
    given = await give(world, person, **wish)
    assert given.status_code == 201, given.text
    taken = await take(world, given.json()["code"], by)
    assert taken.status_code == 200, taken.text
    assert (taken.json()["id"], taken.json()["state"]) == (given.json()["id"], "held")
    return str(taken.json()["id"])


async def file(world: World, mandate: str, token: str | None = None, service: str = "echo.note") -> httpx.Response:
    body = {"service": service, "form": {"text": "Bonjour"}}
    return await world.post("/v1/cases", body, token or await agent(world), Mandate=mandate)


async def change(world: World, mandate: str, **values: Any) -> None:
    """Time passes."""
    async with transaction(world.gateway.storage) as tx:
        await tx.execute(update(mandates).where(mandates.c.id == mandate).values(**values))


# --- What it is for -----------------------------------------------------------------------------------------------


async def test_what_an_agent_files_with_a_mandate_belongs_to_the_person(world: World) -> None:
    mandate, token = await held(world), await agent(world)
    filed = await file(world, mandate)
    assert filed.status_code == 201, filed.text
    case_id = filed.json()["id"]
    mine = (await world.get(f"/v1/cases/{case_id}")).json()
    assert mine["client"] == "demo-agent"
    assert case_id in [each["id"] for each in (await world.get("/v1/cases")).json()["data"]]
    theirs = (await world.get("/v1/cases", token, Mandate=mandate)).json()["data"]
    assert case_id in [each["id"] for each in theirs]
    gateway = world.gateway
    case = await gateway.cases.get(case_id)
    personal = await gateway.cases.personal(case)
    assert (personal.national_id, personal.contact.name) == (AMINA, "Amina El Fassi")


async def test_the_record_and_the_persons_ledger_name_both(world: World) -> None:
    mandate = await held(world)
    answer = await file(world, mandate)
    record = await record_of(world, answer)
    assert record["subject"] == subject_of(world, AMINA)
    assert record["actor"].startswith("a_")
    assert (record["principal"], record["client"], record["mandate"]) == ("agent", "demo-agent", mandate)
    assert (record["decision"], record["rule"].partition(":")[0]) == ("allow", "acr")
    looked = await world.get(f"/v1/cases/{answer.json()['id']}", await agent(world), Mandate=mandate)
    assert (await record_of(world, looked))["rule"] == "owner:mandate@2"
    ledger = (await world.get("/v1/me/accesses?limit=200")).json()["data"]
    seen = {each["operation"]: each for each in ledger if each["mandate"] == mandate}
    assert set(seen) == {"mandates.give", "mandates.take", "cases.create", "cases.read"}
    assert {each["mandate_purpose"] for each in seen.values()} == {PURPOSE}
    own, theirs = seen.pop("mandates.give"), list(seen.values())
    assert (own["client"], own["agent"]) == ("demo-frontend", None)
    assert {(each["client"], each["agent"]) for each in theirs} == {("demo-agent", record["actor"])}
    assert record["purpose"] == seen["cases.create"]["purpose"] != ""


async def test_a_file_that_an_agent_hands_in_is_the_persons(world: World) -> None:
    mandate, token = await held(world), await agent(world)
    sent = {"Authorization": f"Bearer {token}", "Mandate": mandate, "Idempotency-Key": f"file of {mandate}"}
    answer = await world.web.post(f"{world.url}/v1/attachments", files={"file": ("a.pdf", PDF)}, headers=sent)
    assert answer.status_code == 201, answer.text
    attachments, ring = world.gateway.attachments, world.gateway.ring
    for cnie, missing in ((AMINA, []), (YOUSSEF, [answer.json()["id"]])):
        async with read(world.gateway.storage) as connection:
            ids, subject = [answer.json()["id"]], ring.pseudonym(cnie)
            assert await connection.run_sync(attachments.missing, ids, client="x", subject=subject) == missing


async def test_the_same_key_for_two_persons_does_two_things(world: World) -> None:
    for_amina = await held(world)
    for_youssef = await held(world, person=await world.citizen(YOUSSEF))
    token, body = await agent(world), {"service": "echo.note", "form": {"text": "x"}}
    first, second, again = [
        await world.post("/v1/cases", body, token, key="one key", Mandate=each)
        for each in (for_amina, for_youssef, for_amina)
    ]
    assert first.json()["id"] == again.json()["id"] != second.json()["id"]


async def test_both_list_the_mandate_and_only_the_person_saw_the_code(world: World) -> None:
    given = (await give(world, services=["echo"])).json()
    assert (len(given["code"]), given["state"], given["agent_name"]) == (9, "given", "Demo consulate")
    taken = (await take(world, f"{given['code'][:3]} {given['code'][3:6]}-{given['code'][6:]}")).json()
    assert (taken["purpose"], taken["code"]) == (None, None)
    for token in (None, await agent(world)):
        first = (await world.get("/v1/mandates?limit=1", token)).json()
        assert (first["data"][0]["id"], first["data"][0]["purpose"]) == (given["id"], PURPOSE)
        assert (first["data"][0]["code"], first["data"][0]["services"]) == (None, ["echo"])
        every = (await world.get("/v1/mandates?limit=100", token)).json()["data"]
        assert [each["id"] for each in every].count(given["id"]) == 1
        assert first["has_more"] is (len(every) > 1)
        if first["has_more"]:
            older = (await world.get(f"/v1/mandates?limit=100&cursor={first['next_cursor']}", token)).json()["data"]
            assert [each["id"] for each in older] == [each["id"] for each in every[1:]]
    assert given["id"] not in (await world.get("/v1/mandates?limit=100", await agent(world, "omar"))).text


# --- What it does not reach ---------------------------------------------------------------------------------------


async def test_without_a_mandate_an_agent_sees_and_does_nothing(world: World) -> None:
    case_id, token = (await world.order("echo.note"))["id"], await agent(world)
    for path in (
        "/v1/cases",
        f"/v1/cases/{case_id}",
        f"/v1/cases/{case_id}/events",
        "/v1/tracking/barid/RR123456785MA",
    ):
        await refusal(world, await world.get(path, token), 403, "mandate_required", "mandate:named@1")
    filed = await world.post("/v1/cases", {"service": "echo.note", "form": {"text": "x"}}, token)
    record = await refusal(world, filed, 403, "mandate_required", "mandate:named@1")
    assert record["reason"] == "no_mandate"
    assert "subject" not in record
    view = (await world.get("/v1/services/echo.parcel", token)).json()
    assert view["prefill"] is None
    assert (await world.get("/v1/posts", token)).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/me/accesses", None),
        ("/audit/receipts/{call}", None),
        ("/v1/cases/{case}/actions/pay", {}),
        ("/v1/cases/{case}/actions/rate", {"choice": "5"}),
        ("/v1/attachments/references", {"from_case": "{case}", "document": "result", "consent": True}),
        (
            "/v1/mandates",
            {"agent": "demo-agent", "scope": ["cases:read"], "purpose": "x", "expires_at": "2027-01-01T00:00:00Z"},
        ),
    ],
)
async def test_what_is_personal_no_mandate_allows(world: World, path: str, body: dict[str, Any] | None) -> None:
    mandate, token = await held(world), await agent(world)
    filed = await file(world, mandate)
    path = path.format(case=filed.json()["id"], call=filed.headers["call-id"])
    if body is None:
        answer = await world.get(path, token, Mandate=mandate)
    else:
        answer = await world.post(path, body, token, Mandate=mandate)
    problem(answer, 403, "personal_only")
    record = await record_of(world, answer)
    told = (record["decision"], record["reason"], record["kind"], record["rule"])
    assert told == ("deny", "is_agent", "refusal", "personal:in_person@1")
    assert (record["mandate"], record["subject"]) == (mandate, subject_of(world, AMINA))


async def test_a_mandate_to_read_is_none_to_write_and_none_to_track(world: World) -> None:
    mandate, token = await held(world, scope=["cases:read"]), await agent(world)
    assert (await world.get("/v1/cases", token, Mandate=mandate)).status_code == 200
    for answer, rule in (
        (await file(world, mandate), "mandate:cases.write@1"),
        (await world.get("/v1/tracking/barid/RR123456785MA", token, Mandate=mandate), "mandate:tracking.read@1"),
    ):
        record = await refusal(world, answer, 403, "mandate_too_narrow", rule)
        assert (record["reason"], record["mandate"]) == ("scope_not_given", mandate)
        assert record["subject"] == subject_of(world, AMINA)


async def test_a_mandate_for_one_service_is_none_for_another(world: World) -> None:
    other = (await world.order("echo.visit"))["id"]
    wish = {"services": ["echo.note"], "scope": ["cases:read", "cases:write", "tracking:read"]}
    mandate, token = await held(world, **wish), await agent(world)
    note = (await file(world, mandate)).json()["id"]
    record = await refusal(
        world, await file(world, mandate, service="echo.visit"), 403, "mandate_too_narrow", "mandate:service@1"
    )
    assert record["reason"] == "service_not_given"
    for path in (f"/v1/cases/{other}", f"/v1/cases/{other}/receipt", f"/v1/cases/{other}/events"):
        hidden = await world.get(path, token, Mandate=mandate)
        record = await refusal(world, hidden, 404, "case_not_found", "owner:mandate@2")
        assert record["reason"] == "service_not_given"
    body = {"service": "echo.note", "form": {"text": "x"}, "related_case": other}
    problem(await world.post("/v1/cases", body, token, Mandate=mandate), 422, "form_invalid")
    listed = (await world.get("/v1/cases?limit=100", token, Mandate=mandate)).json()["data"]
    assert note in [each["id"] for each in listed]
    assert {each["service"] for each in listed} == {"echo.note"}
    tracked = await world.get("/v1/tracking/barid/RR123456785MA", token, Mandate=mandate)
    problem(tracked, 403, "mandate_too_narrow")


async def test_earlier_cases_are_covered_only_on_request(world: World) -> None:
    before, token = (await world.order("echo.note"))["id"], await agent(world)
    narrow, wide = await held(world), await held(world, earlier_cases=True)
    assert [each["earlier_cases"] for each in (await world.get("/v1/mandates")).json()["data"][:2]] == [True, False]
    later = (await file(world, narrow)).json()["id"]
    for path in (f"/v1/cases/{before}", f"/v1/cases/{before}/events", f"/v1/cases/{before}/receipt"):
        record = await refusal(
            world, await world.get(path, token, Mandate=narrow), 404, "case_not_found", "owner:mandate@2"
        )
        assert (record["reason"], record["mandate"]) == ("filed_before_mandate", narrow)
        assert (await world.get(path, token, Mandate=wide)).status_code == 200
    withdrawn = await world.post(f"/v1/cases/{before}/actions/withdraw", None, token, Mandate=narrow)
    problem(withdrawn, 404, "case_not_found")
    about = {"service": "echo.note", "form": {"text": "x"}, "related_case": before}
    problem(await world.post("/v1/cases", about, token, Mandate=narrow), 422, "form_invalid")

    async def listed(mandate: str) -> set[str]:
        page = (await world.get("/v1/cases?limit=100", token, Mandate=mandate)).json()
        return {each["id"] for each in page["data"]}

    assert (before in await listed(narrow), later in await listed(narrow)) == (False, True)
    assert {before, later} <= await listed(wide)


async def test_mandate_without_names_asks_for_a_new_one(world: World) -> None:
    """Mandates given before names and birth dates were kept hold the CNIE and the full name only."""
    mandate, token = await held(world), await agent(world)
    store, vault = world.gateway.storage, world.gateway.mandates._vault
    async with transaction(store) as tx:
        row = (await tx.execute(select(mandates).where(mandates.c.id == mandate))).one()
        kept = json.loads(await tx.run_sync(vault.open, row.subject, row.sealed, context=mandate))
        older = {name: kept[name] for name in ("purpose", "cnie", "name", "email", "phone")}
        sealed = await tx.run_sync(vault.seal, row.subject, json.dumps(older).encode(), context=mandate)
        await tx.execute(update(mandates).where(mandates.c.id == mandate).values(sealed=sealed))
    form = (await world.get("/v1/services/watiqa.birth-extract")).json()["example"]
    body = {"service": "watiqa.birth-extract", "form": form}
    answer = await world.post("/v1/cases", body, token, Mandate=mandate, **{"Accept-Language": "en"})
    told = problem(answer, 403, "identity_not_in_mandate")
    assert "new mandate" in told["remedy"]
    assert "/form/person/last_name_latin" in {each["pointer"] for each in told["errors"]}
    record = await record_of(world, answer)
    assert (record["kind"], record["rule"], record["reason"]) == ("refusal", "subject:self@1", "claim_missing")
    assert (await file(world, mandate)).status_code == 201, "what needs no identity goes on"
    newer = await held(world)
    assert (await world.post("/v1/cases", body, token, Mandate=newer)).status_code == 201


async def test_a_mandate_for_a_portal_is_one_for_its_services_and_its_tracking(world: World) -> None:
    wish = {"services": ["echo", "barid"], "scope": ["cases:read", "cases:write", "tracking:read"]}
    mandate, token = await held(world, **wish), await agent(world)
    assert (await file(world, mandate)).status_code == 201
    assert (await world.get("/v1/tracking/barid/RR123456785MA", token, Mandate=mandate)).status_code == 200
    problem(await file(world, mandate, service="watiqa.birth-extract"), 403, "mandate_too_narrow")


async def test_another_persons_case_is_not_there(world: World) -> None:
    theirs = await world.post(
        "/v1/cases", {"service": "echo.note", "form": {"text": "x"}}, await world.citizen(YOUSSEF)
    )
    mandate, token = await held(world), await agent(world)
    path = f"/v1/cases/{theirs.json()['id']}"
    record = await refusal(
        world, await world.get(path, token, Mandate=mandate), 404, "case_not_found", "owner:mandate@2"
    )
    assert record["reason"] == "not_the_owner"
    withdrawn = await world.post(f"{path}/actions/withdraw", None, token, Mandate=mandate)
    await refusal(world, withdrawn, 404, "case_not_found", "owner:mandate@2")


async def test_nobody_else_acts_by_a_mandate(world: World) -> None:
    mandate = await held(world)
    rule = "mandate:valid@1"
    nadia = (await world.gateway.verifier.verify(await agent(world))).subject
    others = (await agent(world, "omar"), Forge.of(world).app("other-agency", sub=nadia))
    for token in others:
        answer = await world.get("/v1/cases", token, Mandate=mandate)
        record = await refusal(world, answer, 403, "mandate_unknown", rule)
        assert (record["reason"], record["mandate"]) == ("not_the_holder", mandate)
        assert record["subject"] == subject_of(world, AMINA)
        problem(await world.post(f"/v1/mandates/{mandate}/revoke", None, token), 404, "mandate_not_found")
        assert mandate not in (await world.get("/v1/mandates?limit=100", token)).text
    for name in ("mnd_01k8z6v3p4q5r6s7t8v9w0x1y2", "x" * 500, ""):
        answer = await world.get("/v1/cases", await agent(world), Mandate=name)
        record = await refusal(world, answer, 403, "mandate_unknown", rule)
        assert "mandate" not in record
    for token in (None, await world.citizen(YOUSSEF), await world.machine("demo-app")):
        answer = await world.get("/v1/cases", token, Mandate=mandate)
        problem(answer, 403, "principal_not_allowed")
    problem(await world.get("/audit/records", await agent(world), Mandate=mandate), 403, "insufficient_scope")


# --- Its end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["revoked", "returned", "expired", "erased"])
async def test_a_mandate_that_has_ended_is_good_for_nothing(world: World, end: str) -> None:
    person = await world.citizen("E9900")
    mandate, token = await held(world, person=person), await agent(world)
    stored, subject = world.gateway.ring.pseudonym("E9900"), subject_of(world, "E9900")
    filed = (await file(world, mandate)).json()["id"]
    if end in ("revoked", "returned"):
        by = person if end == "revoked" else token
        answer = await world.post(f"/v1/mandates/{mandate}/revoke", None, by)
        assert (answer.status_code, answer.json()["state"]) == (200, end)
        again = await world.post(f"/v1/mandates/{mandate}/revoke", None, person)
        assert (again.json()["state"], again.json()["ended_at"]) == (end, answer.json()["ended_at"])
        record = await record_of(world, answer)
        assert (record["mandate"], record["subject"]) == (mandate, subject)
    elif end == "expired":
        await change(world, mandate, expires_at=datetime.now(UTC))
    else:
        gateway = world.gateway
        async with transaction(gateway.storage) as tx:
            assert await tx.run_sync(gateway.cases._vault.erase, stored)
    for answer in (
        await world.get(f"/v1/cases/{filed}", token, Mandate=mandate),
        await file(world, mandate),
        await world.post(f"/v1/cases/{filed}/actions/withdraw", None, token, Mandate=mandate),
    ):
        record = await refusal(world, answer, 403, "mandate_ended", "mandate:valid@1")
        assert (record["reason"], record["mandate"], record["subject"]) == (end, mandate, subject)
    assert {"read", "create"} <= {
        each["operation"].removeprefix("cases.")
        for each in (await world.get("/v1/me/accesses", person)).json()["data"]
        if each["reason"] == end
    }


async def test_what_was_given_is_gone_with_the_person(world: World) -> None:
    person, gateway = await world.citizen("E9911"), world.gateway
    mandate = await held(world, person=person)
    async with transaction(gateway.storage) as tx:
        assert await tx.run_sync(forget, gateway.ring.pseudonym("E9911")) == 1
    answer = await world.get("/v1/cases", await agent(world), Mandate=mandate)
    problem(answer, 403, "mandate_unknown")
    assert (await world.get("/v1/mandates", person)).json()["data"] == []
    assert (await world.get("/v1/me/accesses", person)).status_code == 200


async def test_the_timeline_that_an_agent_follows_ends_with_the_mandate(world: World) -> None:
    mandate, token = await held(world), await agent(world)
    body = {"service": "echo.note", "form": {"text": "x", "behave": "never"}}
    case_id = (await world.post("/v1/cases", body, token, Mandate=mandate)).json()["id"]
    sent = {"Authorization": f"Bearer {token}", "Mandate": mandate, "Accept": "text/event-stream"}
    async with asyncio.timeout(PATIENCE):
        async with world.web.stream("GET", f"{world.url}/v1/cases/{case_id}/events", headers=sent) as stream:
            lines = stream.aiter_lines()
            while '"code":"received"' not in await anext(lines):
                pass
            assert (await world.post(f"/v1/mandates/{mandate}/revoke", None)).status_code == 200
            async for _ in lines:
                pass


# --- Giving and taking --------------------------------------------------------------------------------------------


async def test_a_code_is_good_once_for_the_agency_it_is_meant_for(world: World) -> None:
    given = (await give(world)).json()
    foreign = Forge.of(world).app("other-agency", sub="another")
    record = await refusal(
        world, await take(world, given["code"], foreign), 422, "mandate_code_wrong", "mandate:code@1"
    )
    assert (record["reason"], record["principal"]) == ("code_wrong", "agent")
    token = await agent(world)
    answers = await asyncio.gather(*(take(world, given["code"], token) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [200, 422, 422]
    problem(await take(world, given["code"], Forge.of(world).app("demo-agent", sub="later")), 422, "mandate_code_wrong")


async def test_an_agents_idempotency_key_is_no_key_to_a_colleagues_mandate(world: World) -> None:
    code = {"code": (await give(world)).json()["code"]}
    colleague = Forge.of(world).app("demo-agent", sub="colleague")
    assert (await world.post("/v1/mandates/take", code, await agent(world), key="same")).status_code == 200
    problem(await world.post("/v1/mandates/take", code, colleague, key="same"), 422, "mandate_code_wrong")


async def test_a_code_that_is_too_old_or_whose_mandate_was_revoked_is_wrong(world: World) -> None:
    old, revoked = (await give(world)).json(), (await give(world)).json()
    await change(world, old["id"], code_until=datetime.now(UTC))
    await world.post(f"/v1/mandates/{revoked['id']}/revoke", None)
    token = Forge.of(world).app("demo-agent", sub="patient")
    for each in (old, revoked):
        problem(await take(world, each["code"], token), 422, "mandate_code_wrong")
    states = {each["id"]: each["state"] for each in (await world.get("/v1/mandates")).json()["data"]}
    assert (states[old["id"]], states[revoked["id"]]) == ("lapsed", "revoked")


async def test_codes_cannot_be_guessed_not_even_many_at_once(world: World) -> None:
    given = (await give(world)).json()
    guesser = Forge.of(world).app("demo-agent", sub="guesser")
    wrong = [f"{(int(given['code']) + step) % 10**9:09}" for step in range(1, 13)]
    answers = await asyncio.gather(*(take(world, code, guesser) for code in wrong))
    statuses = [each.status_code for each in answers]
    assert set(statuses) <= {422, 429}
    assert statuses.count(422) <= 3
    while statuses.count(422) < 3:  # those that came all at once may all have been sent away
        statuses.append((await take(world, wrong[0], guesser)).status_code)
    late = await take(world, given["code"], guesser)
    body = problem(late, 429, "too_many_requests")
    assert 0 < body["retry_after"] <= 600
    record = await record_of(world, late)
    assert (record["rule"], record["reason"], record["decision"]) == ("mandate:tries@1", "too_many_tries", "deny")
    assert (await take(world, given["code"])).status_code == 200, "another agent is not locked out"
    async with transaction(world.gateway.storage) as tx:  # ten minutes later
        await tx.execute(update(mandate_tries).values(at=datetime.now(UTC) - timedelta(seconds=601)))
    problem(await take(world, wrong[0], guesser), 422, "mandate_code_wrong")


async def test_only_a_person_who_is_known_well_enough_gives_and_no_more_than_is_hers(world: World) -> None:
    forge = Forge.of(world)
    problem(await give(world, forge.token(acr="low")), 401, "insufficient_assurance")
    problem(await give(world, await world.machine("demo-app")), 403, "principal_not_allowed")
    narrow = forge.token(scope="cases:read cases:write")
    problem(await give(world, narrow, scope=["tracking:read"]), 403, "insufficient_scope")
    problem(await take(world, "123456789", await world.citizen()), 403, "principal_not_allowed")


async def test_an_agent_reaches_no_further_than_the_person_was_known_for(world: World) -> None:
    mandate = await held(world)
    high = await world.citizen("nadia", client_id="demo-agent", acr="high")
    gateway = world.gateway
    verified = await gateway.verifier.verify(high)
    found = await gateway.mandates.get(mandate)
    assert verified.acr == "high"
    assert (await gateway.mandates.act(verified, found)).acr == "substantial"


@pytest.mark.parametrize(
    ("wish", "pointer", "code"),
    [
        ({"agent": "demo-frontend"}, "/agent", "agent_unknown"),
        ({"agent": "nobody"}, "/agent", "agent_unknown"),
        ({"agent": "other-agency"}, "/scope", "agent_may_not"),
        ({"purpose": " "}, "/purpose", "text"),
        ({"purpose": "a\x07b"}, "/purpose", "text"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at", "range"),
        ({"expires_at": (datetime.now(UTC) + timedelta(days=91)).isoformat()}, "/expires_at", "range"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "/expires_at", "range"),
        ({"expires_at": "2027-01-01T00:00:00"}, "/expires_at", "format"),
        ({"services": ["echo.note", "echo.no"]}, "/services/1", "service_unknown"),
        ({"services": ["ech"]}, "/services/0", "service_unknown"),
    ],
)
async def test_what_cannot_be_given_is_named(world: World, wish: dict[str, Any], pointer: str, code: str) -> None:
    body = problem(await give(world, **wish), 422, "form_invalid")
    assert [(each["pointer"], each["code"]) for each in body["errors"]] == [(pointer, code)]
    assert body["errors"][0]["detail"]


async def test_the_document_says_where_a_mandate_is_asked_for(world: World) -> None:
    paths = (await world.web.get(f"{world.url}/schema/openapi.json")).json()["paths"]
    read = {"oauth": ["cases:read"]}
    assert paths["/v1/cases/{case_id}"]["get"]["security"] == [read]
    assert paths["/v1/me/accesses"]["get"]["security"] == [read]
    assert paths["/v1/services"]["get"]["security"] == []
    opened = {
        f"{method} {path}"
        for path, item in paths.items()
        for method, operation in item.items()
        if {"$ref": "#/components/parameters/Mandate"} in operation["parameters"]
    }
    assert opened == {
        "post /v1/cases",
        "post /v1/cases/validate",
        "post /v1/drafts",
        "get /v1/drafts",
        "get /v1/drafts/{draft_id}",
        "put /v1/drafts/{draft_id}",
        "delete /v1/drafts/{draft_id}",
        "get /v1/cases",
        "get /v1/cases/{case_id}",
        "get /v1/cases/{case_id}/receipt",
        "get /v1/cases/{case_id}/notes",
        "post /v1/cases/{case_id}/notes",
        "get /v1/cases/{case_id}/documents/{document_id}",
        "get /v1/cases/{case_id}/events",
        "get /v1/events",
        "post /v1/events/tickets",
        "post /v1/cases/{case_id}/actions/choose_slot",
        "post /v1/cases/{case_id}/actions/{action}",
        "post /v1/cases/{case_id}/actions/withdraw",
        "post /v1/cases/{case_id}/withdraw",
        "get /v1/cases/{case_id}/payments",
        "get /v1/cases/{case_id}/payments/{payment_id}",
        "post /v1/attachments",
        "get /v1/tracking/{portal}/{reference}",
    }


# --- Leaks --------------------------------------------------------------------------------------------------------


async def test_neither_names_nor_words_nor_codes_leave_their_place(
    world: World, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    given, waiting = (await give(world)).json(), (await give(world)).json()
    await take(world, given["code"])
    await file(world, given["id"])
    await file(world, given["id"], await agent(world, "omar"))
    logs = b"".join(capfdbinary.readouterr())
    assert logs.count(b'"event":"call"') >= 4
    async with read(world.gateway.storage) as connection:
        rows = {
            table.name: repr((await connection.execute(select(table))).all()).encode()
            for table in (mandates, audit_records)
        }
    sub = (await world.gateway.verifier.verify(await agent(world))).subject
    values = [
        "Nadia Berrada",
        sub,
        "Amina El Fassi",
        AMINA,
        "amina@example.org",
        PURPOSE,
        given["code"],
        waiting["code"],
    ]
    assert hits(values, {"logs": logs, **rows}) == []

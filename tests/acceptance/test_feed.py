"""What happens to all of a person's cases, in one stream; and the tickets that open it in a browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from gateway.storage.tables import audit_pending, audit_records, event_tickets, idempotency
from tests.database_sessions import read, transaction
from tests.waiting import PATIENCE, eventually

from .conftest import World, world_in
from .forge import Forge
from .needles import hits
from .shared import IN_ONE_LOOP, problem, record_of, shared_world
from .test_mandates import held
from .test_portal_states import second_process

pytestmark = IN_ONE_LOOP
world = shared_world()

NOTE = {"service": "echo.note", "form": {"text": "x", "behave": "never"}}
WAITS = {"service": "echo.stamped", "form": {"text": "x"}}


async def filed(world: World, token: str, body: Any = WAITS, **headers: str) -> str:
    answer = await world.post("/v1/cases", body, token, **headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def page(world: World, query: str = "", token: str | None = None, **headers: str) -> dict[str, Any]:
    answer = await world.get(f"/v1/events{query}", token, **headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def ticket(world: World, token: str, body: Any | None = None, **headers: str) -> dict[str, Any]:
    answer = await world.post("/v1/events/tickets", body or {}, token, **headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


class Source:
    """An `EventSource`, as a browser has it: no header of its own choice."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.response = response
        self.last_id = ""
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, Any] | None:
        data = ""
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name == "id":
                    self.last_id = value
                elif name == "data":
                    data = value
                elif not line and data:
                    found: dict[str, Any] = json.loads(data)
                    assert found["id"] == self.last_id or str(found["id"]) == self.last_id
                    return found
        return None


@asynccontextmanager
async def source(world: World, path: str, token: str = "", **headers: str) -> AsyncIterator[Source]:
    sent = {"Accept": "text/event-stream", "Accept-Language": "fr"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    url = path if path.startswith("http") else world.url + path
    async with world.web.stream("GET", url, headers=sent) as response:
        yield Source(response)


def told(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["case"], each["code"]) for each in events]


# --- The feed -----------------------------------------------------------------------------------------------------


async def test_feed_holds_all_cases_of_the_person_alone(world: World) -> None:
    token, other = await world.citizen("FD100001"), await world.citizen("FD100002")
    assert await page(world, "", token) | {"position": ""} == {
        "data": [], "has_more": False, "next_cursor": None, "object": "list", "position": "",
    }  # fmt: skip
    one, hers, two = await filed(world, token), await filed(world, other), await filed(world, token)
    everything = await page(world, "", token)
    expected = [(id, code) for id in (one, two) for code in ("received", "payment_due")]
    assert sorted(told(everything["data"])) == sorted(expected)
    assert {each["case"] for each in (await page(world, "", other))["data"]} == {hers}
    seen, cursor = [], ""
    while True:
        part = await page(world, f"?limit=3&cursor={cursor}", token)
        seen += part["data"]
        assert part["position"] == part["data"][-1]["id"]
        if (cursor := part["next_cursor"] or "") == "":
            break
    assert seen == everything["data"]
    assert (await page(world, f"?cursor={everything['position']}", token))["data"] == []
    alone = (await world.get(f"/v1/cases/{one}/events", token)).json()["data"]
    in_feed = [each for each in seen if each["case"] == one]
    assert [(each["number"], each["code"], each["text"]) for each in in_feed] == [
        (each["number"], each["code"], each["text"]) for each in alone
    ]


async def test_place_in_anothers_feed_is_refused(world: World) -> None:
    token, other = await world.citizen("FD100003"), await world.citizen("FD100004")
    await filed(world, token)
    position = (await page(world, "", token))["position"]
    for bad in (position[:-2], "7", "x" * 200):
        problem(await world.get(f"/v1/events?cursor={bad}", token), 400, "cursor_invalid")
    problem(await world.get(f"/v1/events?cursor={position}", other), 400, "cursor_invalid")
    problem(await world.get("/v1/events", other, Last_Event_ID=position), 400, "cursor_invalid")


async def test_stream_brings_new_cases_and_goes_on_where_it_broke(world: World) -> None:
    token = await world.citizen("FD100005")
    old = await filed(world, token)
    async with source(world, "/v1/events?begin=now", token) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        new = await filed(world, token)
        assert told([await stream.next(), await stream.next()]) == [(new, "received"), (new, "payment_due")]
        await world.post(f"/v1/cases/{old}/actions/pay", {}, token)
        last = await stream.next()
        assert told([last]) == [(old, "checkout_opened")]
    third = await filed(world, token)
    missed = [(third, "received"), (third, "payment_due")]
    async with source(world, "/v1/events", token, Last_Event_ID=last["id"]) as stream:
        assert told([await stream.next(), await stream.next()]) == missed
    async with source(world, f"/v1/events?cursor={last['id']}", token) as stream:
        assert told([await stream.next(), await stream.next()]) == missed


async def test_place_of_a_stream_that_said_nothing_is_known(world: World) -> None:
    """The connection breaks before the first event: what happens then is not lost."""
    token = await world.citizen("FD100006")
    await filed(world, token)
    async with source(world, "/v1/events?begin=now", token) as stream:
        waiting = asyncio.create_task(stream.next())

        async def place() -> str:
            return stream.last_id

        at = await eventually(place)
        waiting.cancel()
    new = await filed(world, token)
    assert told((await page(world, f"?cursor={at}", token))["data"]) == [(new, "received"), (new, "payment_due")]


async def test_application_sees_its_own_cases_alone(world: World) -> None:
    token, person = await world.machine("demo-app"), await world.citizen("FD100007")
    await filed(world, person)
    own = await filed(world, token, NOTE)
    assert {each["case"] for each in (await page(world, "?limit=200", token))["data"]} == {own}
    assert own not in {each["case"] for each in (await page(world, "?limit=200", person))["data"]}


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_stream_goes_on_in_another_process(tmp_path: Path, store_url: str) -> None:
    async with world_in(tmp_path / "state", store_url) as world, second_process(world) as other:
        token = await world.citizen()
        made = await ticket(world, token)
        async with source(world, other + made["url"]) as stream:  # given by one process, used at another
            case = await filed(world, token)
            assert told([await stream.next(), await stream.next()]) == [(case, "received"), (case, "payment_due")]
            problem(await world.web.get(world.url + made["url"]), 401, "ticket_invalid")
            last = stream.last_id
        await world.post(f"/v1/cases/{case}/actions/pay", {}, token)
        async with source(world, f"{world.url}/v1/events?cursor={last}", token) as stream:
            assert told([await stream.next()]) == [(case, "checkout_opened")]
        again = await world.citizen()
        assert len([each for each in await accesses(world, again) if each["operation"] == "events.read"]) == 1


# --- Tickets ------------------------------------------------------------------------------------------------------


async def test_ticket_opens_the_stream_once(world: World) -> None:
    token = await world.citizen("FD200001")
    case = await filed(world, token)
    made = await ticket(world, token, Accept_Language="ar")
    assert datetime.fromisoformat(made["expires_at"]) > datetime.now(UTC)
    async with source(world, made["url"]) as stream:
        event = await stream.next()
        assert told([event]) == [(case, "received")]
        assert stream.response.headers["content-language"] == "ar"  # as it was asked for, not as the browser says
    used = await world.web.get(world.url + made["url"], headers={"Accept": "text/event-stream"})
    problem(used, 401, "ticket_invalid")
    assert 'error="invalid_token"' in used.headers["www-authenticate"]


async def test_ticket_is_for_one_stream(world: World) -> None:
    token = await world.citizen("FD200002")
    case, other = await filed(world, token), await filed(world, token)
    for body, wrong in (({"case": case}, "/v1/events"), ({}, f"/v1/cases/{case}/events")):
        made = await ticket(world, token, body)
        problem(await world.web.get(f"{world.url}{wrong}?ticket={made['ticket']}"), 401, "ticket_invalid")
        problem(await world.web.get(world.url + made["url"]), 401, "ticket_invalid")  # tried is used
    made = await ticket(world, token, {"case": case})
    problem(await world.web.get(f"{world.url}/v1/cases/{other}/events?ticket={made['ticket']}"), 401, "ticket_invalid")
    made = await ticket(world, token, {"case": case})
    async with source(world, made["url"]) as stream:
        assert ((await stream.next())["code"], (await stream.next())["code"]) == ("received", "payment_due")
    problem(await world.web.get(f"{world.url}/v1/cases?ticket=x", headers={}), 401, "token_missing")
    stranger = await world.citizen("FD200003")
    problem(await world.post("/v1/events/tickets", {"case": case}, stranger), 404, "case_not_found")


async def test_ticket_beside_a_token_or_too_old_is_refused(world: World) -> None:
    token = await world.citizen("FD200004")
    made = await ticket(world, token)
    problem(await world.get(made["url"], token), 400, "invalid_request")
    twice = f"{world.url}{made['url']}&ticket={made['ticket']}"
    problem(await world.web.get(twice), 400, "invalid_request")
    async with transaction(world.gateway.storage) as tx:
        await tx.execute(update(event_tickets).values(expires_at=datetime(2026, 1, 1, tzinfo=UTC)))
    problem(await world.web.get(world.url + made["url"]), 401, "ticket_invalid")
    for bad in ("x", "ticket_" + "a" * 43, "%00"):
        answer = await world.web.get(f"{world.url}/v1/events?ticket={bad}")
        assert answer.status_code in (400, 401)


async def test_ticket_is_repeated_for_its_key_and_no_better_than_its_token(world: World) -> None:
    soon = Forge.of(world).token(cnie="FD200005", exp=int(datetime.now(UTC).timestamp()) + 3)
    first = await world.post("/v1/events/tickets", {}, soon, key="t1")
    again = await world.post("/v1/events/tickets", {}, soon, key="t1")
    assert (first.json(), again.headers["idempotent-replayed"]) == (again.json(), "true")
    missing = await world.web.post(f"{world.url}/v1/events/tickets", json={}, headers=_bearer(soon))
    problem(missing, 400, "idempotency_key_missing")
    async with source(world, first.json()["url"]) as stream:
        assert await stream.next() is None  # the stream ends with the token
    late = await ticket(world, await world.citizen("FD200005"))
    client = world.gateway.clients._clients.pop("demo-frontend")
    try:
        problem(await world.web.get(world.url + late["url"]), 401, "ticket_invalid")
    finally:
        world.gateway.clients._clients["demo-frontend"] = client


async def test_ticket_is_written_nowhere_in_clear(world: World, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    token = await world.citizen("FD200006")
    await filed(world, token)
    unused, made = await ticket(world, token), await ticket(world, token)
    async with source(world, made["url"]) as stream:
        await stream.next()
    answer = await world.web.get(world.url + made["url"])
    await record_of(world, answer)
    logs = b"".join(capfdbinary.readouterr())
    assert logs.count(b'"operation":"events.read"') >= 2
    async with read(world.gateway.storage) as connection:
        places = {
            table.name: repr((await connection.execute(select(table))).all()).encode()
            for table in (audit_records, audit_pending, event_tickets, idempotency)
        }
    assert hits([made["ticket"], unused["ticket"]], {"logs": logs, **places}) == []


# --- One look, one entry ------------------------------------------------------------------------------------------


async def accesses(world: World, token: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.get("/v1/me/accesses?limit=200", token)).json()["data"]
    return found


async def test_one_look_is_one_entry_however_often_it_breaks(world: World) -> None:
    token = await world.citizen("FD300001")
    case, last = await filed(world, token), ""
    for _ in range(4):
        made = await ticket(world, token)
        async with source(world, made["url"] + (f"&cursor={last}" if last else "")) as stream:
            if last:
                await filed(world, token)
            await stream.next()
            last = stream.last_id
    for _ in range(2):
        last = (await page(world, f"?cursor={last}", token))["position"]
    for n in range(2):
        async with source(world, f"/v1/cases/{case}/events", token, Last_Event_ID=str(n)) as stream:
            await stream.next()

    async def recorded() -> list[str]:
        found = [each["operation"] for each in await accesses(world, token)]
        return found if {"events.read", "cases.events"} <= set(found) else []

    operations = await eventually(recorded)
    assert (operations.count("events.read"), operations.count("cases.events")) == (1, 1)
    assert "events.ticket" not in operations  # it shows nothing
    assert len(await world.records(operation="events.ticket")) >= 4


async def test_reading_anew_is_another_entry(world: World) -> None:
    token = await world.citizen("FD300002")
    await filed(world, token)
    for _ in range(2):
        await page(world, "", token)

    async def both() -> bool:
        return [each["operation"] for each in await accesses(world, token)].count("events.read") == 2

    await eventually(both)


# --- The end ------------------------------------------------------------------------------------------------------


async def test_stream_that_has_ended_answers_204(world: World) -> None:
    token = await world.citizen("FD400001")
    case = await filed(world, token)
    await world.post(f"/v1/cases/{case}/withdraw", None, token)

    async def ended() -> bool:
        return (await world.get(f"/v1/cases/{case}", token)).json()["status"] == "withdrawn"

    await eventually(ended)
    path = f"/v1/cases/{case}/events"
    async with source(world, path, token) as stream:
        events = []
        while (event := await stream.next()) is not None:
            events.append(event)
    async with source(world, path, token, Last_Event_ID=str(events[-1]["id"])) as stream:
        assert (stream.status, await stream.response.aread()) == (204, b"")
    made = await ticket(world, token, {"case": case})
    async with source(world, made["url"], Last_Event_ID=str(events[-1]["id"])) as stream:
        assert stream.status == 204
    async with source(world, path, token, Last_Event_ID=str(events[-2]["id"])) as stream:
        assert (await stream.next()) == events[-1]


async def test_agent_follows_what_the_mandate_covers_and_no_longer(world: World) -> None:
    person, agent = await world.citizen("FD400002"), await world.citizen("nadia", client_id="demo-agent")
    before = await filed(world, person)
    mandate = await held(world, person=person, services=["echo.note"])
    covered, other = await filed(world, agent, NOTE, Mandate=mandate), await filed(world, person)
    seen = (await page(world, "", agent, Mandate=mandate))["data"]
    assert {each["case"] for each in seen} == {covered}
    assert {each["case"] for each in (await page(world, "", person))["data"]} == {before, covered, other}
    problem(await world.get("/v1/events", agent), 403, "mandate_required")
    unused = await ticket(world, agent, Mandate=mandate)
    opened = await ticket(world, agent, Mandate=mandate)
    async with source(world, opened["url"]) as stream:
        assert (await stream.next())["case"] == covered
        assert (await world.post(f"/v1/mandates/{mandate}/revoke", None, person)).status_code == 200
        while await stream.next() is not None:
            pass
    refused = await world.web.get(world.url + unused["url"])
    problem(refused, 403, "mandate_ended")
    entries = [each for each in await accesses(world, person) if each["operation"] == "events.read" and each["agent"]]
    assert {(each["mandate"], each["outcome"]) for each in entries} == {(mandate, "ok"), (mandate, "denied")}


async def test_stream_ends_when_the_issuer_withdraws_its_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await world.citizen("FD400003")
    case = await filed(world, token)
    async with source(world, "/v1/events", token) as stream:
        await stream.next()
        await stream.next()
        keys = next(iter(world.gateway.verifier._issuers.values()))

        async def none() -> tuple[()]:
            return ()

        with monkeypatch.context() as patch:
            patch.setattr(keys, "current", none)
            world.gateway.watcher.wake_all()
            assert await stream.next() is None
    assert (await world.get(f"/v1/cases/{case}", token)).status_code == 200


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}

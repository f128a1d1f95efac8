"""A case as it is followed: by its version, page by page, and event by event as they happen."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event

from tests.waiting import PATIENCE

from .conftest import World
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, shared_world

pytestmark = IN_ONE_LOOP
PLACES = 3
world = shared_world(server={"event_stream_max": PLACES})

WAITS = {"service": "echo.stamped", "form": {"text": "x"}}


async def filed(world: World, token: str | None = None, body: Any = WAITS) -> dict[str, Any]:
    answer = await world.post("/v1/cases", body, token)
    assert answer.status_code == 201, answer.text
    return answer.json()


# --- Versions -----------------------------------------------------------------------------------------------------


async def test_a_case_that_has_not_changed_is_not_sent_again(world: World) -> None:
    case = await filed(world)
    path = f"/v1/cases/{case['id']}"
    first = await world.get(path)
    tag = first.headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await world.get(path, If_None_Match=known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), known
        assert "call-id" in again.headers
    assert (await world.get(path, If_None_Match=tag, Accept_Language="ar")).status_code == 200  # another text
    assert (await world.get(path, If_None_Match='"other"')).status_code == 200
    await world.post(f"{path}/actions/pay", {})
    changed = await world.get(path, If_None_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


async def test_what_is_kept_by_caches_is_kept_apart(world: World) -> None:
    case = await filed(world)
    for path in (f"/v1/cases/{case['id']}", "/v1/cases", f"/v1/cases/{case['id']}/receipt"):
        answer = await world.get(path)
        assert "private" in answer.headers["cache-control"]
        assert {"Accept-Language", "Authorization"} <= set(answer.headers["vary"].split(", ")), path
    tracked = await world.get("/v1/tracking/barid/RR123456785MA")
    assert tracked.headers["cache-control"].startswith("private")
    assert {"Accept-Language", "Authorization", "Tracking-Proof"} <= set(tracked.headers["vary"].split(", "))
    for path in (f"/v1/cases/{case['id']}/events", "/v1/me/accesses", "/v1/posts", "/v1/cases/case_x"):
        assert (await world.get(path)).headers["cache-control"] == "no-store", path


async def test_an_action_on_a_version_that_has_passed_is_refused(world: World) -> None:
    case = await filed(world)
    path = f"/v1/cases/{case['id']}"
    old = (await world.get(path)).headers["etag"]
    paid = await world.post(f"{path}/actions/pay", {}, If_Match=old)
    assert paid.status_code == 200, paid.text
    for below, body in (("/actions/pay", {}), ("/actions/withdraw", None)):
        for wrong in (old, '"0"', "W/" + paid.headers["etag"], "nonsense"):
            answer = await world.post(path + below, body, If_Match=wrong)
            assert problem(answer, 412, "precondition_failed")["retry_safe"] is False
    assert (await world.get(path)).json()["status"] == "action_required"
    assert (await world.post(f"{path}/actions/withdraw", None, If_Match=paid.headers["etag"])).status_code == 200
    another = f"/v1/cases/{(await filed(world))['id']}"
    assert (await world.post(f"{another}/actions/withdraw", None, If_Match="*")).status_code == 200


# --- Pages --------------------------------------------------------------------------------------------------------


async def pages(world: World, token: str, path: str, limit: int) -> AsyncIterator[dict[str, Any]]:
    cursor: str | None = ""
    while cursor is not None:
        joint = "&" if "?" in path else "?"
        answer = await world.get(f"{path}{joint}limit={limit}&cursor={cursor or ''}", token)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["has_more"] is (page["next_cursor"] is not None)
        yield page
        cursor = page["next_cursor"]


async def test_pages_hold_every_case_once_even_while_new_ones_come(world: World) -> None:
    token = await world.citizen("CD778899")
    made = [(await filed(world, token))["id"] for _ in range(45)]
    seen: list[str] = []
    async for page in pages(world, token, "/v1/cases", 10):
        seen += [case["id"] for case in page["data"]]
        await filed(world, token)
    assert seen == made[::-1]
    by_filter = [
        case["id"] async for page in pages(world, token, "/v1/cases?status=action_required", 7) for case in page["data"]
    ]
    assert len(by_filter) == len(set(by_filter)) == 50
    assert [page["data"] async for page in pages(world, token, "/v1/cases?status=completed", 7)] == [[]]
    assert [page["data"] async for page in pages(world, token, "/v1/cases?service=echo.note", 7)] == [[]]


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


BAD_CURSORS = [
    *("x", "!!!", "%D8%A7", "a" * 150),
    *map(
        cursor,
        (
            "case_x",
            "2025-01-01 case_x",
            "2025-01-01T00:00:00 case_x",
            "0001-01-01T00:00:00+23:59 case_x",
            "9999-12-31T23:59:59-23:59 case_x",
            "2025-01-01T00:00:00Z x\0",
            "2025-01-01T00:00:00+00:00 a b",
            "' OR 1=1 --",
        ),
    ),
]


async def test_a_cursor_that_is_not_ours_is_refused(world: World) -> None:
    for bad in BAD_CURSORS:
        problem(await world.get(f"/v1/cases?cursor={bad}"), 400, "cursor_invalid")
    for bad in ("x", "-1", "1e3", "9" * 16, "9" * 100, "٣"):
        problem(await world.get(f"/v1/me/accesses?cursor={bad}"), 400, "cursor_invalid")
    for bad in ("limit=0", "limit=101", "limit=x", "status=unknown", f"cursor={'a' * 201}"):
        problem(await world.get(f"/v1/cases?{bad}"), 400, "invalid_request")


async def test_anothers_cursor_shows_ones_own_cases(world: World) -> None:
    for _ in range(2):
        await filed(world)
    of_amina = (await world.get("/v1/cases?limit=1")).json()["next_cursor"]
    token = await world.citizen("E445566")
    own = (await filed(world, token))["id"]
    answer = await world.get(f"/v1/cases?cursor={of_amina}", token)
    assert [case["id"] for case in answer.json()["data"]] in ([], [own])


# --- Events as they happen ----------------------------------------------------------------------------------------


@dataclass
class Reader:
    """An open stream."""

    lines: AsyncIterator[str]
    status: int

    async def next(self) -> dict[str, Any] | None:
        """The next event, with its id; None when the stream has ended."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            async for line in self.lines:
                if not line and "data" in fields:
                    data = json.loads(fields["data"])
                    assert str(data["id"]) == fields["id"]
                    assert "event" not in fields  # `EventSource.onmessage` gets them all
                    return data
                name, _, value = line.partition(": ")
                fields[name] = value
        return None

    async def rest(self) -> list[dict[str, Any]]:
        found = []
        while (event := await self.next()) is not None:
            found.append(event)
        return found


@asynccontextmanager
async def stream(world: World, case_id: str, token: str | None = None, **headers: str) -> AsyncIterator[Reader]:
    sent = {
        "Authorization": f"Bearer {token or await world.citizen()}",
        "Accept": "text/event-stream",
        "Accept-Language": "en",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    async with world.web.stream("GET", f"{world.url}/v1/cases/{case_id}/events", headers=sent) as response:
        if response.status_code == 200:
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["cache-control"] == "no-store"
        yield Reader(response.aiter_lines(), response.status_code)


async def until_free(world: World) -> None:
    async with asyncio.timeout(PATIENCE):
        while world.gateway.state.streams:
            await asyncio.sleep(0.01)


async def test_events_come_as_they_happen_until_the_case_ends(world: World) -> None:
    case = await filed(world)
    async with stream(world, case["id"]) as reader:
        assert [(await reader.next())["code"], (await reader.next())["code"]] == ["received", "payment_due"]
        await world.post(f"/v1/cases/{case['id']}/actions/pay", {})
        assert (await reader.next())["code"] == "checkout_opened"
        await world.pay(case["id"])
        rest = await reader.rest()
    assert rest[-1]["status"] == "completed"
    everything = await world.events(case["id"])
    assert [event["number"] for event in everything] == list(range(1, len(everything) + 1))
    assert rest == everything[3:]
    await until_free(world)


async def test_who_comes_back_misses_nothing_and_sees_nothing_twice(world: World) -> None:
    case = await filed(world)
    seen: list[dict[str, Any]] = []
    paying: asyncio.Task[Any] | None = None
    for _ in range(100):
        async with stream(world, case["id"], Last_Event_ID=str(seen[-1]["id"]) if seen else "0") as reader:
            event = await reader.next()  # one event, then the connection is lost
        if event is None:
            break
        seen.append(event)
        if len(seen) == 2:
            paying = asyncio.create_task(world.pay(case["id"]))
    assert paying is not None
    await paying
    assert seen == await world.events(case["id"])
    assert seen[-1]["status"] == "completed"
    later = (await world.get(f"/v1/cases/{case['id']}/events?cursor={seen[4]['id']}")).json()
    assert later["data"] == seen[5:]
    with_header = await world.get(f"/v1/cases/{case['id']}/events", Last_Event_ID=str(seen[4]["id"]))
    assert with_header.json()["data"] == seen[5:]


async def test_a_stream_of_a_case_that_has_ended_ends_at_once(world: World) -> None:
    case = await filed(world)
    await world.post(f"/v1/cases/{case['id']}/actions/withdraw", None)
    await world.ended(case["id"])
    async with stream(world, case["id"]) as reader:
        assert [event["code"] for event in await reader.rest()] == await world.codes(case["id"])


@pytest.mark.parametrize("bad", ["x", "-1", "1.5", "9" * 19, "9" * 20, "0x1", "\u00b2"])
async def test_a_last_event_id_that_is_none_is_refused(world: World, bad: str) -> None:
    case = await filed(world)
    headers = {"Authorization": f"Bearer {await world.citizen()}".encode(), "Last-Event-ID": bad.encode("latin-1")}
    answer = await world.web.get(f"{world.url}/v1/cases/{case['id']}/events", headers=headers)
    problem(answer, 400, "cursor_invalid")
    after = await world.get(f"/v1/cases/{case['id']}/events?cursor={bad}")
    problem(after, 400, "cursor_invalid")


async def test_streams_are_limited_and_one_who_goes_makes_room(world: World) -> None:
    case = await filed(world)

    async def one() -> int:
        async with stream(world, case["id"]) as reader:
            if reader.status == 200:
                await reader.next()
                await enough.wait()
            return reader.status

    enough = asyncio.Event()
    readers = [asyncio.create_task(one()) for _ in range(PLACES + 5)]  # all at once
    refusals = asyncio.as_completed(readers, timeout=PATIENCE)
    assert [await next(refusals) for _ in range(5)] == [503] * 5
    refused = await world.get(f"/v1/cases/{case['id']}/events", Accept="text/event-stream")
    problem(refused, 503, "overloaded")
    assert (await world.get(f"/v1/cases/{case['id']}/events")).status_code == 200  # as JSON it is to be had
    enough.set()
    assert sorted(await asyncio.gather(*readers)) == [200] * PLACES + [503] * 5
    await until_free(world)
    async with stream(world, case["id"]) as reader:
        assert (await reader.next()) is not None
    await until_free(world)


async def test_quiet_streams_are_watched_by_one_query(world: World) -> None:
    """What the database is asked while three streams have nothing to say."""
    found = [await filed(world) for _ in range(PLACES)]
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM case_events" in statement or "cases.id IN" in statement:
            asked.append(statement)

    async with AsyncExitStack() as stack:
        for case in found:
            reader = await stack.enter_async_context(stream(world, case["id"]))
            assert [(await reader.next())["code"] for _ in range(2)] == ["received", "payment_due"]
        engine = world.gateway.storage.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            async with asyncio.timeout(PATIENCE):
                while len(asked) < 4:
                    await asyncio.sleep(0.01)
        finally:
            event.remove(engine, "before_cursor_execute", note)
    assert [each for each in asked if "FROM case_events" in each] == []
    await until_free(world)


async def test_a_change_by_another_process_wakes_a_stream(world: World) -> None:
    case, gateway = await filed(world), world.gateway
    async with stream(world, case["id"]) as reader:
        assert [(await reader.next())["code"] for _ in range(2)] == ["received", "payment_due"]
        told, gateway.cases._told = gateway.cases._told, []  # as if another had made it
        try:
            await world.post(f"/v1/cases/{case['id']}/actions/pay", {})
            changed = await reader.next()
        finally:
            gateway.cases._told = told
    assert changed is not None
    assert changed["code"] == "checkout_opened"
    await until_free(world)


async def test_what_is_accepted_decides_between_json_and_a_stream(world: World) -> None:
    case = await filed(world)
    for accept in ("application/json", "*/*", "text/event-stream;q=0.5, application/json", "text/html", ""):
        answer = await world.get(f"/v1/cases/{case['id']}/events", Accept=accept)
        assert answer.headers["content-type"] == "application/json", accept


async def test_a_stream_outlives_no_token(world: World) -> None:
    case = await filed(world)
    token = Forge.of(world).token(exp=int(time.time()) + 2)
    async with stream(world, case["id"], token) as reader:
        codes = [event["code"] for event in await reader.rest()]
    assert codes == ["received", "payment_due"]
    assert (await world.get(f"/v1/cases/{case['id']}")).json()["status"] == "action_required"

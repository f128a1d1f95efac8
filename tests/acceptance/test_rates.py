"""Who calls too often is told so before anything is done, and nobody else notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from sqlalchemy import event

from gateway.settings import bundled
from tests.waiting import PATIENCE

from .conftest import World, world_in
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, record_of

pytestmark = IN_ONE_LOOP

FEW = {
    "seconds": 60.0,
    "person": {"read": 10, "write": 3, "expensive": 2},
    "application": {"read": 10_000, "expensive": 10_000},
    "address": {"read": 4},
    "client": {"read": 10_000},
    "refusal_seconds": 0.0,
}
NOTE = {"service": "echo.note", "form": {"text": "x"}}
MORE = """
[demo-app.rates]
application = { read = 7 }
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: Any) -> AsyncIterator[World]:
    folder: Path = tmp_path_factory.mktemp("rates")
    clients = folder / "clients.toml"
    clients.write_text((bundled("config") / "clients.toml").read_text() + MORE)
    quotas = {"refusals_per_address_minute": 3}
    over: dict[str, Any] = {"auth": {"clients_file": str(clients)}, "quotas": quotas, "rates": FEW}
    async with world_in(folder / "state", "", **over) as found:
        yield found


async def until_refused(world: World, path: str, token: str) -> tuple[int, httpx.Response]:
    """How many calls were answered, and the refusal."""
    for number in range(100):
        answer = await world.get(path, token)
        if answer.status_code == 429:
            return number, answer
    raise AssertionError("nothing was refused")


def left(answer: httpx.Response) -> dict[str, dict[str, int]]:
    found = {}
    for each in answer.headers["ratelimit"].split(", "):
        name, *pairs = each.split(";")
        found[name.strip('"')] = {key: int(value) for key, value in (pair.split("=") for pair in pairs)}
    return found


async def test_answer_says_what_is_left_and_a_refusal_when(world: World) -> None:
    token = await world.citizen("RT100001")
    first = await world.get("/v1/cases", token)
    assert first.headers["ratelimit-policy"] == '"person-read";q=10;w=60, "client-read";q=10000;w=60'
    assert left(first)["person-read"]["r"] == 9
    answered, refused = await until_refused(world, "/v1/cases", token)
    told = problem(refused, 429, "rate_limit_reached")
    assert answered in (9, 10)  # six seconds bring one back
    assert (told["quota"], told["retry_safe"], told["origin"]) == ("person-read", True, "client")
    assert "10" in told["detail"]
    assert left(refused)["person-read"]["r"] == 0
    assert left(refused)["person-read"]["t"] == int(refused.headers["retry-after"]) == told["retry_after"] <= 6
    assert (await world.get("/v1/cases", await world.citizen("RT100002"))).status_code == 200
    assert (await world.post("/v1/cases", NOTE, token)).status_code == 201  # writing has a bucket of its own


async def test_limits_are_of_kinds_of_calls(world: World) -> None:
    token = await world.citizen("RT100003")
    codes = [(await world.post("/v1/cases", NOTE, token)).status_code for _ in range(4)]
    assert codes == [201, 201, 201, 429]
    tracked = [await world.get("/v1/posts", token) for _ in range(3)]
    assert [each.status_code for each in tracked] == [200, 200, 429]
    assert problem(tracked[-1], 429, "rate_limit_reached")["quota"] == "person-expensive"
    assert (await world.get("/v1/cases", token)).status_code == 200


async def test_client_has_the_rates_of_its_entry(world: World) -> None:
    answered, refused = await until_refused(world, "/v1/cases", Forge.of(world).app())
    assert 7 <= answered <= 8
    assert problem(refused, 429, "rate_limit_reached")["quota"] == "application-read"


async def watched_flood(world: World, token: str, person: str) -> tuple[list[httpx.Response], list[str]]:
    """The answers to thirty calls, and the statements meanwhile that name the person: what else goes on does not."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if person in str(parameters):
            asked.append(statement)

    engines = (world.gateway.storage.engine, world.gateway.storage._writes)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    flood = [await world.get("/v1/cases", token) for _ in range(30)]
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    return flood, asked


async def test_refusal_costs_no_query_and_few_records(world: World) -> None:
    """A flood is refused before its route is looked up; of a client's refusals the first are on record, the others are
    one record, which names the client."""
    await world.gateway.sums.flush()  # another minute begins
    token = await world.citizen("RT100004")
    await until_refused(world, "/v1/cases", token)
    first = await world.get("/v1/cases", token)
    record = await record_of(world, first)
    assert (record["decision"], record["rule"], record["code"]) == ("deny", "rate:person-read@1", "rate_limit_reached")
    for _ in range(3):  # again, if one call was let through meanwhile, or another minute began
        for _ in range(3):  # these have records
            await world.get("/v1/cases", token)
        flood, asked = await watched_flood(world, token, world.gateway.ring.pseudonym("RT100004"))
        await world.gateway.sums.flush()
        recorded = {each["call"] for each in await world.records(client="demo-frontend")}
        own = recorded & {each.headers["call-id"] for each in flood}
        if {each.status_code for each in flood} == {429} and not own:
            break
    assert ({each.status_code for each in flood}, own, asked) == ({429}, set(), [])
    assert first.headers["call-id"] in recorded
    sums = await world.records(operation="calls.sum", client="demo-frontend")
    counted = [each for record in sums for each in record["sums"] if each["code"] == "rate_limit_reached"]
    assert sum(each["count"] for each in counted) >= 30
    assert all(record["subject"] == "" for record in sums if "subject" in record)


async def test_pages_without_a_token_count_by_address(world: World) -> None:
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.9")
    async with httpx.AsyncClient(transport=transport, timeout=PATIENCE) as web:
        codes = [(await web.get(f"{world.url}/v1/services/echo.note")).status_code for _ in range(5)]
        assert codes == [200] * 4 + [429]
        assert (await web.get(f"{world.url}/health/live")).status_code == 200
        assert (await web.get(f"{world.url}/audit/log/checkpoint")).status_code == 200
        own = {"Authorization": f"Bearer {await world.citizen('RT100005')}"}
        await web.get(f"{world.url}/v1/cases", headers=own)
        told = await web.get(f"{world.url}/v1/services/echo.note", headers=own)
        assert (told.status_code, list(left(told))) == (200, ["person-read", "client-read"])


async def test_wrong_tokens_count_by_address(world: World) -> None:
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.8")
    async with httpx.AsyncClient(transport=transport, timeout=PATIENCE) as web:
        bad = {"Authorization": "Bearer x.y.z"}
        codes = [(await web.get(f"{world.url}/v1/cases", headers=bad)).status_code for _ in range(6)]
    assert codes == [401] * 4 + [429] * 2

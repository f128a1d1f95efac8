"""A person's way from the catalogue to the parcel with each client, also through a network that breaks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from mre_services import ApiProblem, AsyncClient, Client

from tests.acceptance.conftest import CARD, World
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.browser import in_browser, pages
from tests.clients.cutting_proxy import cutting_proxy
from tests.clients.given import EVENTS, VERDICTS, for_typescript
from tests.clients.typescript import HERE, compile_programs, run_program

pytestmark = IN_ONE_LOOP
world = shared_world()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs in TypeScript are: compiled strictly, against the client as a package."""
    return await compile_programs(tmp_path_factory.mktemp("typescript"), HERE / "journey.ts", HERE / "rules.ts")


BIRTH = "watiqa.birth-extract"


async def fill_in(world: World, checkout: Any) -> None:
    page = await world.web.request(checkout["method"], checkout["url"], data=checkout["fields"])
    await world.enter_card(page, "4000000000000010")


async def test_async_client_goes_from_the_catalogue_to_the_parcel(world: World) -> None:
    async with AsyncClient(world.url, await world.citizen(), language="en") as gateway:
        found = [each["id"] async for each in gateway.services.each(limit=5)]
        assert BIRTH in found
        example = (await gateway.services.get(BIRTH))["example"]
        assert example
        assert (await gateway.cases.validate(BIRTH, example))["valid"]
        filed = await gateway.cases.file(BIRTH, example)
        paying = await gateway.cases.pay(filed["id"])
        await fill_in(world, paying["checkout"])
        codes = [event["code"] async for event in gateway.cases.follow(filed["id"])]
        assert (codes[0], codes[-1]) == ("received", "completed")
        ended = await gateway.cases.get(filed["id"])
        assert ended["shipment"]
        assert ended["shipment"]["milestone"] == "delivered"
        assert (await gateway.cases.receipt(filed["id"]))["case"] == filed["id"]
        assert (await gateway.cases.receipt_pdf(filed["id"])).content.startswith(b"%PDF")
        assert [each["state"] async for each in gateway.payments.each(filed["id"])] == ["paid"]
        assert filed["id"] in [each["id"] async for each in gateway.cases.each(service=BIRTH, limit=1)]


async def test_client_goes_from_the_catalogue_to_the_parcel(world: World) -> None:
    token = await world.citizen()

    def journey() -> Iterator[Any]:
        with Client(world.url, token, language="en") as gateway:
            example = gateway.services.get(BIRTH)["example"]
            assert example
            filed = gateway.cases.file(BIRTH, example)
            yield gateway.cases.pay(filed["id"])["checkout"]
            codes = [event["code"] for event in gateway.cases.follow(filed["id"])]
            assert (codes[0], codes[-1]) == ("received", "completed")
            assert gateway.cases.receipt(filed["id"])["case"] == filed["id"]
            assert filed["id"] in [each["id"] for each in gateway.cases.each(service=BIRTH)]

    going = journey()
    await fill_in(world, await asyncio.to_thread(next, going))
    assert await asyncio.to_thread(next, going, "done") == "done"


async def test_a_problem_says_what_to_do(world: World) -> None:
    async with AsyncClient(world.url, await world.citizen(), language="fr") as gateway:
        with pytest.raises(ApiProblem) as refused:
            await gateway.cases.file("echo.note", {"text": ""})
        problem = refused.value
        assert (problem.status, problem.code, problem.origin) == (422, "form_invalid", "client")
        assert problem.errors[0]["pointer"] == "/form/text"
        assert problem.call_id
        assert problem.remedy
        with pytest.raises(ValueError, match="has no host"):
            await gateway.request("GET", f"//{httpx.URL(world.sandbox_url).netloc.decode()}/v1/cases")
        assert (await gateway.request("GET", "/v1/me"))["object"] == "me"


async def test_python_stream_goes_on_where_it_was_cut(world: World) -> None:
    port = httpx.URL(world.url).port
    assert port
    async with cutting_proxy(port) as (url, proxy), AsyncClient(url, await world.citizen(), language="en") as gateway:
        filed = await gateway.cases.file("echo.note", {"text": "cut"})
        whole = [event["number"] async for event in gateway.cases.follow(filed["id"])]
        assert whole == list(range(1, len(whole) + 1))
        for each in ("async", "sync"):
            proxy.streams, proxy.cursors = ["cut", "cut"], []
            if each == "async":
                read = [event["number"] async for event in gateway.cases.follow(filed["id"])]
            else:
                client = Client(url, await world.citizen())
                read = await asyncio.to_thread(
                    lambda c=client: [each["number"] for each in c.cases.follow(filed["id"])]
                )
            assert (each, read, proxy.streams) == (each, whole, [])
            assert ["cursor" in each for each in proxy.cursors[:3]] == [False, True, True]


async def test_python_repeats_with_the_same_key_and_files_once(world: World) -> None:
    port = httpx.URL(world.url).port
    assert port
    async with cutting_proxy(port) as (url, proxy), AsyncClient(url, await world.citizen(), language="en") as gateway:
        before = [each["id"] async for each in gateway.cases.each(service="echo.stamped")]
        proxy.writes = ["busy", "lost"]
        filed = await gateway.cases.file("echo.stamped", {"text": "once"})
        assert (len(proxy.keys), len(set(proxy.keys)), proxy.writes) == (3, 1, [])
        after = [each["id"] async for each in gateway.cases.each(service="echo.stamped")]
        assert sorted(after) == sorted([*before, filed["id"]])
        client = Client(url, await world.citizen())
        proxy.writes, proxy.keys = ["lost", "busy"], []
        second = await asyncio.to_thread(client.cases.file, "echo.stamped", {"text": "twice"})
        assert (len(proxy.keys), len(set(proxy.keys))) == (3, 1)
        assert sorted(each["id"] for each in (await gateway.cases.list(service="echo.stamped"))["data"]) == sorted(
            [*after, second["id"]]
        )


async def test_typescript_client_goes_from_the_catalogue_to_the_parcel(world: World, compiled: Path) -> None:
    port = httpx.URL(world.url).port
    assert port
    async with cutting_proxy(port) as (url, proxy), AsyncClient(world.url, await world.citizen()) as gateway:
        before = [each["id"] async for each in gateway.cases.each(service="echo.note")]
        proxy.streams, proxy.writes = ["cut", "cut"], ["busy", "lost"]
        found = json.loads(await run_program(compiled, "journey.ts", world.url, url, await world.citizen()))
        after = [each["id"] async for each in gateway.cases.each(service="echo.note")]
    assert BIRTH in found["listed"]
    assert (found["valid"], found["receipt"], found["pdf"], found["milestone"]) == (True, True, "%PDF", "delivered")
    assert (found["codes"][0], found["codes"][-1]) == ("received", "completed")
    assert found["again"] == found["codes"]
    assert ["cursor" in each for each in proxy.cursors[:3]] == [False, True, True]
    assert (len(proxy.keys), len(set(proxy.keys)), proxy.writes) == (3, 1, [])
    assert sorted(after) == sorted([*before, found["note"]])
    assert found["refused"] == [422, "form_invalid", "/form/txt"]


async def test_typescript_client_keeps_the_same_rules(compiled: Path) -> None:
    found = json.loads(await run_program(compiled, "rules.ts", for_typescript()))
    assert found.pop("webhooks")[:-1] == VERDICTS
    assert found == {
        "streams": [[EVENTS, "?cursor=c"]],
        "newer": {"id": "case_1", "status": "resting", "moon": "full"},
        "unknown": [418, "teapot", "moon", 1],
        "late": [3600, 1],
        "dead": [2, True, 1],
        "proxied": [200, "unreadable_answer"],
        "half": "unreadable_answer",
        "tokens": ["Bearer old", "Bearer new"],
        "stopped": "Error: enough",
        "paths": [0, 0, 0, 0, 0],
        "mandate": ["mnd_1", "/v1/cases/a%2Fb%3Fc"],
    }


async def test_typescript_client_runs_in_a_browser(world: World, compiled: Path) -> None:
    """From another origin, as a frontend's page has it: without Node, with what CORS lets it read."""
    package = compiled.parent / "node_modules" / "@mre-gateway" / "services" / "dist"
    files: dict[str, bytes | str] = {f"/dist/{each.name}": each.read_bytes() for each in package.glob("*.js")}
    async with pages({"/page.html": "<!doctype html><title>client</title>", **files}) as served:
        origin = served.replace("127.0.0.1", "localhost")
        given = {"url": f"{origin}/page.html", "gateway": world.url, "token": await world.citizen(), "card": CARD}
        seen = await in_browser(HERE / "browser_journey.mjs", **given)
    assert seen["refused"] == "form_invalid"
    assert seen["codes"] == [each["code"] for each in await world.events(seen["id"])]
    assert (seen["receipt"], seen["status"], seen["text"]) == (seen["id"], "completed", "مكتمل")

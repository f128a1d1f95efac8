"""A person's way from the catalogue to the parcel, with the client for Python, with `await` and without."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from mre_services import ApiProblem, AsyncClient, Client

from tests.acceptance.conftest import World
from tests.acceptance.shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

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

"""Pages of another origin call the API: preflight, what they may read, and who may not."""

from __future__ import annotations

import httpx
import pytest

from .conftest import World
from .shared import IN_ONE_LOOP, record_of, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()
PAGE = "http://127.0.0.1:5173"
FOREIGN = "https://evil.example"


async def preflight(world: World, path: str, origin: str, method: str = "POST") -> httpx.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    return await world.web.options(world.url + path, headers=headers)


def origin_of(answer: httpx.Response) -> str | None:
    assert "access-control-allow-credentials" not in answer.headers
    found: str | None = answer.headers.get("access-control-allow-origin")
    return found


async def test_a_page_of_a_client_may_ask_and_its_browser_remembers(world: World) -> None:
    answer = await preflight(world, "/v1/cases", PAGE)
    assert (answer.status_code, answer.content, origin_of(answer)) == (204, b"", PAGE)
    assert answer.headers["access-control-max-age"] == "7200"
    assert "Origin" in answer.headers["vary"]
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "idempotency-key", "if-match", "mandate", "last-event-id"} <= set(allowed)
    assert "POST" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://127.0.0.1.evil.example", "https://127.0.0.1:5173", "*"])
async def test_a_page_of_another_origin_is_allowed_nothing(world: World, origin: str) -> None:
    answer = await preflight(world, "/v1/cases", origin)
    assert (answer.status_code, origin_of(answer)) == (204, None)
    assert "access-control-allow-methods" not in answer.headers
    assert origin_of(await world.get("/v1/cases", Origin=origin)) is None


async def test_a_page_reads_its_headers_on_success_and_on_an_error(world: World) -> None:
    case = await world.order("echo.note")
    answer = await world.get(f"/v1/cases/{case['id']}", Origin=PAGE)
    assert (answer.status_code, origin_of(answer)) == (200, PAGE)
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert {"ETag", "Location", "Retry-After", "Call-Id", "Idempotent-Replayed"} <= set(exposed)
    refused = await world.web.get(world.url + "/v1/cases", headers={"Origin": PAGE})
    assert (refused.status_code, origin_of(refused)) == (401, PAGE)
    missing = await world.get("/v1/nothing", Origin=PAGE)
    assert (missing.status_code, origin_of(missing)) == (404, PAGE)


async def test_a_token_of_another_client_is_not_for_this_page(world: World) -> None:
    """The app's client names no origin: no page may read what its token gives."""
    token = await world.machine("demo-app")
    answer = await world.get("/v1/cases", token, Origin=PAGE)
    assert (answer.status_code, origin_of(answer)) == (200, None)


@pytest.mark.parametrize("path", ["/audit/records", "/audit/log/checkpoint", "/metrics", "/health/ready"])
async def test_the_log_and_the_operators_addresses_are_for_no_page(world: World, path: str) -> None:
    assert origin_of(await preflight(world, path, PAGE, "GET")) is None
    assert origin_of(await world.web.get(world.url + path, headers={"Origin": PAGE})) is None


async def test_caches_keep_answers_of_origins_apart(world: World) -> None:
    for headers in ({}, {"Origin": PAGE}, {"Origin": FOREIGN}):
        answer = await world.web.get(world.url + "/v1/services", headers=headers)
        assert "origin" in answer.headers["vary"].lower()


async def calls_of_nobody(world: World) -> list[str]:
    """Those on record that came without a token. All that ended before this was asked have their place by then."""
    await record_of(world, await world.get("/v1/cases"))
    records = [each for each in await world.records() if each["kind"] in ("call", "refusal") and not each.get("client")]
    return [each["call"] for each in records if each.get("operation") != "calls.sum"]


async def test_a_preflight_leaves_no_record(world: World) -> None:
    await world.web.get(world.url + "/v1/cases")
    before = await calls_of_nobody(world)
    assert before
    await preflight(world, "/v1/cases", PAGE)
    assert await calls_of_nobody(world) == before

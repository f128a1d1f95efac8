"""HEAD answers as GET does, without the content, wherever there is GET."""

from __future__ import annotations

import pytest

from .conftest import World
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()
OF_EACH_TIME = {"call-id", "date"}


async def both(world: World, path: str, **headers: str) -> tuple[int, int]:
    token = {"Authorization": f"Bearer {await world.citizen()}"}
    got = await world.web.get(world.url + path, headers=token | headers)
    headed = await world.web.head(world.url + path, headers=token | headers)
    assert headed.content == b""
    same = [name for name in got.headers if name not in OF_EACH_TIME]
    assert {name: headed.headers.get(name) for name in same} == {name: got.headers[name] for name in same}
    return got.status_code, headed.status_code


@pytest.mark.parametrize(
    "path",
    ["/v1/services", "/v1/services/echo.note", "/v1/cases", "/health/live", "/.well-known/jwks.json", "/guide"],
)
async def test_head_has_the_headers_of_get(world: World, path: str) -> None:
    assert await both(world, path) == (200, 200)


async def test_head_of_what_is_not_there_is_404(world: World) -> None:
    token = {"Authorization": f"Bearer {await world.citizen()}"}
    answer = await world.web.head(world.url + "/v1/cases/case_0", headers=token)
    assert (answer.status_code, answer.content) == (404, b"")


async def test_head_of_an_event_stream_ends(world: World) -> None:
    case = await world.order("echo.note")
    headers = {"Authorization": f"Bearer {await world.citizen()}", "Accept": "text/event-stream"}
    answer = await world.web.head(world.url + case["events_url"], headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert (await world.get("/v1/services/echo.note")).status_code == 200  # the connection is free again


@pytest.mark.parametrize("path", ["/v1/cases", "/v1/services"])
async def test_allow_names_head_where_there_is_get(world: World, path: str) -> None:
    for answer in (await world.web.options(world.url + path), await world.web.delete(world.url + path)):
        methods = {each.strip() for each in answer.headers["allow"].split(",")}
        assert {"GET", "HEAD"} <= methods
    assert (await world.web.head(world.url + "/audit/export")).status_code in (401, 405)

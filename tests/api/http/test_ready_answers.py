"""What lies ready is answered without the framework, after the same guard, and like the framework's own answer."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar import Litestar, get
from litestar.handlers.base import BaseRouteHandler

from gateway.api.http.access import NONCE, AnyConnection
from gateway.api.http.problems import Problem
from gateway.api.http.ready_answers import ReadyAnswer, ReadyAnswers
from gateway.api.http.route_rules import PUBLIC, RouteRule
from tests.acceptance.conftest import World
from tests.acceptance.shared import IN_ONE_LOOP, shared_world

world = shared_world(rates={"seconds": 1e6})

VARIANTS: list[dict[str, str]] = [
    {},
    {"Accept-Language": "fr"},
    {"Accept-Language": "es, ar;q=0.5"},
    {"If-None-Match": "*"},
    {"If-None-Match": '"another"'},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "gzip", "If-None-Match": "*"},
    {"Origin": "http://127.0.0.1:8403"},
    {"Authorization": "Bearer nonsense"},
    {"Mandate": "mandate_1"},
]
OWN = {"call-id", "ratelimit", "date"}
"""Headers of one call alone."""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", VARIANTS, ids=str)
@IN_ONE_LOOP
async def test_ready_list_is_the_one_that_the_framework_sends(
    world: World, headers: dict[str, str], method: str
) -> None:
    ready, made = [
        await world.web.request(method, world.url + path, headers=headers)
        for path in ("/v1/services", "/v1/services?limit=100")
    ]
    assert told(ready) == told(made)
    assert (ready.status_code, without_call(ready)) == (made.status_code, without_call(made))


@IN_ONE_LOOP
async def test_ready_list_is_known_again_by_its_tag(world: World) -> None:
    tag = (await world.get("/v1/services")).headers["etag"]
    again = await world.get("/v1/services", If_None_Match=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize("client", ["demo-operator", "demo-app"])
@IN_ONE_LOOP
async def test_ready_or_made_a_call_counts_once(world: World, client: str) -> None:
    """An operator's list is made for each call, an application's lies ready."""
    token = await world.machine(client) if client == "demo-operator" else await world.citizen()
    await world.get("/v1/services", token)  # from now on it is known whose token it is
    left = [
        int((await world.get("/v1/services", token)).headers["ratelimit"].partition("r=")[2].partition(";")[0])
        for _ in range(3)
    ]
    assert left == [left[0], left[0] - 1, left[0] - 2]


def told(answer: httpx.Response) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in answer.headers.multi_items() if name not in OWN)


def without_call(answer: httpx.Response) -> Any:
    if not answer.content or answer.status_code == 200:
        return answer.content
    return {name: value for name, value in answer.json().items() if name != "call_id"}


class CountingAdmission:
    """Lets in, or not, and counts."""

    def __init__(self, refusal: Exception | None = None, state: dict[str, Any] | None = None) -> None:
        self.asked, self._refusal, self._state = 0, refusal, state or {}

    async def __call__(self, connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        if "admitted" in connection.scope["state"]:
            if connection.scope["state"]["admitted"] is not None:
                raise connection.scope["state"]["admitted"]
            return
        self.asked += 1
        connection.scope["state"].update(self._state)
        if self._refusal is not None:
            raise self._refusal


READY = ReadyAnswer(200, ((b"content-length", b"5"),), b"ready")


@pytest.mark.parametrize(
    ("guard", "path", "host", "by"),
    [
        (CountingAdmission(), "/list", "gateway.example:443", "ready"),
        (CountingAdmission(), "/list", "[::1]:8400", "ready"),
        (CountingAdmission(), "/list?q=x", "gateway.example", "the framework"),
        (CountingAdmission(), "/other", "gateway.example", "the framework"),
        (CountingAdmission(), "/list", "gateway.example/x", "refused"),
        (CountingAdmission(state={NONCE: "fresh"}), "/list", "gateway.example", "the framework"),
        (CountingAdmission(Problem("not_found")), "/list", "gateway.example", "refused"),
    ],
)
async def test_guard_runs_once_whoever_answers(guard: CountingAdmission, path: str, host: str, by: str) -> None:
    @get(["/list", "/other"], rule=RouteRule(scope=PUBLIC, operation="list"), media_type="text/plain")
    async def made() -> str:
        return "the framework"

    routes = Litestar([made], guards=[guard], openapi_config=None, logging_config=None)
    app = ReadyAnswers(routes, guard, {"/list": lambda _: READY})  # type: ignore[arg-type]  # it is called as one
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.example") as web:  # type: ignore[arg-type]
        answer = await web.get(path, headers={"Host": host})
    assert (answer.text if answer.status_code == 200 else "refused") == by
    assert guard.asked == (0 if host.endswith("/x") else 1)


async def test_what_is_not_ready_is_made_for_the_call() -> None:
    @get("/list", rule=RouteRule(scope=PUBLIC, operation="list"), media_type="text/plain")
    async def made() -> str:
        return "the framework"

    guard = CountingAdmission()
    routes = Litestar([made], guards=[guard], openapi_config=None, logging_config=None)
    app = ReadyAnswers(routes, guard, {"/list": lambda _: None})  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.example") as web:  # type: ignore[arg-type]
        assert (await web.get("/list")).text == "the framework"
    assert guard.asked == 1


def test_path_without_a_route_stops_the_start() -> None:
    with pytest.raises(ValueError, match="/nowhere"):
        ReadyAnswers(Litestar([]), CountingAdmission(), {"/nowhere": lambda _: READY})  # type: ignore[arg-type]

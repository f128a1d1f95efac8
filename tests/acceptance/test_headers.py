"""What every answer tells a browser and a proxy: not to guess its type, and not to keep what is about a person."""

from __future__ import annotations

import httpx
import pytest

from .conftest import World
from .shared import IN_ONE_LOOP, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

NOTE = {"service": "echo.note", "form": {"text": "x"}}
ANYBODY = [
    "/guide",
    "/guide/echo.note",
    "/guide?q=%01",
    "/guide?q=%EF%BF%BE",
    "/v1/services",
    "/health",
    "/nothing-here",
]
OWN = ["/v1/cases", "/v1/me/accesses", "/v1/tracking/barid/RR123456785MA"]


def typed(answer: httpx.Response) -> None:
    assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"], answer.url
    assert len(answer.headers.get_list("Cache-Control")) == 1, answer.url


@pytest.mark.parametrize("path", ANYBODY)
async def test_no_browser_guesses_a_type(world: World, path: str) -> None:
    answer = await world.web.get(world.url + path)
    assert answer.status_code < 500, answer.text
    typed(answer)


async def test_answers_about_a_person_are_not_kept(world: World) -> None:
    made = await world.post("/v1/cases", NOTE)
    case = f"/v1/cases/{made.json()['id']}"
    for answer in [made, *[await world.get(path) for path in (*OWN, case, f"{case}/receipt", "/v1/cases/case_none")]]:
        typed(answer)
        assert "no-store" in answer.headers["Cache-Control"], answer.url


async def test_no_page_may_frame_the_way_back_from_a_payment(world: World) -> None:
    answer = await world.web.get(f"{world.url}/callbacks/etimbre/return")
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    typed(answer)


async def test_a_notice_that_says_two_things_is_refused(world: World) -> None:
    body = b'{"number": "a", "number": "b"}'
    for kind in ("application/json", "text/plain", ""):
        url = f"{world.url}/callbacks/chikaya/notice"
        answer = await world.web.post(url, content=body, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_callback"), kind


@pytest.mark.parametrize(
    "name", ["Authorization", "Mandate", "Idempotency-Key", "Tracking-Proof", "Last-Event-ID", "Content-Type"]
)
async def test_a_header_that_decides_comes_once(world: World, name: str) -> None:
    values = {"Authorization": f"Bearer {await world.citizen()}", "Content-Type": "application/json"}
    headers = [*values.items(), (name, values.get(name, "one")), (name, values.get(name, "two"))]
    answer = await world.web.post(f"{world.url}/v1/cases", content=b"{}", headers=headers)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (400, "header_repeated")
    assert name in told["detail"]

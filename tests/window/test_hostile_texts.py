"""Every text that comes from outside, made hostile: it stays a text on every page of a person."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest_asyncio

from gateway.sandbox.serve import listen, running
from tests.acceptance.conftest import World
from tests.acceptance.shared import IN_ONE_LOOP, shared_world
from tests.waiting import PATIENCE
from tests.window.served_window import Window
from tests.window.test_cases import offered
from window.app import application
from window.settings import load

pytestmark = IN_ONE_LOOP
world = shared_world()

HOSTILE: Final = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}"
OURS: Final = re.compile(r"^[a-z0-9_.:-]+$|^(https?:/)?/|^\d{4}-\d\d|^$|^eyJ|^[A-Za-z]+/[A-Za-z_]+$", re.DOTALL)
"""Ids, codes, addresses, times, tokens, in the gateway's own shapes. All else somebody else may have written."""


FREE: Final = ("purpose", "mandate_purpose", "search", "agent", "agent_name", "stamp", "reference")
"""May look like codes, and are what somebody typed or a portal says."""


def poisoned(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {name: poisoned(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each) for each in value]
    if isinstance(value, str) and value and (name in FREE or not OURS.search(value)):
        return value + HOSTILE
    return value


class Poisoner(httpx.AsyncBaseTransport):
    """The real gateway, with hostile texts in what it says about services, cases and people."""

    def __init__(self) -> None:
        self._real = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._real.handle_async_request(request)
        body = await answer.aread()
        await answer.aclose()
        if request.url.path.startswith("/v1/") and "json" in answer.headers.get("content-type", "") and body:
            body = json.dumps(poisoned(json.loads(body))).encode()
        headers = [(k, v) for k, v in answer.headers.raw if k.lower() not in (b"content-length", b"content-encoding")]
        return httpx.Response(answer.status_code, headers=headers, content=body)

    async def aclose(self) -> None:
        await self._real.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(world: World) -> AsyncIterator[Window]:
    socket = listen("127.0.0.1", 0)
    settings = load(
        state_dir=world.state_dir,
        profile="demo",
        server={"port": socket.getsockname()[1]},
        gateway={"url": world.url},
        sign_in={"person": {"client_id": "demo-window"}},
    )
    async with httpx.AsyncClient(transport=Poisoner(), base_url=world.url, timeout=PATIENCE) as http:
        app: Any = application(settings, http=http)
        async with running(app, socket):
            found = Window(settings.origin, settings, world)
            yield found
            for each in found.visitors:
                await each.aclose()


async def test_hostile_texts_stay_texts_on_every_page(window: Window, world: World) -> None:
    asked = str((await world.order("echo.note", behave="ask_document"))["id"])
    paying = str((await world.order("echo.visit"))["id"])
    appeal = str((await world.order("echo.note", behave="appeal"))["id"])
    parcel = str((await world.order("echo.parcel"))["id"])
    meeting = str((await world.order("echo.meeting"))["id"])
    for case_id, kind in ((asked, "provide_document"), (appeal, "appeal"), (meeting, "choose_slot")):
        await offered(world, case_id, kind)
    await world.until(parcel, lambda case: case["shipment"])
    one = await window.signed_in()
    paths = [
        "/", "/cases", "/services", "/me", "/me/accesses", "/me/mandates", "/me/mandates/new", "/me/messages",
        "/me/preferences", "/me/family", "/me/cards", f"/cases/{meeting}/slots", f"/cases/{meeting}/slots?post=lyon",
        f"/cases/{asked}/do/provide_document", f"/cases/{appeal}/do/appeal", f"/cases/{paying}/do/withdraw",
        f"/cases/{parcel}/parcel", f"/cases/{parcel}/receipt",
        *(f"/cases/{each}" for each in (asked, paying, appeal, parcel, meeting)),
    ]  # fmt: skip
    for path in paths:
        page = await one.get(path)
        assert page.status_code == 200, (path, page.status_code)
        if path not in ("/me/cards", "/me/mandates", "/me/messages", "/me/preferences"):  # nothing there yet
            assert "&lt;img src=x" in page.text, f"nothing hostile was shown on {path}"
        assert "<img src=x" not in page.text, path
        assert "<script>" not in page.text, path
        assert "{{7*7}}" not in page.text or "49" not in page.text.partition("&lt;/script&gt;")[2][:4], path
        assert "unsafe-inline" not in page.headers["content-security-policy"]

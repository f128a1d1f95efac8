"""A window on a real socket in front of a whole gateway with its sandboxes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from gateway.sandbox.serve import listen, running
from tests.acceptance.conftest import AMINA, World
from tests.waiting import PATIENCE
from window.app import application
from window.settings import WindowSettings, load


@dataclass
class Window:
    """Its address, and a browser without scripts."""

    url: str
    settings: WindowSettings
    world: World
    visitors: list[httpx.AsyncClient] = field(default_factory=list)

    def visitor(self, **headers: str) -> httpx.AsyncClient:
        """Somebody with cookies of her own, who follows no redirect by herself."""
        sent = {"Accept-Language": "en", **{name.replace("_", "-"): value for name, value in headers.items()}}
        one = httpx.AsyncClient(base_url=self.url, headers=sent, trust_env=False, timeout=PATIENCE)
        self.visitors.append(one)
        return one

    async def signed_in(
        self, cnie: str = AMINA, *, to: str = "/", role: str = "person", acr: str = ""
    ) -> httpx.AsyncClient:
        one = self.visitor()
        await self.sign_in(one, cnie, to=to, role=role, acr=acr)
        return one

    async def sign_in(
        self, one: httpx.AsyncClient, login: str = AMINA, *, to: str = "/", role: str = "person", acr: str = ""
    ) -> httpx.Response:
        """Through the identity provider's page. Gives the answer that sends her to where she wanted to go."""
        begun = await one.get("/sign-in/start", params={"as": role, "to": to, **({"acr": acr} if acr else {})})
        assert begun.status_code == 303, begun.text
        chosen = await one.post(begun.headers["location"].partition("?")[0], data={
            **dict(httpx.URL(begun.headers["location"]).params.items()), "cnie": login,
        })  # fmt: skip
        assert chosen.status_code == 303, chosen.text
        back = await one.get(chosen.headers["location"])
        assert back.status_code == 303, back.text
        return back

    async def send(
        self,
        one: httpx.AsyncClient,
        page: httpx.Response,
        action: str,
        fields: dict[str, Any] | None = None,
        **files: Any,
    ) -> httpx.Response:
        """Posts a form of the page as a browser does: its hidden and filled-in fields, and `fields` over them."""
        data = {**form_of(page.text, action), **(fields or {})}
        return await one.post(action, data=data, headers={"Origin": self.url, "Sec-Fetch-Site": "same-origin"}, **files)


def form_of(text: str, action: str) -> dict[str, Any]:
    """Names and values of the form with this action, as they stand."""
    form = rf'<form(?![^>]* method="get")[^>]* action="{re.escape(action)}"[^>]*>(.*?)</form>'
    found = re.search(form, text, re.DOTALL)
    assert found is not None, f"no form posts to {action}"
    inside = found[1]
    data: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", inside):
        named = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if named.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        if "name" in named and named.get("type") != "file":
            data.setdefault(unescape(named["name"]), unescape(named.get("value", "")))
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', inside, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', options)
        data[unescape(name)] = unescape(chosen[1]) if chosen else ""
    for name, value in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', inside, re.DOTALL):
        data[unescape(name)] = unescape(value)
    return data


def flat(form: Any, at: str = "") -> dict[str, str]:
    """A form's value as the fields of its page."""
    if isinstance(form, dict):
        return {name: value for key, part in form.items() for name, value in flat(part, f"{at}/{key}").items()}
    if isinstance(form, list) and all(isinstance(each, str) for each in form):
        return {at: "\n".join(form)}
    if isinstance(form, bool):
        return {at: "yes" if form else "no"}
    return {at: str(form)}


@asynccontextmanager
async def window_of(world: World, state_dir: Path, **over: Any) -> AsyncIterator[Window]:
    socket = listen("127.0.0.1", 0)
    settings = load(
        state_dir=state_dir,
        **{
            "profile": "demo",
            "server": {"port": socket.getsockname()[1]},
            "gateway": {"url": world.url},
            "sign_in": {"person": {"client_id": "demo-window"}, "agent": {"client_id": "demo-agent"}},
            **over,
        },
    )
    app: Any = application(settings)
    async with running(app, socket):
        found = Window(settings.origin, settings, world)
        try:
            yield found
        finally:
            for each in found.visitors:
                await each.aclose()


def shared_window(**over: Any) -> Any:
    """A fixture `window` in front of the module's `world` (see `tests.acceptance.shared`)."""

    @pytest_asyncio.fixture(scope="module", loop_scope="module")
    async def window(world: World) -> AsyncIterator[Window]:
        async with window_of(world, world.state_dir, **over) as found:
            yield found

    return window

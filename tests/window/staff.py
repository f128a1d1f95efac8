"""The window in front of a gateway with its sandboxes, and somebody who signs in to it as a browser does."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from gateway.sandbox.serve import listen, running
from tests.acceptance.conftest import World, world_in
from tests.waiting import PATIENCE
from window.app import application
from window.settings import GatewayAddress, Server, Sessions, SignIn, WindowSettings

CLIENTS = {
    "person": "demo-window",
    "agent": "demo-agent",
    "auditor": "demo-auditors",
    "operator": "demo-operators",
    "agency": "demo-agencies",
}
LOGINS = {"person": "AB123456", "agent": "nadia", "auditor": "hassan", "operator": "karima", "agency": "driss"}


@dataclass
class Visitor:
    """A browser with its cookies; without scripts."""

    url: str
    web: httpx.AsyncClient
    language: str = "en"

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.web.get(self.url + path, headers={"Accept-Language": self.language}, **more)

    async def post(self, path: str, page: httpx.Response, **fields: str) -> httpx.Response:
        """Send a form of `page`, with what is hidden in it."""
        form = re.search(rf'<form(?![^>]* method="get")[^>]*action="{re.escape(path)}".*?</form>', page.text, re.DOTALL)
        assert form is not None, page.text
        hidden = {
            name: unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[0])
        }
        headers = {"Origin": self.url, "Accept-Language": self.language}
        return await self.web.post(self.url + path, data={**hidden, **fields}, headers=headers)

    async def sign_in(self, role: str, login: str = "", to: str = "/") -> httpx.Response:
        asked = await self.get(f"/sign-in/start?as={role}&to={to}", follow_redirects=False)
        assert asked.status_code == 303, asked.text
        provider = asked.headers["location"]
        demand = {name: values[0] for name, values in parse_qs(urlsplit(provider).query).items()}
        chosen = await self.web.post(
            provider.partition("?")[0], data={**demand, "cnie": login or LOGINS[role]}, follow_redirects=False
        )
        assert chosen.status_code == 303, chosen.text
        return await self.web.get(chosen.headers["location"], headers={"Accept-Language": self.language})


@dataclass
class Windowed:
    world: World
    url: str

    @asynccontextmanager
    async def visitor(self, role: str = "", login: str = "", language: str = "en") -> AsyncIterator[Visitor]:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE, follow_redirects=True) as web:
            found = Visitor(self.url, web, language)
            if role:
                assert (await found.sign_in(role, login)).status_code == 200
            yield found


@asynccontextmanager
async def windowed(folder: Path, **over: Any) -> AsyncIterator[Windowed]:
    front = listen("127.0.0.1", 0)
    port = front.getsockname()[1]
    async with world_in(folder / "state", "", **over) as world:
        settings = WindowSettings(
            profile="demo",
            state_dir=folder,
            server=Server(port=port),
            gateway=GatewayAddress(url=world.url),
            sessions=Sessions(store_url=f"sqlite:///{folder}/window.sqlite"),
            sign_in={role: SignIn(client_id=client) for role, client in CLIENTS.items()},
        )
        async with running(application(settings), front):
            yield Windowed(world, f"http://127.0.0.1:{port}")

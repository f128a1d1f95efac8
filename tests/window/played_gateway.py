"""The window in front of a gateway and an identity provider that the test itself plays, without sockets: cheap."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from tests.window.served_window import form_of
from window.app import application
from window.identity_provider import IdentityProviders
from window.session.model import Session, SessionData, Tokens
from window.session.store import SessionStore
from window.settings import WindowSettings, load
from window.sign_in import SignInService

COOKIE: Final = "window-session"
ROLES: Final = ("person", "agent", "auditor", "operator", "agency")

Answer = Callable[[httpx.Request], httpx.Response | None]
"""None: the gateway has nothing at that address."""


@dataclass
class Played:
    settings: WindowSettings
    store: SessionStore
    web: httpx.AsyncClient
    """A browser without scripts; it follows no redirect by itself."""
    sign_in: SignInService
    app: Any
    calls: list[httpx.Request] = field(default_factory=list)
    """What the window asked the gateway and the identity provider, in its order."""

    async def session(self, role: str = "person", **data: Any) -> Session:
        """Signs in, without the way through a provider. The browser has its cookie from now on."""
        tokens = Tokens(access="access", access_expires=time.time() + 600, refresh="refresh")
        session = Session.new(SessionData(**{"role": role, "owner": "o" * 32, "tokens": tokens, **data}))
        await self.store.add(session)
        self.web.cookies.set(COOKIE, session.key, domain=self.settings.server.host)
        return session

    async def send(self, page: httpx.Response, action: str, **fields: str) -> httpx.Response:
        """Posts a form of `page` as a browser does."""
        return await self.web.post(action, data={**form_of(page.text, action), **fields}, headers=self.ours())

    def ours(self) -> dict[str, str]:
        """What a browser says of a post from a page of the window."""
        return {"Origin": self.settings.origin, "Sec-Fetch-Site": "same-origin"}

    def asked(self, method: str, path: str) -> list[httpx.Request]:
        return [each for each in self.calls if (each.method, each.url.path) == (method, path)]


def told(body: Any, status: int = 200, **headers: str) -> httpx.Response:
    """An answer of the API."""
    sent = {"call-id": "call_" + "0" * 26, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return httpx.Response(status, json=body, headers=sent)


def listed(*data: Any) -> httpx.Response:
    return told({"object": "list", "data": list(data), "has_more": False, "next_cursor": None})


def refused(status: int, code: str, origin: str = "gateway", **more: Any) -> httpx.Response:
    """A problem document."""
    body = {"code": code, "title": "T", "detail": "D", "remedy": "R", "origin": origin, "status": status}
    answer = told({**body, "retry_safe": True, "call_id": "call_" + "0" * 26, **more}, status)
    answer.headers["content-type"] = "application/problem+json"
    return answer


@asynccontextmanager
async def played(folder: Path, answer: Answer, **over: Any) -> AsyncIterator[Played]:
    settings = load(
        state_dir=folder,
        **{"profile": "demo", "sign_in": {role: {"client_id": f"demo-{role}"} for role in ROLES}, **over},
    )
    store = SessionStore(settings)
    await store.open()
    calls: list[httpx.Request] = []

    def answered(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        found = answer(request)
        return found if found is not None else refused(404, "not_found")

    http = httpx.AsyncClient(base_url=settings.gateway.url, transport=httpx.MockTransport(answered))
    app: Any = application(settings, http=http)
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url=settings.origin,
            headers={"Accept-Language": "en"},
        ) as web:
            yield Played(
                settings, store, web, SignInService(settings, IdentityProviders(settings, http), store), app, calls
            )
    finally:
        await http.aclose()
        await store.close()

"""Composition root of the window: settings in, ASGI application out."""

from __future__ import annotations

import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import httpx
from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ASGIApp

from window import pages
from window.addresses import repeated
from window.compression import COMPRESSION
from window.forbidden import check_posts
from window.identity_provider import IdentityProviders
from window.middleware import VisitMiddleware
from window.problems import HANDLERS
from window.provider_logout import ProviderLogoutService
from window.rendering import Renderer
from window.request_body import WindowRequest
from window.session.store import SessionStore
from window.settings import WindowSettings
from window.sign_in import SignInService
from window.visit import Services, Visit


def application(settings: WindowSettings, *, http: httpx.AsyncClient | None = None) -> ASGIApp:
    """`http`: for tests; else one with the gateway's address."""
    calls = http or _client(settings, settings.gateway.connections)
    streams = http or _client(settings, settings.gateway.streams)
    store = SessionStore(settings)
    providers = IdentityProviders(settings, calls)
    services = Services(
        settings=settings,
        renderer=Renderer(settings),
        store=store,
        sign_in=SignInService(settings, providers, store),
        provider_logout=ProviderLogoutService(settings, providers, store),
        http=calls,
        streams=streams,
    )

    @asynccontextmanager
    async def running(_: Litestar) -> AsyncIterator[None]:
        await store.open()
        try:
            yield
        finally:
            await store.close()
            if http is None:
                await calls.aclose()
                await streams.aclose()

    litestar = Litestar(
        routes(),
        dependencies={"visit": Provide(visit_of, sync_to_thread=False)},
        before_request=before,
        exception_handlers=HANDLERS,
        lifespan=[running],
        openapi_config=None,
        logging_config=None,
        request_class=WindowRequest,
        request_max_body_size=settings.server.body_bytes,
        compression_config=COMPRESSION,
        state=State({"services": services}),
    )
    return VisitMiddleware(litestar, services)


def _client(settings: WindowSettings, connections: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=settings.gateway.url,
        timeout=settings.gateway.timeout_seconds,
        limits=httpx.Limits(max_connections=connections),
        follow_redirects=False,
        trust_env=False,
    )


def routes() -> list[Any]:
    """`ROUTES` of each module in `window.pages`, however deep."""
    found: list[Any] = []
    for module in pkgutil.walk_packages(pages.__path__, "window.pages."):
        found += getattr(import_module(module.name), "ROUTES", [])
    return found


async def before(request: Request[Any, Any, State]) -> None:
    visit, query = visit_of(request), request.scope["query_string"].decode("ascii", "replace")
    visit.path = repeated(request.scope["path"], query, request.route_handler)
    await check_posts(request)


def visit_of(request: Request[Any, Any, State]) -> Visit:
    visit: Visit = request.scope["state"]["visit"]
    return visit

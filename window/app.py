"""Composition root of the window: settings in, ASGI application out."""

from __future__ import annotations

import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import httpx
from litestar import Litestar, Request
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ASGIApp

from window import pages
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

_COMPRESSED_FROM = 500
_AS_IT_IS = ["^/static/", "/live$"]
"""Compressed beforehand, or told as it happens."""


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
        before_request=check_posts,
        exception_handlers=HANDLERS,
        lifespan=[running],
        openapi_config=None,
        logging_config=None,
        request_class=WindowRequest,
        request_max_body_size=settings.server.body_bytes,
        compression_config=CompressionConfig(backend="gzip", minimum_size=_COMPRESSED_FROM, exclude=_AS_IT_IS),
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


def visit_of(request: Request[Any, Any, State]) -> Visit:
    visit: Visit = request.scope["state"]["visit"]
    return visit

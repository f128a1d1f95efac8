"""Answers that lie ready as they are sent, given without the framework.

For a GET without a query whose answer is prepared, the framework would look for the route, read parameters that are not
there, and encode headers that are always the same: half of such a call. Here the route's guard runs as it does there,
once; what it refuses, and every call whose answer is not ready, goes on to the framework, which knows of the outcome.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Litestar, Response
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from gateway.api.http.access import ADMITTED, NONCE, Admission, AnyConnection

_HOST: Final = re.compile(rb"[0-9A-Za-z._:\[\]-]*")
"""A `Host` that the framework would not refuse; whether it takes another one is left to it."""
_NO_REQUEST: Final[Any] = None
"""The framework asks for the request, and looks at nothing of it."""


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @classmethod
    def of(cls, response: Response[Any]) -> ReadyAnswer:
        """As the framework sends it."""
        made = response.to_asgi_response(None, _NO_REQUEST)
        return cls(made.status_code, tuple(made.encode_headers()), bytes(made.body))


Prepared = Callable[[AnyConnection], ReadyAnswer | None]
"""The answer to an admitted call of one route; None if it is to be made for this call."""


class ReadyAnswers:
    """The routes, and before them what lies `ready`, by path."""

    def __init__(self, routes: Litestar, admission: Admission, ready: Mapping[str, Prepared]) -> None:
        self._routes: ASGIApp = routes
        self._admission = admission
        self._ready = {path: (_handler(routes, path), prepared) for path, prepared in ready.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] == "GET" and not scope["query_string"]:
            found = self._ready.get(scope["path"])
            if found is not None and not scope.get("root_path") and _plain_host(scope):
                answer = await self._answer(scope, *found)
                if answer is not None:
                    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
                    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
                    return
        await self._routes(scope, receive, send)

    async def _answer(self, scope: HTTPScope, handler: BaseRouteHandler, prepared: Prepared) -> ReadyAnswer | None:
        scope["path_params"] = {}
        connection: AnyConnection = ASGIConnection(scope)
        try:
            await self._admission(connection, handler)
        except Exception as refused:  # the framework answers it, like every other
            scope["state"][ADMITTED] = refused
            return None
        scope["state"][ADMITTED] = None
        return None if NONCE in scope["state"] else prepared(connection)  # that header is different each time


def _plain_host(scope: HTTPScope) -> bool:
    """The framework looks at the first one."""
    return all(_HOST.fullmatch(value) for name, value in scope["headers"] if name == b"host")


def _handler(routes: Litestar, path: str) -> BaseRouteHandler:
    """The handler of GET. Raises `ValueError`."""
    for route in routes.routes:
        if isinstance(route, HTTPRoute) and route.path == path:
            return route.route_handler_map["GET"][0]
    raise ValueError(f"nothing is read at {path}")

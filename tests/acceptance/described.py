"""Holds each answer that a test gets against what its route says of itself (`gateway.api.http.described`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
from litestar import Litestar

from gateway.api.http.codes import CODES
from gateway.api.http.described import problems_of
from gateway.app import Gateway

_hooks: list[DescribedProblems] = []


def describe_problems(gateway: Gateway) -> DescribedProblems:
    """The hook, made once a process: every gateway has the same routes."""
    if not _hooks:
        _hooks.append(DescribedProblems(gateway.routes()))
    return _hooks[0]


class DescribedProblems:
    """A hook for an HTTP client. It fails a test that is answered with a problem which its route does not name."""

    def __init__(self, app: Litestar) -> None:
        self._routes = sorted(_routes(app), key=lambda route: route[1].count("{"))

    async def __call__(self, response: httpx.Response) -> None:
        if response.headers.get("content-type") != "application/problem+json" or response.request.method == "HEAD":
            return
        await response.aread()
        code = response.json()["code"]
        code = code if code in CODES else "portal_refused"  # in its own word
        method, path = response.request.method, response.request.url.path
        for taken, _, pattern, name, codes in self._routes:
            if taken == method and pattern.fullmatch(path):
                assert code in codes, f"{name} answers {code}: name it in `problems` of the route's decorator"
                return


def _routes(app: Litestar) -> Iterator[tuple[str, str, re.Pattern[str], str, frozenset[str]]]:
    for route in app.routes:
        path = re.sub(r"\{\w+:(\w+)\}", r"{\1}", route.path)
        pattern = re.compile(re.sub(r"\{(\w+)\}", lambda each: ".+" if each[1] == "path" else "[^/]+", path))
        for handler in getattr(route, "route_handlers", ()):
            if not handler.operation_id or not handler.include_in_schema:
                continue
            codes = frozenset({*problems_of(handler), "method_not_allowed"})
            for method in handler.http_methods:
                yield method, path, pattern, str(handler.operation_id), codes

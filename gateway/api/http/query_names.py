"""Refuse query parameters that a route does not know, by name: a misspelt filter would otherwise filter nothing."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from litestar import Litestar
from litestar.handlers import BaseRouteHandler

from gateway.api.http.problems import FieldError, Problem

_KEY: Final = "query_names"
_UNDER: Final = ("/v1/", "/audit/")
"""Pages for people take what links bring along."""
_MOST: Final = 100
"""Parameters of one request, known or not."""
_NAMED: Final = 5
"""So many are named in a refusal, each shortened to `_SHOWN` characters."""
_SHOWN: Final = 64


def note_query_names(app: Litestar) -> None:
    """Write the names that each route takes into its handler's `opt`."""
    for route in app.routes:
        for handler, model in getattr(route, "route_handler_map", {}).values():
            if route.path.startswith(_UNDER):
                handler.opt[_KEY] = frozenset(each.field_alias for each in model.expected_query_params)


def require_known_query(handler: BaseRouteHandler, query: bytes) -> None:
    """Raises `Problem` for parameters that the route does not take."""
    known: frozenset[str] | None = handler.opt.get(_KEY)
    if known is None or not query:
        return
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        raise Problem("invalid_request") from None
    given = dict.fromkeys(name for name, _ in pairs)
    unknown = [name for name in given if name not in known]
    if unknown:
        errors = [FieldError(f"/{_pointer(name)}", "additionalProperties") for name in unknown[:_NAMED]]
        raise Problem("invalid_request", errors=errors)


def _pointer(name: str) -> str:
    """As a reference token of a JSON pointer (RFC 6901)."""
    return name[:_SHOWN].replace("~", "~0").replace("/", "~1")

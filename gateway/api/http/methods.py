"""HEAD wherever there is GET (RFC 9110, section 9.3.2), and an `Allow` that says what an address takes.

The application sees a GET; the HTTP server knows that the request was HEAD and sends no content. An export is not made
to be thrown away, so it has no HEAD; of an event stream the list of events is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.types import HTTPScope

_WITHOUT_HEAD: Final = "/audit/export"


def as_get(scope: HTTPScope) -> HTTPScope:
    """The scope that the application sees."""
    if scope["method"] != "HEAD" or scope["path"].startswith(_WITHOUT_HEAD):
        return scope
    headers = [(name, value) for name, value in scope["headers"] if name != b"accept" or b"event-stream" not in value]
    return {**scope, "method": "GET", "headers": headers}


def methods_of(app: Litestar) -> dict[str, bytes]:
    """What each address takes, by its template. Litestar's own answer to OPTIONS names the methods of the handler alone
    that was registered first."""
    return {
        route.path_format: ", ".join(sorted(route.methods)).encode()
        for route in app.routes
        if isinstance(route, HTTPRoute)
    }


def with_true_allow(
    headers: Iterable[tuple[bytes, bytes]], scope: HTTPScope, methods: Mapping[str, bytes]
) -> list[tuple[bytes, bytes]]:
    """`Allow` names all that the address takes, HEAD with GET."""
    return [
        (name, _with_head(methods.get(scope.get("path_template", ""), value)) if name.lower() == b"allow" else value)
        for name, value in headers
    ]


def _with_head(allow: bytes) -> bytes:
    methods = {each.strip() for each in allow.split(b",")}
    return b", ".join(sorted({*methods, b"HEAD"})) if b"GET" in methods else allow

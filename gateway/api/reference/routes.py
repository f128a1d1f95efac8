"""`/docs`: the reference of the API as a page. Everything on it comes from the gateway itself."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from litestar import Controller, MediaType, Response, get
from litestar.params import FromPath

from gateway.api.http.access import Call
from gateway.api.http.problems import Problem
from gateway.api.http.route_rules import PUBLIC, RouteRule
from gateway.api.http.writes import unchanged

_ASSETS: Final = Path(__file__).parent / "assets"
_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".txt": "text/plain"}
_HEADERS: Final = {
    # Redoc writes style elements and searches in a worker that it makes itself.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=3600",
}


class ReferenceController(Controller):
    path = "/docs"
    include_in_schema = False

    @get("", rule=RouteRule(scope=PUBLIC, operation="reference.page"))
    async def page(self) -> Response[str]:
        return Response(_page(), media_type=MediaType.HTML, headers={**_HEADERS, "Content-Language": "en"})

    @get("/{name:str}", rule=RouteRule(scope=PUBLIC, operation="reference.asset", rate="free"))
    async def asset(self, request: Call, name: FromPath[str]) -> Response[bytes | None]:
        kind = _TYPES.get(Path(name).suffix)
        if kind is None or name not in _names():
            raise Problem("not_found")
        content, packed, tag = _content(name)
        headers = {**_HEADERS, "ETag": tag, "Vary": "Accept-Encoding"}
        if unchanged(request, tag):
            return Response(None, status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(packed, media_type=kind, headers={**headers, "Content-Encoding": "gzip"})
        return Response(content, media_type=kind, headers=headers)


@cache
def _page() -> str:
    return (_ASSETS / "page.html").read_text(encoding="utf-8")


@cache
def _names() -> frozenset[str]:
    return frozenset(each.name for each in _ASSETS.iterdir() if each.suffix != ".html")


@cache
def _content(name: str) -> tuple[bytes, bytes, str]:
    """As it is, compressed, and its `ETag`: made once a process, in some fifty milliseconds."""
    content = (_ASSETS / name).read_bytes()
    return content, gzip.compress(content, 6, mtime=0), f'"{hashlib.sha256(content).hexdigest()[:32]}"'

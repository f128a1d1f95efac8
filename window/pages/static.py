"""Files that every page may name, and whether the window is alive."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from window.visit import Visit


@get("/static/{name:path}", sync_to_thread=False)
def static(request: Request[Any, Any, State], visit: Visit, name: FromPath[str]) -> Response[bytes]:
    asset = visit.services.renderer.assets.find(str(name).lstrip("/"))
    if asset is None:
        raise NotFoundException
    known = request.query_params.get("v") == asset.etag
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if known else "public, max-age=60",
        "ETag": f'"{asset.etag}"',
        "Vary": "Accept-Encoding",
    }
    squeezed = asset.compressed is not None and "gzip" in request.headers.get("accept-encoding", "")
    if squeezed:
        headers["Content-Encoding"] = "gzip"
    body = asset.compressed if squeezed and asset.compressed else asset.body
    return Response(body, media_type=asset.media_type, headers=headers)


@get("/health", sync_to_thread=False)
def health() -> dict[str, str]:
    return {"status": "up"}


ROUTES = [static, health]

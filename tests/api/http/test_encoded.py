"""An encoded answer is sent like the framework's."""

from __future__ import annotations

import httpx
import pytest
from litestar import Litestar, MediaType, Response, get

from gateway.api.http.encoded import Encoded

TOLD = {"Cache-Control": "no-store", "ETag": '"1"', "Content-Language": "fr"}


@pytest.mark.parametrize(
    ("status", "body", "media_type"),
    [
        (200, b'{"a":1}', MediaType.JSON),
        (201, b"", MediaType.JSON),
        (409, b'"caf\xc3\xa9"', MediaType.JSON),
        (200, "<p>é</p>".encode(), MediaType.HTML),
        (204, b"", MediaType.JSON),
    ],
)
async def test_encoded_answer_is_like_the_framework_s(status: int, body: bytes, media_type: MediaType) -> None:
    @get("/ours", status_code=200)
    async def ours() -> Response[bytes]:
        return Encoded(body, TOLD, status=status, media_type=media_type)

    @get("/theirs", status_code=200)
    async def theirs() -> Response[bytes]:
        return Response(body, status_code=status, media_type=media_type, headers=TOLD)

    app = Litestar([ours, theirs], openapi_config=None, logging_config=None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.example") as web:  # type: ignore[arg-type]
        mine, framework = await web.get("/ours"), await web.get("/theirs")
    assert (mine.status_code, mine.content) == (framework.status_code, framework.content)
    assert sorted(mine.headers.multi_items()) == sorted(framework.headers.multi_items())

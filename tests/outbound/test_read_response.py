"""An answer that came whole is the one that httpx would make of its content."""

from __future__ import annotations

import httpx
import pytest

from gateway.outbound.wire import read_response

JSON = (b"Content-Type", b"application/json; charset=utf-8")


@pytest.mark.parametrize("content", [b"", b'{"name":"\xd9\x84\xd9\x8a\xd9\x84\xd9\x89"}'])
@pytest.mark.parametrize(
    "headers",
    [
        [],
        [JSON],
        [JSON, (b"CONTENT-LENGTH", b"20")],
        [JSON, (b"transfer-encoding", b"chunked"), (b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2")],
        [JSON, (b"Content-Encoding", b"identity")],
    ],
)
async def test_an_answer_is_what_httpx_would_make_of_it(content, headers):
    extensions = {"http_version": b"HTTP/1.1", "reason_phrase": b"Fine"}
    wanted = httpx.Response(203, headers=headers, content=content, extensions=extensions)
    own = read_response(203, headers, content, reason=b"Fine")
    for name in ("status_code", "reason_phrase", "http_version", "content", "text", "encoding", "is_closed"):
        assert getattr(own, name) == getattr(wanted, name), name
    assert own.headers.raw == wanted.headers.raw
    assert vars(own).keys() <= vars(wanted).keys() | {"_decoder"}
    assert (await own.aread(), own.read()) == (content, content)
    assert [piece async for piece in own.aiter_bytes()] == [piece async for piece in wanted.aiter_bytes()]
    with pytest.raises(httpx.StreamConsumed):
        [piece async for piece in own.aiter_raw()]

"""What the compression of answers remembers between calls."""

from __future__ import annotations

from gateway.api.http.compression import _told, compressed

TEXT = [(b"content-type", b"application/json"), (b"etag", b'"1"')]


async def test_headers_of_an_answer_to_one_are_not_remembered() -> None:
    _told.cache_clear()
    assert await compressed(200, [*TEXT, (b"Cache-Control", b"private, no-store")], b"{}", "gzip") is None
    assert _told.cache_info().currsize == 0
    assert await compressed(200, [*TEXT, (b"cache-control", b"public, max-age=10")], b"{}", "gzip") is not None
    assert _told.cache_info().currsize == 1

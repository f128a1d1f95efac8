"""Answers as gzip (RFC 9110, section 8.4.1), for what is the same for everybody and nothing else.

The length of a compressed answer tells what of it repeats: with somebody's secret and a text of the attacker's in one
answer, that gives the secret away (BREACH). So a route says that its answers are about nobody (`RouteRule.compress`),
and an answer that is `private` after all, such as a form with a person's prefill, is sent as it is. Why so:
docs/decisions/compression.md.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from gateway.api.http.accept_encoding import accepts_gzip

Headers = list[tuple[bytes, bytes]]

_TEXT: Final = (
    b"application/json",
    b"application/vnd.oai.openapi",
    b"application/yaml",
    b"application/javascript",
    b"image/svg+xml",
    b"text/",
)
_LEVEL: Final = 5
_AT_ONCE: Final = 16_384
"""Bytes that are compressed in half a millisecond; more go to a thread."""
_KEPT: Final = 16
"""Large answers that are kept as they are sent, by their content: the catalogue's lists and pages come again."""
_UNENCODED: Final = frozenset({b"content-length", b"content-encoding", b"etag", b"vary"})


async def compressed(
    status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, accept: str
) -> tuple[Headers, bytes] | None:
    """Headers and body as they are sent; None to send them as they are, which the caller may have to say varies."""
    given = {name.lower(): value for name, value in headers}
    if b"content-encoding" in given or b"private" in given.get(b"cache-control", b""):
        return None
    if status != 200 or not given.get(b"content-type", b"").startswith(_TEXT):
        return None
    told = [(name, value) for name, value in headers if name.lower() not in _UNENCODED]
    varies = ", ".join(filter(None, (given.get(b"vary", b"").decode("latin-1"), "Accept-Encoding"))).encode("latin-1")
    tag = given.get(b"etag")
    if not accepts_gzip(accept):
        kept = [(b"etag", tag)] if tag else []
        return [*told, (b"vary", varies), *kept, (b"content-length", b"%d" % len(body))], body
    packed = await (asyncio.to_thread(_kept, body) if len(body) > _AT_ONCE else _now(body))
    if tag:  # another representation has another strong tag (RFC 9110, section 8.8.3.3): a weak one is true of both
        told.append((b"etag", tag if tag.startswith(b"W/") else b"W/" + tag))
    told += [(b"vary", varies), (b"content-encoding", b"gzip"), (b"content-length", b"%d" % len(packed))]
    return told, packed


async def _now(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


@lru_cache(maxsize=_KEPT)
def _kept(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)

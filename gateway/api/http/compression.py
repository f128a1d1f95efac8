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
_KEPT_HEADERS: Final = 256
_UNENCODED: Final = frozenset({b"content-length", b"content-encoding", b"etag", b"vary"})


async def compressed(
    status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, accept: str
) -> tuple[Headers, bytes] | None:
    """Headers and body as they are sent to a client that takes `accept`; None for an answer that is the same for all.

    Another representation has another strong `ETag` (RFC 9110, section 8.8.3.3): the weak one is true of both, and 304
    has the one that 200 would have."""
    given, packs = tuple(headers), accepts_gzip(accept)
    if any(b"private" in value for name, value in given if name.lower() == b"cache-control"):
        return None  # before anything of it is remembered
    told = _told(status, given, packs=packs)
    if told is None:
        return None
    if status == 304:
        return [*told], body
    if packs:
        body = await _kept(body) if len(body) > _AT_ONCE else _packed(body)
    return [*told, (b"content-length", b"%d" % len(body))], body


@lru_cache(maxsize=_KEPT_HEADERS)
def _told(status: int, headers: tuple[tuple[bytes, bytes], ...], *, packs: bool) -> Headers | None:
    """The headers but `Content-Length`; None if the answer is not one to compress."""
    given = {name.lower(): value for name, value in headers}
    if b"content-encoding" in given:
        return None
    if status != 304 and (status != 200 or not given.get(b"content-type", b"").startswith(_TEXT)):
        return None
    tag = given.get(b"etag", b"")
    told = [(name, value) for name, value in headers if name.lower() not in _UNENCODED]
    told.append((b"vary", b", ".join(filter(None, (given.get(b"vary"), b"Accept-Encoding")))))
    if tag:
        told.append((b"etag", b"W/" + tag if packs and not tag.startswith(b"W/") else tag))
    if packs and status != 304:
        told.append((b"content-encoding", b"gzip"))
    return told


def _packed(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


_large: Final[dict[bytes, bytes]] = {}
"""What was compressed last, by what it was made of. For one event loop."""


async def _kept(body: bytes) -> bytes:
    packed = _large.pop(body, None)
    if packed is None:
        packed = await asyncio.to_thread(_packed, body)
    _large[body] = packed  # the last one is the latest
    while len(_large) > _KEPT:
        del _large[next(iter(_large))]
    return packed

"""Which answers are sent compressed: those whose length says nothing to anybody (`docs/decisions/compression.md`)."""

from __future__ import annotations

from typing import Final

from litestar.config.compression import CompressionConfig
from litestar.middleware.compression import CompressionMiddleware
from litestar.types import Receive, Scope, Send

from window.visit import PageVisit

_FROM_BYTES: Final = 500
_AS_IT_IS: Final = ["^/static/", "/live$"]
"""Compressed beforehand, or told as it happens."""
_OURS: Final = "same-origin"


def is_safe(cookie: str, fetch_site: str) -> bool:
    """Whether the length of the answer may depend on what repeats in it. With a session what is in it is hers: then
    only if the browser says that a page of ours asked. An address from elsewhere may hold what somebody guesses of her,
    and he may see how long the answer is (BREACH)."""
    return not cookie or fetch_site == _OURS


class _PageCompression(CompressionMiddleware):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit: PageVisit = scope["state"]["visit"]
        if visit.compressed:
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


COMPRESSION: Final = CompressionConfig(
    backend="gzip", minimum_size=_FROM_BYTES, exclude=_AS_IT_IS, middleware_class=_PageCompression
)

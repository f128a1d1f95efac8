"""Requests as the routes get them: bodies that are late, cut off, mislabelled or malformed end in a problem."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, Final

from litestar import Request
from litestar.exceptions import InternalServerException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from gateway.api.backend import Backend
from gateway.api.problems import Problem

JSON: Final = "application/json"
MULTIPART: Final = "multipart/form-data"

_DEEPEST: Final = 64
"""Levels of JSON, more than any form may have: what is deeper would end the interpreter's stack later on."""


class Incoming(Request[Any, Any, Any]):
    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body, complete within the time of a call: a sender that stops half-way must not keep its place."""
        backend: Backend = self.app.state.backend
        chunks = super().stream()
        limits = backend.settings.server
        deadline = asyncio.get_running_loop().time() + limits.call_seconds
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise Problem("request_timeout", headers={"Connection": "close"}) from None
            except InternalServerException:
                raise Problem("invalid_request") from None  # the client has gone; nobody reads this
            except RequestEntityTooLarge:
                with contextlib.suppress(TimeoutError):
                    await self._discard(2 * limits.max_attachment_bytes, deadline)
                raise
            yield chunk

    async def _discard(self, most: int, deadline: float) -> None:
        """Read on: closing on a sender in mid-sentence would reset the connection, and lose the answer with it."""
        async with asyncio.timeout_at(deadline):
            while most > 0:
                message = await self.receive()
                if message["type"] != "http.request" or not message["more_body"]:
                    return
                most -= len(message["body"])

    async def json(self) -> Any:
        named = self.content_type[0]
        if named not in ("", JSON):
            raise Problem("unsupported_media_type")
        try:
            value = await super().json()
        except (RecursionError, UnicodeDecodeError):
            raise Problem("malformed_json") from None
        if _too_deep(value):
            raise Problem("malformed_json")
        return value


def _too_deep(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_DEEPEST):
        if not level:
            return False
        members = (inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer))
        level = [inner for inner in members if isinstance(inner, dict | list)]
    return True

"""Requests as the routes get them: bodies that are late, cut off, mislabelled or malformed end in a problem."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, Final

from litestar import Request
from litestar.exceptions import InternalServerException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.serialization import decode_json
from litestar.types import Empty

from gateway.api.http.problems import Problem
from gateway.json_members import repeats
from gateway.settings import Server

JSON: Final = "application/json"
MULTIPART: Final = "multipart/form-data"

_LARGE: Final = 16_384
"""Size of JSON from which on it is parsed in a thread: it would block the event loop for milliseconds."""

_DEEPEST: Final = 64
"""Levels of JSON, more than any form may have: deeper values would exhaust the interpreter's stack later on."""


class BoundedRequest(Request[Any, Any, Any]):
    @property
    def _limits(self) -> Server:
        limits: Server = self.app.state.limits
        return limits

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body, which must be complete within the time limit, so that a stalled sender holds no resources."""
        chunks, limits = super().stream(), self._limits
        deadline = asyncio.get_running_loop().time() + limits.body_seconds
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
        """Read the rest of the body: closing the connection while the client still sends would reset it and lose the
        response."""
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
        body = await self.body()
        # Counted before anything is read: a megabyte of empty lists is a third of a second of the event loop.
        # A comma begins a value beside another, a bracket one inside another: both are counted, also in a text.
        if sum(map(body.count, (b",", b"[", b"{"))) > self._limits.max_json_values:
            raise Problem("body_too_large")
        if self._json is Empty:
            large = len(body) > _LARGE
            self._json = await asyncio.to_thread(self._read, body) if large else self._read(body)
        return self._json

    def _read(self, body: bytes) -> Any:
        try:
            value = decode_json(body or b"null", type_decoders=self.route_handler.type_decoders)
        except (RecursionError, UnicodeDecodeError):
            raise Problem("malformed_json") from None
        if _too_deep(value) or repeats(body):
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

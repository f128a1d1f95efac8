"""The few answers that the host itself gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

import msgspec

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def answer(send: Send, status: int, body: bytes, media_type: str) -> None:
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def json(send: Send, value: Any, status: int = 200) -> None:
    await answer(send, status, msgspec.json.encode(value), "application/json")


async def problem(send: Send, status: int, code: str, detail: str) -> None:
    """RFC 9457."""
    body = {"title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    await answer(send, status, msgspec.json.encode(body), "application/problem+json")

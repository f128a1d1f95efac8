"""A portal that tells the gateway something by itself: rounds beside the requests, for as long as the stand-in runs."""

from __future__ import annotations

import asyncio
import contextvars
import ipaddress
import ssl
from contextlib import suppress
from typing import Final

import httpx
from litestar.types import ASGIApp, Receive, Scope, Send

ANSWER_SECONDS: Final = 10.0


class NoticeSender:
    """Base. `go_round` sends what is due and returns after how many seconds to go round again; None: when `wake` is
    called. What waits is kept in a table of the subclass, so that a restart loses nothing. Times are real seconds."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._client: httpx.AsyncClient | None = None
        self._rounds: asyncio.Task[None] | None = None

    async def go_round(self) -> float | None:
        raise NotImplementedError

    def wake(self) -> None:
        self._news.set()

    def start(self) -> None:
        """Begin the rounds. Called at start-up, or by the first request where the host has no start-up."""
        if self._client is None:
            untrusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # plain HTTP only: no trust store to load
            self._client = httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, verify=untrusting)
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.create_task(self._go_on(), context=contextvars.Context())

    async def stop(self) -> None:
        if self._rounds is None or self._client is None:
            return
        self._rounds.cancel()
        with suppress(asyncio.CancelledError):
            await self._rounds
        await self._client.aclose()
        self._rounds = self._client = None

    async def post(self, url: str, content: bytes, headers: dict[str, str]) -> str | None:
        """The words of a 2xx answer, None if there is none. Goes to this machine and nowhere else."""
        if self._client is None or not on_loopback(url):
            return None
        try:
            answer = await self._client.post(url, content=content, headers=headers)
        except httpx.HTTPError:
            return None
        return answer.text.strip() if answer.is_success else None

    async def _go_on(self) -> None:
        while True:
            self._news.clear()
            pause = await self.go_round()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):  # unlike wait_for, never eats a cancel
                    await self._news.wait()


class SendingApp:
    """An ASGI application beside which a sender goes its rounds."""

    def __init__(self, app: ASGIApp, sender: NoticeSender) -> None:
        self._app, self._sender = app, sender

    async def startup(self) -> None:
        self._sender.start()

    async def shutdown(self) -> None:
        await self._sender.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._sender.start()
        await self._app(scope, receive, send)


def on_loopback(url: str) -> bool:
    try:
        target = httpx.URL(url)
        if target.scheme != "http":
            return False
        return target.host == "localhost" or ipaddress.ip_address(target.host).is_loopback
    except (httpx.InvalidURL, ValueError):
        return False

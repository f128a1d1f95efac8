"""The sandboxes of a test's world. Each is made when the first request for it comes: nine applications take a quarter
of a second, and most tests meet one or two."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from gateway.sandbox import host
from gateway.sandbox.faults import App, Receive, Scope, Send
from gateway.sandbox.host import Host
from gateway.settings import Settings


class _Late:
    def __init__(self, make: Callable[[], App]) -> None:
        self._make = make
        self._app: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            self._app = self._make()
            await self._tell("startup")
        await self._app(scope, receive, send)

    async def shutdown(self) -> None:
        await self._tell("shutdown")

    async def _tell(self, what: str) -> None:
        method = getattr(self._app, what, None)
        if method is not None:
            await method()


def build(settings: Settings, *, url: str, speed: float, smtp: socket.socket | None = None) -> Host:
    """As the host itself does. Sandboxes that were there before may have something to do by themselves: those are made
    at once."""
    if (settings.state_dir / "sandbox.sqlite").exists():
        return host.build(settings, url=url, speed=speed, smtp=smtp)
    with _late():
        return host.build(settings, url=url, speed=speed, smtp=smtp)


@contextmanager
def _late() -> Iterator[None]:
    at_once = host._sandbox

    def late(*given: Any) -> App:
        return _Late(partial(at_once, *given))

    host._sandbox = late
    try:
        yield
    finally:
        host._sandbox = at_once

"""The fault switchboard: what may go wrong at a portal, applied in front of its sandbox.

`error` 500 or 503 with a JSON body · `hang` no answer until the client goes · `slow` an answer after `seconds` ·
`garbage` 200 with something that is no answer · `reset` the connection is reset before the sandbox sees the request ·
`commit_then_drop` the sandbox does its work, but if that had an effect, the connection is reset instead of answered.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Annotated, Any, Final, Literal

import msgspec

from gateway.sandbox.answers import answer, problem
from gateway.sandbox.context import Store, Table, effects_in_request
from gateway.sandbox.transport import drop

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HANG_SECONDS: Final = 300.0


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mode: Literal["none", "error", "hang", "slow", "garbage", "reset", "commit_then_drop"]
    rate: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    """Share of the requests that it hits."""
    seconds: Annotated[float, msgspec.Meta(ge=0, le=HANG_SECONDS)] = 2.0
    """How long `slow` waits."""


NO_FAULT: Final = Fault(mode="none")


class Switchboard:
    """The faults in force by portal. They survive a restart of the host."""

    def __init__(self, store: Store, seed: int | None = None) -> None:
        self._table = Table(store, "_host", "faults")
        self._faults = {portal: msgspec.convert(doc, Fault) for portal, doc in self._table.items()}
        self._random = random.Random(seed)  # noqa: S311 - chance, not secrecy; a seed repeats a test

    def get(self, portal: str) -> Fault:
        return self._faults.get(portal, NO_FAULT)

    def set(self, portal: str, fault: Fault) -> None:
        self._table.put(portal, msgspec.to_builtins(fault))
        self._faults[portal] = fault

    async def serve(self, portal: str, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Let `app` answer, unless the portal's fault strikes."""
        fault = self.get(portal)
        if fault.mode == "none" or self._random.random() >= fault.rate:
            await app(scope, receive, send)
        elif fault.mode == "error":
            await self._error(receive, send)
        elif fault.mode == "hang":
            await _hang(scope, receive)
        elif fault.mode == "slow":
            await asyncio.sleep(fault.seconds)
            await app(scope, receive, send)
        elif fault.mode == "garbage":
            await self._garbage(receive, send)
        elif fault.mode == "reset":
            await drop(scope, receive)
        else:
            await _commit_then_drop(app, scope, receive, send)

    async def _error(self, receive: Receive, send: Send) -> None:
        await _drain(receive)
        status = self._random.choice((500, 503))
        await problem(send, status, "sandbox_fault", "The switchboard says that this portal fails now.")

    async def _garbage(self, receive: Receive, send: Send) -> None:
        await _drain(receive)
        page, torn, noise = b"<html><h1>Maintenance</h1></html>", b'{"status": "o', self._random.randbytes(64)
        body = self._random.choice((page, torn, noise))
        await answer(send, 200, body, "text/html" if body is page else "application/json")


async def _hang(scope: Scope, receive: Receive) -> None:
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        await drop(scope, receive)


async def _commit_then_drop(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    effects: list[str] = []
    held: list[Message] = []

    async def hold(message: Message) -> None:
        held.append(message)

    token = effects_in_request.set(effects)
    try:
        await app(scope, receive, hold)
    finally:
        effects_in_request.reset(token)
        if effects:
            await drop(scope, receive)
    if not effects:
        for message in held:
            await send(message)


async def _drain(receive: Receive) -> None:
    """Read the request to its end, so that the client can finish sending it."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass

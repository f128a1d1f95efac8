"""Authenticates the gateway to the portal, by the scheme that its manifest names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import httpx

from gateway.connectors.contract import Operation
from gateway.outbound import call_context
from gateway.outbound.call_context import OperationContext
from gateway.outbound.layer import USER_AGENT, Layer

Send = Callable[[httpx.Request], Awaitable[httpx.Response]]

_TOKEN: Final[Operation[[], None]] = Operation("token", idempotent=True)


class Authenticate(Layer):
    """Drives an `httpx.Auth` flow: whatever the flow yields goes through the layers below, each time as an attempt.

    `scheme` makes the flow's owner. It gets a function that sends the scheme's own requests, such as those for a token,
    through the same layers. They have a deadline of their own, because one token serves many calls, and they do not
    count as something that the operation did.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        scheme: Callable[[Send], httpx.Auth],
        portal: str,
        total_seconds: float,
    ) -> None:
        super().__init__(inner)
        self._portal = portal
        self._total = total_seconds
        self._scheme = scheme(self._send_own)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        flow = self._scheme.async_auth_flow(request)
        try:
            request = await anext(flow)
            while True:
                response = await self._inner.handle_async_request(request)
                try:
                    following = await flow.asend(response)
                except StopAsyncIteration:
                    return response
                following.extensions = request.extensions
                request = following
        finally:
            await flow.aclose()

    async def _send_own(self, request: httpx.Request) -> httpx.Response:
        """Raises `httpx.TransportError`, or `TimeoutError` when the portal's total time is over."""
        request.headers.setdefault("user-agent", USER_AGENT)
        deadline = asyncio.get_running_loop().time() + self._total
        async with asyncio.timeout_at(deadline) as scope:
            around = call_context.current.get()
            hops = None if around is None else around.hops  # recorded with the call that needed the token
            call = OperationContext(portal=self._portal, operation=_TOKEN, hops=hops)
            call_context.begin(request, call, deadline=deadline, scope=scope, confidential=True)
            return await self._inner.handle_async_request(request)

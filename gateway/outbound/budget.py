"""The first layer: one deadline for everything that the request causes, waiting and retries included."""

from __future__ import annotations

import asyncio

import httpx

from gateway.outbound import call_context
from gateway.outbound.call_context import UNDECLARED, OperationContext
from gateway.outbound.errors import DeadlineExceeded
from gateway.outbound.layer import Layer


class Budget(Layer):
    """Ends the request when the call's deadline or the portal's total time is reached, whichever comes first.

    The deadline travels in the request's `RequestContext`; `wire` shortens its timeouts by it. Reaching it raises
    `DeadlineExceeded`, which tells whether the portal may have got the request. A request body that comes in pieces is
    read here, so that the layers below can send it again and sign it.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, portal: str, total_seconds: float) -> None:
        super().__init__(inner)
        self._portal = portal
        self._total = total_seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        now = asyncio.get_running_loop().time()
        call = call_context.current.get() or OperationContext(portal=self._portal, operation=UNDECLARED)
        deadline = now + self._total if call.deadline is None else min(call.deadline, now + self._total)
        if deadline <= now:
            raise DeadlineExceeded("no time left before the request", sent=False)
        scope = asyncio.timeout_at(deadline)
        context = call_context.begin(request, call, deadline=deadline, scope=scope)
        try:
            async with scope:
                await hold_body(request)
                return await self._inner.handle_async_request(request)
        except TimeoutError as error:
            raise DeadlineExceeded("no answer within the time for the call", sent=context.sent) from error


async def hold_body(request: httpx.Request) -> None:
    """Read a body that comes in pieces, and say its length in their place."""
    try:
        _ = request.content
    except httpx.RequestNotRead:
        body = await request.aread()
        request.headers.pop("transfer-encoding", None)
        request.headers["content-length"] = str(len(body))

"""Checks the caller's right again, before each attempt that may change something.

A call may wait long for a place, for a token or between two attempts, and a right may end meanwhile. Requests already
sent cannot be recalled; no later one is sent.
"""

from __future__ import annotations

import httpx

from gateway.outbound.call_context import context_of
from gateway.outbound.errors import NotPermitted
from gateway.outbound.layer import Layer


class Permit(Layer):
    """Below `authenticate` and above `sign`: the layers below take no time. Token requests are not checked: they are
    ours.

    Raises `NotPermitted` with the cause that `OperationContext.permit` raised.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        context = context_of(request)
        if context.call.permit is not None and context.unsafe:
            try:
                await context.call.permit()
            except Exception as error:
                raise NotPermitted("no longer permitted") from error
        return await self._inner.handle_async_request(request)

"""Cancel work for a caller who has closed the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.api.http.access import Call
from gateway.api.http.problems import Problem

_Made = TypeVar("_Made")


async def while_there(request: Call, work: Coroutine[Any, Any, _Made]) -> _Made:
    """What `work` gives; it is cancelled when the connection ends. For requests whose body has been read whole.

    Raises `Problem`, which nobody reads, but the record says so.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Problem("request_timeout")
        return working.result()
    finally:
        for each in (working, leaving):
            each.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(request: Call) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass

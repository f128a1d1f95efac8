"""How tasks end when a part of the gateway stops."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any


async def end(task: asyncio.Task[Any] | None) -> None:
    """Cancel the task, if there is one, and wait until it has ended. What it raised is left to asyncio, which reports
    it; a cancellation of the caller is not swallowed."""
    if task is not None:
        task.cancel()
        await asyncio.wait([task])


async def let_end(tasks: Iterable[asyncio.Task[Any]], grace: float) -> set[asyncio.Task[Any]]:
    """Give `tasks` `grace` seconds to end by themselves, then cancel those that are late, which are returned: they have
    as long again to undo what they began."""
    at_work = list(tasks)
    if not at_work:
        return set()
    _, late = await asyncio.wait(at_work, timeout=grace)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=grace)
    return late

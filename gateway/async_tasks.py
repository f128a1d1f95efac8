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


def ends_the_task(error: BaseException) -> bool:
    """The task that is running is being cancelled or closed: nothing that what it awaits has raised by itself. Asked in
    the function that caught the error where it awaits.

    Python closes coroutines from the inside out, and each function gets a `GeneratorExit` of its own."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or task.cancelling() > 0
    trace = error.__traceback__
    return isinstance(error, GeneratorExit) and (trace is None or trace.tb_next is None)

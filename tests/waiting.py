"""How long tests wait for what must come. A condition, never a time, says that it has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

PATIENCE: Final = 120.0
"""Seconds. Only a test that fails waits so long; pytest ends it at 240 (see pyproject.toml)."""


async def eventually(look: Callable[[], Awaitable[T]], *, every: float = 0.02) -> T:
    """What `look` gives once that is true."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await look()):
            await asyncio.sleep(every)
    return found

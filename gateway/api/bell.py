"""Rings when a case changed in this process: event streams need not wait for their next look at the database."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict


class Bell:
    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def ring(self, case_id: str) -> None:
        for event in self._waiting.get(case_id, ()):
            event.set()

    async def wait(self, case_id: str, seconds: float) -> None:
        """Until the case changed here, or `seconds` have passed."""
        event = asyncio.Event()
        self._waiting[case_id].add(event)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await event.wait()
        finally:
            self._waiting[case_id].discard(event)
            if not self._waiting[case_id]:
                del self._waiting[case_id]

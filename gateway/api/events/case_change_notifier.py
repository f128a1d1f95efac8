"""Wakes event streams when there is something for them; until then they cost nothing.

Changes of this process are told. Those of other processes are looked for, once in `seconds` for all streams together,
and only while there are streams.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import structlog

from gateway.auth.mandates import Mandates
from gateway.auth.principal import Principal
from gateway.cases.store import Cases

log = structlog.get_logger()

_LOOK_SECONDS: Final = 1.0


class Watched:
    """A stream's own part: it says which version of the case it has read, and waits."""

    __slots__ = ("_woken", "principal", "version")

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.version = -1
        """Of the case, as read last."""
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    def clear(self) -> None:
        """Before reading: what changes from now on wakes the stream again."""
        self._woken.clear()

    async def wait(self, seconds: float) -> bool:
        """Until there is something to read (true), or `seconds` have passed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.0)):
                await self._woken.wait()
        return self._woken.is_set()


class CaseChangeNotifier:
    def __init__(self, cases: Cases, mandates: Mandates, seconds: float = _LOOK_SECONDS) -> None:
        self._cases, self._mandates, self._seconds = cases, mandates, seconds
        self._watched: defaultdict[str, set[Watched]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def watch(self, case_id: str, principal: Principal) -> Iterator[Watched]:
        watched = Watched(principal)
        self._watched[case_id].add(watched)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="case-watcher")
        try:
            yield watched
        finally:
            self._watched[case_id].discard(watched)
            if not self._watched[case_id]:
                del self._watched[case_id]

    def changed(self, case_id: str) -> None:
        """This process has changed the case."""
        for each in self._watched.get(case_id, ()):
            each.wake()

    def wake_all(self) -> None:
        """Wake all streams, because the gateway stops."""
        for case_id in self._watched:
            self.changed(case_id)

    async def _run(self) -> None:
        while self._watched:
            try:
                await self._poll()
            except Exception:  # each stream looks for itself, and ends if it cannot
                log.warning("case_watcher_failed", exc_info=True)
                self.wake_all()
            await asyncio.sleep(self._seconds)
        self._task = None

    async def _poll(self) -> None:
        watched = {case_id: set(streams) for case_id, streams in self._watched.items()}
        versions = await self._cases.versions(watched)
        agents = [each for streams in watched.values() for each in streams if each.principal.acting is not None]
        ended = await self._mandates.ended([each.principal for each in agents]) if agents else set()
        for case_id, streams in watched.items():
            for each in streams:
                acting = each.principal.acting
                if versions.get(case_id) != each.version or (acting is not None and acting.mandate in ended):
                    each.wake()

"""Wakes event streams when there is something for them; until then they cost nothing.

Changes of this process are told. Those of other processes are looked for, once in `seconds` for all streams together,
and only while there are streams.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

import structlog

from gateway.auth.mandates import Mandates
from gateway.auth.principal import Principal
from gateway.cases.feed import Feeds
from gateway.cases.model import Case
from gateway.cases.store import Cases

log = structlog.get_logger()

_LOOK_SECONDS: Final = 1.0


class Topic(NamedTuple):
    """What a stream is about: a case, or all cases of an owner."""

    kind: Literal["case", "feed"]
    id: str


class Watched:
    """A stream's own part: it says which version of its topic it has read, and waits."""

    __slots__ = ("_woken", "principal", "version")

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.version = -1
        """Of the case as read last, or the last number of the feed."""
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
    def __init__(self, cases: Cases, feeds: Feeds, mandates: Mandates) -> None:
        self._cases, self._feeds, self._mandates = cases, feeds, mandates
        self._watched: defaultdict[Topic, set[Watched]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def watch(self, topic: Topic, principal: Principal) -> Iterator[Watched]:
        watched = Watched(principal)
        self._watched[topic].add(watched)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="case-watcher")
        try:
            yield watched
        finally:
            self._watched[topic].discard(watched)
            if not self._watched[topic]:
                del self._watched[topic]

    def changed(self, case: Case) -> None:
        """This process has changed the case."""
        self._wake(Topic("case", case.id))
        self._wake(Topic("feed", case.owner))

    def wake_all(self) -> None:
        """Wake all streams, because the gateway stops."""
        for topic in self._watched:
            self._wake(topic)

    def _wake(self, topic: Topic) -> None:
        for each in self._watched.get(topic, ()):
            each.wake()

    async def _run(self) -> None:
        while self._watched:
            try:
                await self._poll()
            except Exception:  # each stream looks for itself, and ends if it cannot
                log.warning("case_watcher_failed", exc_info=True)
                self.wake_all()
            await asyncio.sleep(_LOOK_SECONDS)
        self._task = None

    async def _poll(self) -> None:
        watched = {topic: set(streams) for topic, streams in self._watched.items()}
        found: dict[Topic, int] = {}
        if ids := [topic.id for topic in watched if topic.kind == "case"]:
            found |= {Topic("case", id): version for id, version in (await self._cases.versions(ids)).items()}
        if owners := [topic.id for topic in watched if topic.kind == "feed"]:
            found |= {Topic("feed", owner): last for owner, last in (await self._feeds.lasts(owners)).items()}
        agents = [each for streams in watched.values() for each in streams if each.principal.acting is not None]
        ended = await self._mandates.ended([each.principal for each in agents]) if agents else set()
        for topic, streams in watched.items():
            nothing = 0 if topic.kind == "feed" else None
            for each in streams:
                acting = each.principal.acting
                if found.get(topic, nothing) != each.version or (acting is not None and acting.mandate in ended):
                    each.wake()

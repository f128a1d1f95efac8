"""What comes of the calls to each portal, counted by the hour for all processes, and the shapes of its answers.

A process counts in memory and writes its sums every few seconds. So the numbers are cheap, common to all processes and
survive them; a process that is killed loses what it counted since it last wrote. Nothing here is about a person: codes
are words of ours or of the connector's table, and of an answer there is only its shape. Answers are looked at when the
sums are written, in a thread; of those that wait for it, and differ, there are few.
"""

from __future__ import annotations

import asyncio
import functools
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar

import httpx
import structlog
from sqlalchemy import Connection, and_, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from gateway.async_tasks import end
from gateway.outbound.answer_shape import LARGEST, Shape, hash_of, shape_of
from gateway.settings import PortalCounts as Settings
from gateway.storage.engine import Storage
from gateway.storage.tables import portal_answers, portal_calls

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_MOST: Final = 2_000
"""Rows that a process holds at most; what comes beyond is left out until they are written."""
_CLEANING: Final = 3_600.0
_WAITING: Final = 64
"""Answers that wait to be looked at, each of `answer_shape.LARGEST` bytes at most..."""
_WAITING_ALIKE: Final = 8
"""...and of these, different ones of one operation and kind."""

_log: Final = structlog.get_logger(__name__)
T = TypeVar("T")


class Key(NamedTuple):
    portal: str
    hour: datetime
    operation: str
    outcome: str
    code: str


class _WaitingAnswer(NamedTuple):
    """An answer that is to be looked at. `kind` is empty for a good one."""

    portal: str
    operation: str
    kind: str
    status: int
    media_type: str
    body: bytes


class ShapeKey(NamedTuple):
    """An answer that was looked at. `kind` is empty for a good one."""

    portal: str
    operation: str
    kind: str
    status: int
    shape: Shape


@dataclass(slots=True)
class _Sum:
    n: int = 0
    milliseconds: int = 0
    slowest: int = 0


@dataclass(slots=True)
class _Seen:
    first: datetime
    last: datetime
    n: int


def _no_words(_portal: str) -> frozenset[str]:
    return frozenset()


def _utc() -> datetime:
    return datetime.now(UTC)


def _add(held: dict[T, _Seen], more: Mapping[T, _Seen]) -> None:
    """What was seen is seen more often; of what is new there is room for `_MOST`."""
    for key, each in more.items():
        known = held.get(key)
        if known is not None:
            known.first, known.last = min(known.first, each.first), max(known.last, each.last)
            known.n += each.n
        elif len(held) < _MOST:
            held[key] = replace(each)


class PortalCounts:
    """`call` and `answer` are called by `invoke`, on the event loop; neither touches the database.

    `words` gives what may be shown of names in a portal's answers, see `answer_words`; it is called in a thread, once a
    portal."""

    def __init__(
        self,
        storage: Storage,
        settings: Settings,
        *,
        words: Callable[[str], frozenset[str]] = _no_words,
        clock: Callable[[], datetime] = _utc,
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._words = functools.cache(words)
        self._clock = clock
        self._waiting: dict[_WaitingAnswer, _Seen] = {}
        self._sums: dict[Key, _Sum] = {}
        self._answers: dict[ShapeKey, _Seen] = {}
        self._sampled: dict[tuple[str, str], float] = {}
        self._cleaned = 0.0
        self._task: asyncio.Task[None] | None = None

    def call(self, portal: str, operation: str, outcome: str, code: str, seconds: float) -> None:
        """One call of a connector's method has ended."""
        hour = self._clock().replace(minute=0, second=0, microsecond=0)
        key = Key(portal, hour, operation, outcome, code if not code or _CODE.fullmatch(code) else "other")
        counted = self._sums.get(key)
        if counted is None:
            if len(self._sums) >= _MOST:
                return
            counted = self._sums[key] = _Sum()
        milliseconds = round(seconds * 1000)
        counted.n += 1
        counted.milliseconds += milliseconds
        counted.slowest = max(counted.slowest, milliseconds)

    def answer(self, portal: str, operation: str, kind: str, response: httpx.Response) -> None:
        """Keep the answer by which a call ended, to look at its shape: a strange one, and of good ones one now and
        then. What comes while many wait is left out."""
        if not kind:
            now = time.monotonic()
            if now < self._sampled.get((portal, operation), 0.0):
                return
            self._sampled[portal, operation] = now + self._settings.sample_seconds
        media_type = response.headers.get("content-type", "")
        new = _WaitingAnswer(portal, operation, kind, response.status_code, media_type, response.content[: LARGEST + 1])
        moment = self._clock()
        alike = sum(each[:3] == new[:3] for each in self._waiting)
        if new in self._waiting or (len(self._waiting) < _WAITING and alike < _WAITING_ALIKE):
            _add(self._waiting, {new: _Seen(moment, moment, 1)})

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="portal-counts")

    async def stop(self) -> None:
        """Writes what is left."""
        if self._task is None:
            return
        await end(self._task)
        await self._share_safely()

    async def share(self) -> None:
        """Write what was counted since the last time."""
        await self._read_shapes()
        sums, self._sums = self._sums, {}
        answers, self._answers = self._answers, {}
        cleans = time.monotonic() >= self._cleaned
        if not sums and not answers and not cleans:
            return
        try:
            await self._storage.run_write(lambda tx: self._write(tx, sums, answers, cleans=cleans))
        except BaseException:
            self._put_back(sums, answers)
            raise
        if cleans:
            self._cleaned = time.monotonic() + _CLEANING

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._settings.share_seconds)
            await self._share_safely()

    async def _share_safely(self) -> None:
        try:
            await self.share()
        except (SQLAlchemyError, OSError):
            _log.warning("portal_counts_not_shared")
        except Exception:  # the next time they are written again, with what came since
            _log.exception("portal_counts_not_shared")

    def _put_back(self, sums: Mapping[Key, _Sum], answers: Mapping[ShapeKey, _Seen]) -> None:
        for key, each in sums.items():
            now = self._sums.setdefault(key, _Sum())
            now.n += each.n
            now.milliseconds += each.milliseconds
            now.slowest = max(now.slowest, each.slowest)
        _add(self._answers, answers)

    async def _read_shapes(self) -> None:
        waiting, self._waiting = self._waiting, {}
        try:
            found = await asyncio.to_thread(self._shapes_of, waiting) if waiting else {}
        except BaseException:  # the process stops
            _add(self._waiting, waiting)
            raise
        _add(self._answers, found)

    def _shapes_of(self, waiting: Mapping[_WaitingAnswer, _Seen]) -> dict[ShapeKey, _Seen]:
        """The shapes of these answers. Runs in a thread."""
        found: dict[ShapeKey, _Seen] = {}
        for each, seen in waiting.items():
            shape = shape_of(each.media_type, each.body, self._words(each.portal))
            _add(found, {ShapeKey(each.portal, each.operation, each.kind, each.status, shape): seen})
        return found

    def _write(
        self, tx: Connection, sums: Mapping[Key, _Sum], answers: Mapping[ShapeKey, _Seen], *, cleans: bool
    ) -> None:
        insert: Any = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
        greater = func.greatest if tx.dialect.name == "postgresql" else func.max
        for key, each in sorted(sums.items()):
            row = insert(portal_calls).values(
                **key._asdict(), n=each.n, milliseconds=each.milliseconds, slowest=each.slowest
            )
            held, new = portal_calls.c, row.excluded
            tx.execute(
                row.on_conflict_do_update(
                    index_elements=list(portal_calls.primary_key),
                    set_={
                        "n": held.n + new.n,
                        "milliseconds": held.milliseconds + new.milliseconds,
                        "slowest": greater(held.slowest, new.slowest),
                    },
                )
            )
        for answer, seen in sorted(answers.items(), key=lambda each: each[0]):
            row = insert(portal_answers).values(
                portal=answer.portal,
                operation=answer.operation,
                kind=answer.kind,
                status=answer.status,
                shape_hash=hash_of(answer.shape),
                shape=list(answer.shape),
                first_seen=seen.first,
                last_seen=seen.last,
                n=seen.n,
            )
            tx.execute(
                row.on_conflict_do_update(
                    index_elements=list(portal_answers.primary_key),
                    set_={"last_seen": row.excluded.last_seen, "n": portal_answers.c.n + row.excluded.n},
                )
            )
            self._cut(tx, answer)
        if cleans:
            oldest = self._clock() - timedelta(days=self._settings.keep_days)
            tx.execute(delete(portal_calls).where(portal_calls.c.hour < oldest))
            tx.execute(delete(portal_answers).where(portal_answers.c.last_seen < oldest))

    def _cut(self, tx: Connection, answer: ShapeKey) -> None:
        """Of each operation and kind of answer only the shapes seen last are kept: a portal, or whoever speaks in its
        place, cannot fill the table."""
        held = portal_answers.c
        of = and_(held.portal == answer.portal, held.operation == answer.operation, held.kind == answer.kind)
        seen = select(held.last_seen).where(of).order_by(held.last_seen.desc()).offset(self._settings.shapes).limit(1)
        oldest = tx.execute(seen).scalar_one_or_none()
        if oldest is not None:
            tx.execute(delete(portal_answers).where(of, held.last_seen <= oldest))

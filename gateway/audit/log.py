"""The log that calls wait for: `write` returns when the record is on the disk.

Many calls share one commit. One task writes: while it commits, the next batch collects, without an artificial wait.
When the database fails the task keeps its records and tries again; calls get `AuditUnavailable` after a bounded time,
at once when the queue is full. A record that was accepted is written even if its caller has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from gateway.audit import bodies, metrics, sequencer
from gateway.audit.entry import Entry
from gateway.audit.record import Prepared, prepare
from gateway.audit.sinks import Copies, Sink
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.vault import Vault

_LOOK_SECONDS: Final = 1.0
"""How often to look for records that another process left pending."""
_TURN_SECONDS: Final = 0.02
"""How soon to try again when another process is placing records."""
_GATHER_SECONDS: Final = 0.03
"""How long records that are durable wait for their places, unless one comes that somebody waits for."""
_BACKOFF_SECONDS: Final = (0.05, 1.0)
_SINK_BACKLOG: Final = 10_000

_log: Final = structlog.get_logger(__name__)


class AuditUnavailable(Exception):
    """The record cannot be written now, so the call must be refused: 503, try again after `retry_after` seconds.

    `reason` is `queue_full`, `timeout` or `stopped`. After `timeout` the record may still be written later.
    """

    def __init__(self, reason: str, *, retry_after: float = 1.0) -> None:
        super().__init__(f"the audit log cannot be written: {reason}")
        self.reason = reason
        self.retry_after = retry_after


def _as_it_is(subject: str, _at: datetime) -> str:
    return subject


@dataclass(frozen=True, slots=True)
class _Waiting:
    prepared: Prepared
    durable: asyncio.Future[None]


class AuditLog:
    """The gateway's log in `storage`. `sinks` get a copy of each record once it has an index; `pseudonym` returns a
    person's pseudonym in the log at a time; `vault` seals the bodies, if `audit.keep_bodies` is set. `placed` gets the
    number of newly indexed records."""

    def __init__(
        self,
        storage: Storage,
        settings: Audit,
        *,
        sinks: Mapping[str, Sink] | None = None,
        pseudonym: Callable[[str, datetime], str] = _as_it_is,
        vault: Vault | None = None,
        placed: Callable[[int], None] = lambda records: None,
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._pseudonym = pseudonym
        self._placed = placed
        self._vault = vault if settings.keep_bodies else None
        self._queue: deque[_Waiting] = deque()
        self._batch: list[_Waiting] = []  # being committed, or to be tried again
        self._wake = asyncio.Event()
        self._left = False  # are there pending records to place?
        self._full = False  # are there more of them than one commit takes?
        self._failures = 0
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._copies = Copies(sinks or {}, most=_SINK_BACKLOG)

    @property
    def ready(self) -> bool:
        """Whether a record can probably be written. Check it before doing work that must be recorded."""
        return self._running and not self._failures and self._backlog < self._settings.queue_records

    async def start(self) -> None:
        """Place records that a crash left pending, then accept new ones. Raises if the database cannot be written."""
        self._copies.start()
        placed = await self._round()
        while placed.left and placed.leaves:  # else another process is placing them
            placed = await self._round()
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name="audit-log")

    async def stop(self) -> None:
        """Write all accepted records, within the write timeout, and accept no more."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=self._settings.write_timeout_seconds)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        for one in (*self._batch, *self._queue):
            if not one.durable.done():
                one.durable.set_exception(AuditUnavailable("stopped"))
                one.durable.exception()  # nobody may be waiting
        await asyncio.to_thread(self._copies.stop, seconds=self._settings.write_timeout_seconds)

    async def write(self, entry: Entry) -> None:
        """Record `entry`, unless it is recorded already. Returns when it is durable; raises `AuditUnavailable`."""
        if entry.recorded:
            return
        if not self._running:
            raise self._refused("stopped")
        if self._backlog >= self._settings.queue_records:
            raise self._refused("queue_full")
        loop = asyncio.get_running_loop()
        durable: asyncio.Future[None] = loop.create_future()
        self._queue.append(_Waiting(self._prepare(entry), durable))
        self._wake.set()
        if self._settings.durable:
            late = loop.call_later(self._settings.write_timeout_seconds, _give_up, durable)
            try:
                await durable
            except TimeoutError:
                raise self._refused("timeout") from None
            finally:
                late.cancel()
        entry.recorded = True

    def append(self, tx: Connection, entry: Entry) -> None:
        """Record `entry` inside the unit of work `tx`: durable, and marked so, if and when that commits."""
        prepared = self._prepare(entry)
        sequencer.put_pending(tx, [prepared], self._seal)

        def committed() -> None:
            entry.recorded = True
            self._left = True
            self._wake.set()

        self._storage.after_commit(tx, committed)

    @property
    def _running(self) -> bool:
        return self._task is not None and not self._task.done() and not self._stopping

    @property
    def _backlog(self) -> int:
        return len(self._queue) + len(self._batch)

    def _prepare(self, entry: Entry) -> Prepared:
        subject = self._pseudonym(entry.subject, entry.at)
        made = prepare(entry, subject=subject, max_bytes=self._settings.max_record_bytes)
        owner = bodies.owner(entry) if self._vault is not None else ""
        return replace(made, owner=owner, bodies=bodies.gather(entry)) if owner else made

    def _seal(self, tx: Connection, one: Prepared) -> bytes:
        assert self._vault is not None, "without a vault no bodies are gathered"
        return bodies.seal(tx, self._vault, one.owner, one.bodies, one.leaf)

    def _refused(self, reason: str) -> AuditUnavailable:
        metrics.refusals.labels(reason).inc()
        return AuditUnavailable(reason)

    async def _run(self) -> None:
        while self._backlog or self._left or not self._stopping:
            try:
                if self._backlog or self._left:
                    await self._turn()
                else:
                    await self._idle()
                self._failures = 0
            except Exception as error:
                await self._failed(error)

    async def _turn(self) -> None:
        if self._settings.batch_wait_seconds and not self._stopping:
            await asyncio.sleep(self._settings.batch_wait_seconds)
        if not self._full:
            await self._gather()
        async with asyncio.timeout(2 * self._settings.write_timeout_seconds):
            placed = await self._round()
        self._full = placed.left and bool(placed.leaves)
        if placed.left and not placed.leaves:
            await self._rest(_TURN_SECONDS)

    async def _gather(self) -> None:
        """Nobody waits for records that are durable already: let more of them come, so that one commit places many."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GATHER_SECONDS):
                while not (self._backlog or self._stopping):
                    self._wake.clear()
                    await self._wake.wait()

    async def _idle(self) -> None:
        if not await self._rest(_LOOK_SECONDS):
            self._left = await self._storage.run_read(sequencer.has_pending)

    async def _rest(self, seconds: float) -> bool:
        """Wait until there is something to do, at most so long. False if nothing came."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True

    async def _round(self) -> sequencer.Placed:
        """One commit: pending records first, then up to a batch of new ones."""
        while self._queue and len(self._batch) < self._settings.batch_records:
            self._batch.append(self._queue.popleft())
        metrics.waiting.set(self._backlog)
        new, again = [one.prepared for one in self._batch], self._failures > 0
        started = time.perf_counter()
        self._left = False  # what is appended during the commit sets it again
        try:
            placed = await self._storage.run_write(
                lambda tx: sequencer.place(tx, new, limit=self._settings.batch_records, again=again, seal=self._seal)
            )
        except BaseException:
            self._left = True
            raise
        self._left = self._left or placed.left
        for one in self._batch:
            if not one.durable.done():
                one.durable.set_result(None)
        metrics.commit_seconds.observe(time.perf_counter() - started)
        metrics.batch_records.observe(len(self._batch))
        metrics.records.inc(len(placed.leaves))
        self._placed(len(placed.leaves))
        self._batch = []
        metrics.waiting.set(self._backlog)
        self._copies.offer(placed.first, placed.leaves)
        return placed

    async def _failed(self, error: Exception) -> None:
        self._failures += 1
        metrics.failures.inc()
        if self._failures & (self._failures - 1) == 0:  # again, ever more seldom: a full disk takes no log line either
            _log.error("audit_write_failed", error=_name(error), count=self._failures)
        first, most = _BACKOFF_SECONDS
        await asyncio.sleep(min(most, first * 2 ** min(self._failures - 1, 10)))


def _give_up(durable: asyncio.Future[None]) -> None:
    if not durable.done():
        durable.set_exception(TimeoutError())


def _name(error: Exception) -> str:
    """The error, without the statement and its values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    detail = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return f"{type(cause).__name__}({detail})" if detail else type(cause).__name__

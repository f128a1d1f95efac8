"""The workflow engine behind the journeys: DBOS, and nothing else of the gateway knows it.

A case says when its journey goes on (`due_at`, written with the change that causes it). The dispatcher takes what is
due and starts one DBOS workflow, a *run*, which advances the case until there is nothing to do, then lets it rest.
Months of waiting thus cost no task, no thread and no poll; the engine's journal covers a run that is cut short.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy import make_url, update

from gateway.cases.journey import Journey
from gateway.cases.model import now
from gateway.cases.store import Cases
from gateway.settings import Journeys
from gateway.storage.tables import cases as table

log = structlog.get_logger()

VERSION: Final = "journeys-1"
"""Fixed: a new release continues the runs of the old one. What a run does is decided from the case, not replayed."""

_SHORT: Final = 2.0
"""Waits up to this long are slept inside the run; longer ones end it."""

_engine: Engine | None = None


@DBOS.workflow(name="journey", max_recovery_attempts=None)
async def _run(case_id: str) -> None:
    engine = _engine
    if engine is None:
        raise RuntimeError("the engine is not running")
    if not engine.enter(case_id):
        return
    try:
        while True:
            wait = await DBOS.run_step_async({"name": "advance"}, engine.advance, case_id)
            if wait is None or wait > _SHORT:
                return
            await asyncio.sleep(wait)
    finally:
        engine.leave(case_id)


class Engine:
    """Starts runs for due cases. One per process."""

    def __init__(self, journey: Journey, cases: Cases, pace: Journeys, url: str) -> None:
        self._journey = journey
        self._cases = cases
        self._pace = pace
        self._url = url
        self._nudged = asyncio.Event()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._active: set[str] = set()
        self._dispatcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        global _engine
        if _engine is not None:
            raise RuntimeError("one engine a process")
        _engine = self
        DBOS(config=_config(self._url, self._pace.executor_id))
        # Launched inside the running loop, so that recovered runs use this loop and its connections too.
        DBOS.launch()
        self._dispatcher = asyncio.create_task(self._dispatch())

    async def stop(self, grace: float = 10.0) -> None:
        """Take nothing new, let the steps that run come to their end, then stop."""
        global _engine
        if self._dispatcher is not None:
            self._dispatcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._dispatcher
        if self._running:
            await asyncio.wait(self._running.values(), timeout=grace)
        for task in self._running.values():
            task.cancel()
        await asyncio.to_thread(DBOS.destroy)
        # DBOS made its own pool the loop's default and has closed it; the rest of the shutdown needs one.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="gateway-"))
        _engine = None

    def nudge(self) -> None:
        """A case has become due in this process: look now."""
        self._nudged.set()

    @property
    def alive(self) -> bool:
        return self._dispatcher is not None and not self._dispatcher.done()

    def enter(self, case_id: str) -> bool:
        """False if another run of this process has the case: one recovered, say, beside one that fell due again."""
        if case_id in self._active:
            return False
        self._active.add(case_id)
        return True

    def leave(self, case_id: str) -> None:
        self._active.discard(case_id)

    async def advance(self, case_id: str) -> float | None:
        wait = await self._journey.advance(case_id)
        if wait is not None and wait > _SHORT:
            await self._rest(case_id, wait)
        return wait

    async def _rest(self, case_id: str, wait: float) -> None:
        """Set when the case goes on, unless something has made it due meanwhile."""
        moment = now()
        lease_ends = moment + timedelta(seconds=self._pace.lease_seconds)
        async with self._cases.storage.transaction() as tx:
            await tx.execute(
                update(table)
                .where(table.c.id == case_id, table.c.due_at > moment, table.c.due_at <= lease_ends)
                .values(due_at=moment + timedelta(seconds=wait))
            )

    async def _dispatch(self) -> None:
        while True:
            self._nudged.clear()
            try:
                await self._start_due()
            except Exception:
                log.exception("dispatch_failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), self._pace.tick_seconds)

    async def _start_due(self) -> None:
        free = self._pace.concurrent - len(self._running)
        if free <= 0:
            return
        for case_id, due_at in await self._cases.due(free):
            if case_id not in self._running and await self._cases.claim(case_id, due_at, self._pace.lease_seconds):
                task = asyncio.create_task(self._start(case_id, due_at))
                self._running[case_id] = task
                task.add_done_callback(self._ended(case_id))

    async def _start(self, case_id: str, due_at: datetime) -> None:
        # The due time makes the run's name unique, and the same for every process that saw it due.
        with SetWorkflowID(f"{case_id}:{due_at.timestamp():.6f}"):
            handle = await DBOS.start_workflow_async(_run, case_id)
        await handle.get_result()

    def _ended(self, case_id: str) -> Callable[[asyncio.Task[None]], None]:
        def ended(task: asyncio.Task[None]) -> None:
            self._running.pop(case_id, None)
            self._nudged.set()
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("run_failed", case_id=case_id, exc_info=error)

        return ended


def _config(url: str, executor_id: str) -> DBOSConfig:
    if url.startswith("sqlite"):
        _write_ahead(url)
    config: DBOSConfig = {
        "name": "mre-gateway",
        "system_database_url": url,
        "application_version": VERSION,
        "executor_id": executor_id,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
        "notification_listener_polling_interval_sec": 1.0,
    }
    logging.getLogger("dbos").setLevel(logging.WARNING)
    return config


def _write_ahead(url: str) -> None:
    """DBOS leaves SQLite's journal mode as it finds it."""
    path: Any = make_url(url).database
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()

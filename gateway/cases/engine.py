"""The workflow engine behind the journeys: DBOS, and nothing else of the gateway knows it.

A case says when its journey goes on (`due_at`, written with the change that causes it). The dispatcher takes what is
due and starts one DBOS workflow, a *run*, which advances the case until there is nothing to do at once, then lets it
rest. Months of waiting thus cost no task, no thread and no poll; the engine's journal covers a run that is cut short,
and the lease a worker that never comes back.
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
from sqlalchemy import make_url

from gateway.cases.journey import Journey
from gateway.cases.model import now
from gateway.cases.store import Cases
from gateway.settings import Journeys

log = structlog.get_logger()

VERSION: Final = "journeys-1"
"""Fixed: a new release continues the runs of the old one. What a run does is decided from the case, not replayed."""

_MOST_STEPS: Final = 100
"""A run that has not come to rest by then is going round in circles; the case goes on when its lease ends."""

_ENDED: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_UNENDED: Final = ["PENDING", "ENQUEUED"]
_ABANDONED: Final = timedelta(days=1)
"""A run of another worker that began so long ago lost its worker; its case was taken over when the lease ended."""
_DELETED_AT_ONCE: Final = 500
_CLOSING_SECONDS: Final = 15.0
"""A stop waits no longer than this for the library to let go."""

_engine: Engine | None = None


@DBOS.workflow(name="journey", max_recovery_attempts=None)
async def _run(case_id: str) -> None:
    engine = _engine
    if engine is None:
        raise RuntimeError("the engine is not running")
    if not engine.enter(case_id):
        return
    try:
        for _ in range(_MOST_STEPS):
            if not await DBOS.run_step_async({"name": "advance"}, engine.advance, case_id):
                return
        log.error("journey_in_circles", case_id=case_id)
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
        self._stopping = False
        self._started: dict[str, asyncio.Task[None]] = {}
        self._active: dict[str, asyncio.Task[Any]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        global _engine
        if _engine is not None:
            raise RuntimeError("one engine a process")
        _engine = self
        try:
            DBOS(config=_config(self._url, self._pace.executor_id))
            # Launched inside the running loop, so that recovered runs use this loop and its connections too.
            DBOS.launch()
        except BaseException:
            await self._close()
            raise
        self._tasks = [asyncio.create_task(self._dispatch()), asyncio.create_task(self._tidy_now_and_then())]

    async def stop(self, grace: float = 10.0) -> None:
        """Take nothing new, let the steps that run come to their end, then stop."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        runs = {*self._started.values(), *self._active.values()}
        if runs:
            _, late = await asyncio.wait(runs, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=grace)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self._tidy()
        await self._close()

    def nudge(self) -> None:
        """A case has become due in this process: look now."""
        self._nudged.set()

    @property
    def alive(self) -> bool:
        return bool(self._tasks) and not self._tasks[0].done()

    def enter(self, case_id: str) -> bool:
        """False if another run of this process has the case: one recovered, say, beside one that fell due again."""
        task = asyncio.current_task()
        assert task is not None
        return self._active.setdefault(case_id, task) is task

    def leave(self, case_id: str) -> None:
        del self._active[case_id]
        self.nudge()

    async def advance(self, case_id: str) -> bool:
        """One step of the case's journey; True if the next one should follow at once."""
        try:
            rest = await self._journey.advance(case_id)
            if rest is None or (rest.seconds <= 0 and not self._stopping):
                return rest is not None
            await self._cases.postpone(case_id, rest.due_at, rest.seconds)
        except Exception:
            log.exception("journey_failed", case_id=case_id)  # it comes again when its lease ends
            return False
        if rest.seconds < self._pace.tick_seconds:
            asyncio.get_running_loop().call_later(rest.seconds, self.nudge)
        return False

    async def _dispatch(self) -> None:
        while True:
            self._nudged.clear()
            try:
                await self._start_due()
            except Exception:
                log.exception("dispatch_failed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.tick_seconds):  # unlike `wait_for`, it never eats a cancellation
                    await self._nudged.wait()

    async def _start_due(self) -> None:
        for case_id, due_at in await self._cases.due(self._pace.concurrent):
            if len(self._started) >= self._pace.concurrent:
                return
            if case_id in self._started or case_id in self._active:
                continue
            if await self._cases.postpone(case_id, due_at, self._pace.lease_seconds):
                task = asyncio.create_task(self._start(case_id, due_at))
                self._started[case_id] = task
                task.add_done_callback(self._ended(case_id))

    async def _start(self, case_id: str, due_at: datetime) -> None:
        # The due time makes the run's name unique, and the same for every process that saw it due.
        with SetWorkflowID(f"{case_id}:{due_at.timestamp():.6f}"):
            handle = await DBOS.start_workflow_async(_run, case_id)
        await handle.get_result()

    def _ended(self, case_id: str) -> Callable[[asyncio.Task[None]], None]:
        def ended(task: asyncio.Task[None]) -> None:
            self._started.pop(case_id, None)
            self.nudge()
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("run_failed", case_id=case_id, exc_info=error)

        return ended

    async def _tidy_now_and_then(self) -> None:
        while True:
            try:
                await self._tidy()
            except Exception:
                log.exception("journal_not_tidied")
            await asyncio.sleep(self._pace.lease_seconds)

    async def _tidy(self) -> None:
        """Delete runs that are over from the journal, where DBOS would keep them for ever."""
        light: dict[str, Any] = {"limit": _DELETED_AT_ONCE, "load_input": False, "load_output": False}
        over = await DBOS.list_workflows_async(status=_ENDED, **light)
        before = (now() - _ABANDONED).isoformat()
        unended = await DBOS.list_workflows_async(status=_UNENDED, end_time=before, **light)
        over += [run for run in unended if run.executor_id != self._pace.executor_id]
        if over:
            await DBOS.delete_workflows_async([run.workflow_id for run in over])

    async def _close(self) -> None:
        global _engine
        try:
            async with asyncio.timeout(_CLOSING_SECONDS):
                await asyncio.to_thread(DBOS.destroy)
        except TimeoutError:
            log.error("journal_not_closed")  # its threads are daemons: they end with the process
        # DBOS made its own pool the loop's default and has closed it; the rest of the shutdown needs one.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="gateway-"))
        _engine = None


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

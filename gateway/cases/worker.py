"""The worker: advances the cases that are due, on nothing but the database.

A case says when its journey goes on (`due_at`, written with the change that causes it). The worker claims cases that
are due, each with a lease, advances each until there is nothing to do at once, and gives it back with the time when it
goes on. Months of waiting thus cost a row. A worker that dies leaves its leases behind: the next process of the same
name ends them when it starts, any other one takes the cases when the leases are over.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, Final

import structlog

from gateway.async_tasks import let_end
from gateway.cases.claims import Claims, Lease
from gateway.cases.dispatch import Due, Shares
from gateway.cases.journey import Journey
from gateway.cases.step_context import Prepared
from gateway.cases.store import Cases, Damaged
from gateway.settings import Journeys
from gateway.storage.notices import Notices

log = structlog.get_logger()

DUE: Final = "journeys_due"
"""The notice that something has become due: `wake_worker` of the use cases sends it. In each process it wakes whatever
is there: the worker, the relay of the outbox, the dispatcher of webhooks (`wake` of each)."""

_MOST_STEPS: Final = 100
"""Steps in a row after which a case is taken to loop; it goes on when its lease would have ended."""

_HEARTBEATS: Final = 3
"""Renewals per lease time."""

_LOOK_AHEAD: Final = 4
"""Due cases that one search returns, in multiples of the places: the next ones begin without another search."""

_REST_AFTER_SEARCH: Final = 10
"""No search begins before so many times what the last one took: with many due cases it is slow."""


class Worker:
    """Advances cases in this process."""

    def __init__(self, journey: Journey, cases: Cases, settings: Journeys, notices: Notices) -> None:
        self._journey = journey
        self._cases = cases
        self._settings = settings
        self._notices = notices
        self._claims = Claims(cases.storage, settings.executor_id, settings.lease_seconds)
        self._shares = Shares(
            settings.concurrent,
            per_portal=settings.concurrent_per_portal,
            per_owner=settings.concurrent_per_person,
        )
        self._found: list[Due] = []
        """What the last search found and no place was free for. A claim shows whether they are still due."""
        self._next_search = 0.0
        """No earlier than this, in the event loop's time."""
        self._held: dict[str, Lease] = {}
        self._advancing: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        if left := await self._claims.take_over_own():
            log.info("leases_taken_over", count=left)
        self._notices.subscribe(self.wake)
        self._tasks = [
            asyncio.create_task(self._dispatch(), name="worker"),
            asyncio.create_task(self._keep_leases(), name="worker-leases"),
        ]

    async def stop(self, grace: float = 10.0) -> None:
        """Claim nothing new, let running steps end, cancel those that take longer than `grace` seconds, and release all
        leases."""
        self._stopping = True
        if not self._tasks:
            return
        dispatching, keeping = self._tasks
        dispatching.cancel()
        await asyncio.wait([dispatching], timeout=grace)
        await let_end(self._advancing.values(), grace)
        keeping.cancel()
        await asyncio.wait([keeping], timeout=grace)
        try:
            await self._claims.release(self._held)
        except Exception:
            log.exception("leases_not_released")  # they end by themselves
        await self._notices.unsubscribe(self.wake)

    def wake(self) -> None:
        """A case has become due: search now."""
        self._woken.set()

    @property
    def alive(self) -> bool:
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    async def _dispatch(self) -> None:
        while True:
            self._woken.clear()
            seconds = self._settings.tick_seconds
            try:
                searched = await self._claim_due()
                if self._shares.free:
                    seconds = min(seconds, await self._next_search_in(searched))
            except Exception:
                log.exception("dispatch_failed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):  # unlike `wait_for`, it never eats a cancellation
                    await self._woken.wait()

    async def _next_search_in(self, searched: bool) -> float:
        """Seconds until there may be something to find: a case becomes due or, if it was too early to search, until it
        no longer is."""
        if not searched:
            return max(0.0, self._next_search - asyncio.get_running_loop().time())
        due = await self._cases.due_next()
        return self._settings.tick_seconds if due is None else due

    async def _claim_due(self) -> bool:
        """Fill the places that are free, with cases found before if it is too early to search: then the result is
        False."""
        searched = False
        while self._shares.free:
            if asyncio.get_running_loop().time() >= self._next_search:
                await self._search()
                searched = True
            chosen = self._shares.choose([each for each in self._found if each.case_id not in self._advancing])
            if not chosen:
                break
            self._found = [each for each in self._found if each.case_id not in self._shares]
            claimed: dict[str, Lease] = {}
            try:
                claimed = await self._claims.claim(chosen)
            finally:
                for each in chosen:
                    if each.case_id not in claimed:  # another worker was faster
                        self._shares.give_back(each.case_id)
            if len(claimed) < len(chosen):
                self._found, self._next_search = [], 0.0
            await self._begin([each for each in chosen if each.case_id in claimed], claimed)
        return searched

    async def _search(self) -> None:
        """Find due cases. Those of a portal or person that has used its share are left out, so that they never block
        the others'."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._found = await self._cases.due(
            _LOOK_AHEAD * self._settings.concurrent,
            without_portals=self._shares.full_portals(),
            without_owners=self._shares.full_owners(),
        )
        took = loop.time() - began
        self._next_search = loop.time() + min(_REST_AFTER_SEARCH * took, self._settings.tick_seconds)

    async def _begin(self, chosen: Sequence[Due], claimed: dict[str, Lease]) -> None:
        """Advance each by itself, or with as many others as one request to its portal can serve. Those have no places
        of their own: nothing but that request is made for them, or one after the other."""
        together: dict[str, dict[str, Lease]] = {}
        for each in chosen:
            if each.poll_key and self._journey.batches.at_once(each.poll_key) > 1:
                together.setdefault(each.poll_key, {})[each.case_id] = claimed[each.case_id]
            else:
                self._run({each.case_id: claimed[each.case_id]}, self._advance(each.case_id, claimed[each.case_id]))
        for poll_key, waiting in together.items():
            most = self._journey.batches.at_once(poll_key)
            named = list(waiting.items())
            for first in range(0, len(named), most):
                leases = dict(named[first : first + most])
                if len(leases) < most:
                    leases |= await self._others(poll_key, most - len(leases))
                self._run(leases, self._advance_together(poll_key, leases))

    async def _others(self, poll_key: str, most: int) -> dict[str, Lease]:
        """None whose former batch has not ended here: a case has one run at a time."""
        seconds = self._settings.poll_gather_seconds
        try:
            return await self._claims.claim_polled(poll_key, most, seconds, without=self._advancing)
        except Exception:
            log.exception("dispatch_failed")
            return {}

    def _run(self, leases: dict[str, Lease], work: Coroutine[Any, Any, None]) -> None:
        self._held |= leases
        task = asyncio.create_task(work)
        for case_id in leases:
            self._advancing[case_id] = task
            task.add_done_callback(partial(self._ended, case_id))

    async def _advance_together(self, poll_key: str, leases: dict[str, Lease]) -> None:
        prepared: dict[str, Prepared] = {}
        try:
            prepared = await self._journey.batches.query(poll_key, leases)
        except Exception:
            log.exception("journey_failed", operation=poll_key)
        for case_id, lease in leases.items():
            if self._stopping:
                return  # what is left is given back
            await self._advance(case_id, lease, prepared.get(case_id))

    async def _advance(self, case_id: str, lease: Lease, prepared: Prepared | None = None) -> None:
        """Step after step until there is nothing to do at once."""
        try:
            for _ in range(_MOST_STEPS):
                rest = await self._journey.advance(case_id, lease, *([prepared] if prepared else []))
                prepared = None
                if rest is None:
                    break
                if rest.seconds > 0 or self._stopping:
                    if not rest.given_back:
                        await self._claims.rest(case_id, rest.version, rest.seconds, rest.poll_key)
                    if rest.seconds < self._settings.tick_seconds:
                        asyncio.get_running_loop().call_later(rest.seconds, self.wake)
                    break
            else:
                log.error("journey_in_circles", case_id=case_id)
                await self._claims.put_off(case_id, self._settings.lease_seconds)
        except Damaged:  # it has been logged, and somebody has to mend it
            await self._claims.put_off(case_id, self._settings.retry_max_seconds)
        except Exception:
            log.exception("journey_failed", case_id=case_id)
            await self._claims.put_off(case_id, self._settings.lease_seconds)
        self._held.pop(case_id, None)

    def _ended(self, case_id: str, task: asyncio.Task[None]) -> None:
        del self._advancing[case_id]
        if case_id in self._shares:
            self._shares.give_back(case_id)
        self.wake()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._held.pop(case_id, None)  # its lease ends by itself
            log.error("run_failed", case_id=case_id, exc_info=error)

    async def _keep_leases(self) -> None:
        """Steps may take longer than a lease. One that was lost all the same ends its case's run after this step, whose
        changes find another version."""
        while True:
            await asyncio.sleep(self._settings.lease_seconds / _HEARTBEATS)
            try:
                held = dict(self._held)
                for case_id in await self._claims.extend(held) if held else ():
                    if self._held.get(case_id) is held[case_id]:
                        held[case_id].until = 0.0
                        log.warning("lease_lost", case_id=case_id)
            except Exception:
                log.exception("leases_not_kept")

"""Empties the outbox: hands each line to every consumer, in the transaction that deletes it.

A consumer only writes rows of its own (a delivery, a message), from which it then works by itself. So nothing is lost
or done twice between the outbox and them, whenever the process ends. One process at a time relays, which keeps the
lines of a case in order; it is a matter of milliseconds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final, Protocol

import structlog
from sqlalchemy import Connection, bindparam, delete, select, text, update

from gateway.async_tasks import end
from gateway.notifications.case_change import CaseChange, read_waiting
from gateway.storage import Storage
from gateway.storage.clock import database_in
from gateway.storage.notices import Notices
from gateway.storage.tables import outbox

log = structlog.get_logger()

_LOCK: Final = 0x4D5245_09
"""Advisory lock on PostgreSQL: one process relays. On SQLite the writing transaction itself excludes others."""
_AT_ONCE: Final = 200
"""Lines in one transaction."""
_AGAIN_SECONDS: Final = 30.0
"""After a consumer failed on a line: until it is tried again, and with it what follows of its case."""

_ANY: Final = select(outbox.c.id).limit(1)
_DONE: Final = delete(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True)))
_LATER: Final = (
    update(outbox).where(outbox.c.case_id == bindparam("of_case")).values(not_before=database_in(_AGAIN_SECONDS))
)


class Consumer(Protocol):
    """Somebody who is told of every change."""

    def take(self, tx: Connection, changes: Sequence[CaseChange]) -> None:
        """Write what has to be done about `changes` into one's own tables, as part of `tx`. No waiting in here: others
        wait meanwhile. May be called again with the same ones only if it raised."""


class Relay:
    """Hands the lines of the outbox to the consumers: as soon as it is woken, by `notices` too, and every `seconds`."""

    def __init__(self, storage: Storage, notices: Notices, consumers: Sequence[Consumer], *, seconds: float) -> None:
        self._storage = storage
        self._notices = notices
        self._consumers = tuple(consumers)
        self._seconds = seconds
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._notices.subscribe(self.wake)
        self._task = asyncio.create_task(self._run(), name="outbox-relay")

    async def stop(self) -> None:
        if self._task is not None:
            await end(self._task)
            await self._notices.unsubscribe(self.wake)

    def wake(self) -> None:
        """On the event loop: a case has changed."""
        self._woken.set()

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    async def relay(self) -> int:
        """Hand over what is waiting; returns how many lines."""
        count = 0
        if not await self._storage.run_read(lambda connection: connection.execute(_ANY).first()):
            return 0
        while handed := await self._storage.run_write(self._hand_over):
            count += handed
            if handed < _AT_ONCE:
                break
        return count

    def _hand_over(self, tx: Connection) -> int:
        if tx.dialect.name != "sqlite":
            locked = tx.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}).scalar_one()
            if not locked:
                return 0
        waiting = read_waiting(tx, _AT_ONCE)
        if not waiting:
            return 0
        try:
            with tx.begin_nested():
                self._tell(tx, [change for _, change in waiting])
        except Exception:
            log.warning("outbox_one_by_one", exc_info=True)
            self._one_by_one(tx, waiting)
        else:
            tx.execute(_DONE, {"ids": [id for id, _ in waiting]})
        return len(waiting)

    def _one_by_one(self, tx: Connection, waiting: Sequence[tuple[int, CaseChange]]) -> None:
        """A line that a consumer cannot take must not keep those of other cases."""
        failed: set[str] = set()
        for id, change in waiting:
            if change.case_id in failed:
                continue
            try:
                with tx.begin_nested():
                    self._tell(tx, [change])
            except Exception:
                log.exception("outbox_line_failed", case_id=change.case_id)
                failed.add(change.case_id)
                tx.execute(_LATER, {"of_case": change.case_id})
            else:
                tx.execute(_DONE, {"ids": [id]})

    def _tell(self, tx: Connection, changes: Sequence[CaseChange]) -> None:
        for each in self._consumers:
            each.take(tx, changes)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self.relay()
            except Exception:
                log.exception("outbox_not_relayed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._woken.wait()

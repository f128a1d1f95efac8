"""Housekeeping: delete expired data, once an hour."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import Connection

from gateway.async_tasks import end
from gateway.audit.retention import Retention
from gateway.auth import tickets
from gateway.auth.dpop import Proofs
from gateway.cases import drafts
from gateway.cases.attachments import Attachments
from gateway.cases.idempotency import Idempotency
from gateway.cases.model import now
from gateway.settings import Settings
from gateway.storage import Storage
from gateway.storage.allowances import forget_refilled

log = structlog.get_logger()

_EVERY_SECONDS: Final = 3600.0


class Housekeeping:
    def __init__(
        self,
        storage: Storage,
        idempotency: Idempotency,
        attachments: Attachments,
        retention: Retention,
        settings: Settings,
        proofs: Proofs,
        also: Sequence[Callable[[Connection], object]] = (),
    ) -> None:
        """`also`: what other rooms delete, in a transaction with the rest."""
        self._storage = storage
        self._idempotency = idempotency
        self._attachments = attachments
        self._retention = retention
        self._settings = settings
        self._proofs = proofs
        self._also = tuple(also)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="housekeeping")

    async def stop(self) -> None:
        await end(self._task)

    async def tidy(self) -> None:
        """Delete expired idempotency keys, attachments that were never filed, and expired data of the log."""
        await self._idempotency.forget_expired()
        await self._proofs.forget_expired()
        unfiled = now() - timedelta(seconds=self._settings.server.unfiled_attachment_seconds)

        def work(tx: Connection) -> None:
            self._attachments.drop_unused(tx, unfiled)
            forget_refilled(tx)
            tickets.forget_expired(tx)
            drafts.forget_expired(tx)
            for each in self._also:
                each(tx)

        await self._storage.run_write(work)
        await self._retention.tidy()

    async def _run(self) -> None:
        while True:
            try:
                await self.tidy()
            except Exception:
                log.exception("housekeeping_failed")
            await asyncio.sleep(_EVERY_SECONDS)

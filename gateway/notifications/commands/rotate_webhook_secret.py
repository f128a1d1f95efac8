"""Give an endpoint of webhooks a new secret, while the one before still signs for a time."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, WriteRequest, Written
from gateway.notifications.commands.register_webhook import KnownSecret
from gateway.notifications.commands.webhook_access import WebhookAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateWebhookSecret:
    writes: IdempotentWrites
    access: WebhookAccess

    async def run(
        self, request: WriteRequest, webhook_id: str, overlap_seconds: float | None, present: Presenter[KnownSecret]
    ) -> Written:
        """`overlap_seconds`: for so long the secret before this one signs as well; 0: no more from now on; None: as
        the settings say. Raises `Denied`, `WebhookNotFound`, and as `IdempotentWrites.run`."""
        endpoint = await self.access.find(request.caller, webhook_id)
        usual = self.access.settings.secret_overlap_seconds
        overlap = usual if overlap_seconds is None else overlap_seconds

        def work(tx: Connection) -> KnownSecret:
            return KnownSecret(*self.access.endpoints.rotate(tx, self.access.locked(tx, endpoint), overlap))

        return await self.writes.run(request, lambda unit: unit.commit(work, present))

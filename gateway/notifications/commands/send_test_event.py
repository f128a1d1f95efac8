"""Send an endpoint of webhooks an event that means nothing, or one that it was told before."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, WriteRequest, Written
from gateway.cases.model import now
from gateway.ids import new_id
from gateway.notifications.commands.webhook_access import WebhookAccess
from gateway.notifications.webhooks.endpoints import WrongState
from gateway.notifications.webhooks.model import TEST, Delivery, Endpoint, EndpointState, payload


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTestEvent:
    writes: IdempotentWrites
    access: WebhookAccess

    async def run(self, request: WriteRequest, webhook_id: str, present: Presenter[Delivery]) -> Written:
        """Raises `Denied`, `WebhookNotFound`, `WrongState`, `QuotaUsed`, and as `IdempotentWrites.run`."""
        endpoint = await self.access.find(request.caller, webhook_id)

        def work(tx: Connection) -> Delivery:
            _require_enabled(self.access.locked(tx, endpoint))
            self.access.count_try(tx, endpoint.client)
            body = payload(TEST, now(), {"webhook": endpoint.id})
            return self.access.deliveries.put_one(tx, endpoint.id, new_id("evt"), TEST, body)

        return await self.writes.run(request, lambda unit: unit.commit(work, present))


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatDelivery:
    writes: IdempotentWrites
    access: WebhookAccess

    async def run(
        self, request: WriteRequest, webhook_id: str, delivery_id: str, present: Presenter[Delivery]
    ) -> Written:
        """The same event with the same id, as a delivery of its own; one that waits is tried at once.

        Raises `Denied`, `WebhookNotFound`, `DeliveryNotFound`, `WrongState`, `QuotaUsed`, and as
        `IdempotentWrites.run`."""
        endpoint = await self.access.find(request.caller, webhook_id)
        delivery = await self.access.find_delivery(request.caller, webhook_id, delivery_id)

        def work(tx: Connection) -> Delivery:
            _require_enabled(self.access.locked(tx, endpoint))
            self.access.count_try(tx, endpoint.client)
            return self.access.deliveries.repeat(tx, delivery)

        return await self.writes.run(request, lambda unit: unit.commit(work, present))


def _require_enabled(endpoint: Endpoint) -> None:
    if endpoint.state is not EndpointState.ENABLED:
        raise WrongState(endpoint.state)

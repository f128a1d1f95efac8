"""Whose endpoint it is: the application's that made it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from gateway.auth import policy
from gateway.auth.quotas import QuotaUsed
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.cases.page_cursor import BadCursor
from gateway.notifications.webhooks.deliveries import Deliveries
from gateway.notifications.webhooks.endpoints import Endpoints
from gateway.notifications.webhooks.model import Delivery, Endpoint
from gateway.settings import Webhooks
from gateway.storage.allowances import Allowance, spend

_ID: Final = re.compile("whe_[0-9a-z]{26}")
_HOUR: Final = 3600.0


class WebhookNotFound(Exception):
    """There is none, or it is another client's."""


class DeliveryNotFound(Exception):
    """The endpoint has none of this id, or none any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAccess:
    endpoints: Endpoints
    deliveries: Deliveries
    settings: Webhooks

    async def find(self, caller: Caller, webhook_id: str) -> Endpoint:
        """The endpoint, if it is the caller's. Raises `Denied`, `WebhookNotFound`."""
        require_application(caller)
        endpoint = await self.endpoints.get(webhook_id) if _ID.fullmatch(webhook_id) else None
        if endpoint is None:
            raise WebhookNotFound(webhook_id)
        with deciding(caller.entry, not_found=WebhookNotFound):
            allow(caller.entry, policy.owns(caller.principal, case_client=endpoint.client, case_subject=""))
        return endpoint

    async def find_delivery(self, caller: Caller, webhook_id: str, delivery_id: str) -> Delivery:
        """Raises `Denied`, `WebhookNotFound`, `DeliveryNotFound`."""
        endpoint = await self.find(caller, webhook_id)
        delivery = await self.deliveries.get(endpoint.id, delivery_id)
        if delivery is None:
            raise DeliveryNotFound(delivery_id)
        return delivery

    async def page(self, caller: Caller, *, before: str, limit: int) -> tuple[list[Endpoint], str]:
        """The caller's own, newest first, and the next cursor. Raises `Denied`, `BadCursor`."""
        require_application(caller)
        if before and not _ID.fullmatch(before):
            raise BadCursor(before)
        return await self.endpoints.page(caller.principal.client_id, before=before, limit=limit)

    def locked(self, tx: Connection, endpoint: Endpoint) -> Endpoint:
        """As it is now, for a change. Raises `WebhookNotFound` if it is gone."""
        found = self.endpoints.locked(tx, endpoint.id)
        if found is None:
            raise WebhookNotFound(endpoint.id)
        return found

    def count_try(self, tx: Connection, client: str) -> None:
        """One more request that the client has us send. Raises `QuotaUsed`."""
        most = self.settings.tries_per_client_hour
        used = spend(tx, Allowance("webhook_tries_per_client_hour", most, _HOUR), client)
        if not used.granted:
            raise QuotaUsed("webhook_tries_used", "tries_per_client_hour", most, used.retry_after)


def require_application(caller: Caller) -> None:
    """An endpoint is told of cases of many people: no person manages it. Raises `Denied`."""
    with deciding(caller.entry):
        allow(caller.entry, policy.require_kind(caller.principal, "app"))

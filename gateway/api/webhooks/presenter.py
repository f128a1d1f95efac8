"""Endpoints and deliveries as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import msgspec

from gateway.api.http.writes import stored
from gateway.api.webhooks.shapes import RemovedWebhookView, WebhookDeliveryView, WebhookView
from gateway.cases.idempotency import StoredResponse
from gateway.notifications.commands.register_webhook import KnownSecret
from gateway.notifications.webhooks.model import Delivery, DeliveryState, Endpoint
from gateway.secret import Secret


def webhook_view(endpoint: Endpoint, secret: Secret | None = None) -> WebhookView:
    return WebhookView(
        id=endpoint.id,
        url=endpoint.url,
        description=endpoint.description or None,
        event_types=cast("Any", list(endpoint.event_types)),
        state=endpoint.state,
        disabled_reason=cast("Any", endpoint.reason or None),
        disabled_at=endpoint.disabled_at,
        first_failure_at=endpoint.failing_since,
        verified_at=endpoint.verified_at,
        created_at=endpoint.created_at,
        updated_at=endpoint.updated_at,
        secret=secret.reveal() if secret else None,
        secret_created_at=endpoint.secret_created_at,
        previous_secret_expires_at=endpoint.previous_until,
    )


def delivery_view(delivery: Delivery) -> WebhookDeliveryView:
    pending = delivery.state is DeliveryState.PENDING
    return WebhookDeliveryView(
        id=delivery.id,
        webhook=delivery.endpoint_id,
        event=delivery.event_id,
        event_type=cast("Any", delivery.event_type),
        case=delivery.case_id or None,
        state=delivery.state,
        attempts=delivery.attempts,
        last_outcome=cast("Any", delivery.last_outcome or None),
        last_status=delivery.last_status or None,
        created_at=delivery.created_at,
        first_attempt_at=delivery.first_attempt_at,
        last_attempt_at=delivery.last_attempt_at,
        next_attempt_at=delivery.due_at if pending else None,
        repeat_of=delivery.repeat_of or None,
        payload=msgspec.json.decode(delivery.payload),
    )


@dataclass(frozen=True, slots=True)
class WebhookPresenter:
    language: str

    def registered(self, known: KnownSecret) -> StoredResponse:
        view = webhook_view(known.endpoint, known.secret)
        return stored(201, view, self.language, {"Location": f"/v1/webhooks/{known.endpoint.id}"})

    def rotated(self, known: KnownSecret) -> StoredResponse:
        return stored(200, webhook_view(known.endpoint, known.secret), self.language)

    def changed(self, endpoint: Endpoint) -> StoredResponse:
        return stored(200, webhook_view(endpoint), self.language)

    def removed(self, endpoint: Endpoint) -> StoredResponse:
        return stored(200, RemovedWebhookView(id=endpoint.id), self.language)

    def queued(self, delivery: Delivery) -> StoredResponse:
        where = f"/v1/webhooks/{delivery.endpoint_id}/deliveries/{delivery.id}"
        return stored(202, delivery_view(delivery), self.language, {"Location": where})

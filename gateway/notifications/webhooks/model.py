"""Endpoints, the events that they are told of, and deliveries. Pure: no database, no network."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from gateway.connectors.contract import CaseStatus
from gateway.notifications.case_change import CaseChange

CASE_ACTION_REQUIRED: Final = "case.action_required"
CASE_CREATED: Final = "case.created"
CASE_UPDATED: Final = "case.updated"
TEST: Final = "webhook.test"
DISABLED: Final = "webhook.disabled"
VERIFICATION: Final = "webhook.verification"


class EndpointState(StrEnum):
    UNVERIFIED = "unverified"
    ENABLED = "enabled"
    PAUSED = "paused"
    DISABLED = "disabled"


class DisabledReason(StrEnum):
    FAILING = "failing"
    """Every attempt failed for three days (`webhooks.retry_seconds`)."""
    GONE = "gone"
    """The receiver answered 410."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client wants to be told."""

    id: str
    client: str
    url: str
    description: str
    event_types: tuple[str, ...]
    """Empty: all."""
    state: EndpointState
    reason: str
    """Why it is disabled; empty otherwise."""
    created_at: datetime
    updated_at: datetime
    verified_at: datetime | None
    disabled_at: datetime | None
    failing_since: datetime | None
    """Since when every attempt has failed; None if the last one succeeded."""
    secret_created_at: datetime
    previous_until: datetime | None
    """Until when the secret before this one signs as well."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one endpoint."""

    position: int
    """Counts up; of one case in the order of its events."""
    id: str
    endpoint_id: str
    event_id: str
    event_type: str
    case_id: str
    payload: str
    """The body, byte for byte the same in every attempt."""
    state: DeliveryState
    attempts: int
    created_at: datetime
    first_attempt_at: datetime | None
    last_attempt_at: datetime | None
    last_outcome: str
    last_status: int
    due_at: datetime
    repeat_of: str
    """The delivery that this one repeats because the client asked for it; empty otherwise."""


def type_of(change: CaseChange) -> str:
    """The type of event by which a client is told of it."""
    if change.status_before is None:
        return CASE_CREATED
    if change.ends_case:
        return f"case.{change.status.value}"
    if change.status_changed and change.status is CaseStatus.ACTION_REQUIRED:
        return CASE_ACTION_REQUIRED
    return CASE_UPDATED


def payload_of(change: CaseChange) -> str:
    """Ids and words of ours, nothing about a person: who wants more asks the API, with a right to it."""
    data: dict[str, Any] = {
        "case": change.case_id,
        "number": change.seq,
        "service": change.service,
        "status": change.status.value,
        "code": change.code,
        "portal": change.portal or None,
    }
    return payload(type_of(change), change.at, data)


def payload(event_type: str, at: datetime, data: dict[str, Any]) -> str:
    """The body of an event, in the form of Standard Webhooks."""
    return msgspec.json.encode({"type": event_type, "timestamp": at, "data": data}).decode()

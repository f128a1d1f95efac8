"""Queues, workers, and what fails. Nothing in it is about a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import Shape
from gateway.notifications.webhooks.model import EndpointState


class QueueView(Shape, kw_only=True):
    queue: Annotated[
        Literal["journeys", "outbox", "messages", "webhooks"],
        Meta(description="Cases that go on, news of cases to be passed on, messages to people, webhooks."),
    ]
    due: Annotated[int, Meta(description="What could be done now; at most 10,000 are counted.")]
    taken: Annotated[int, Meta(description="Of these, what a process works on.")]
    overdue_seconds: Annotated[int, Meta(description="For how long the one that waits longest has been due.")]


class WorkerView(Shape, kw_only=True):
    """A process that works on something. One that has nothing to do is not listed."""

    name: str
    leases: int
    expires_at: Annotated[datetime, Meta(description="When its last lease ends, unless it is renewed.")]


class MessageFailureView(Shape, kw_only=True):
    channel: Literal["email", "sms"]
    state: Literal["refused", "undeliverable", "given_up"]
    reason: str | None
    count: int


class FailingWebhookView(Shape, kw_only=True):
    id: str
    client: str
    host: Annotated[str, Meta(description="Of its address.")]
    state: EndpointState
    reason: str | None
    failed_rounds: Annotated[int, Meta(description="Rounds in a row in which it took nothing.")]
    failing_since_at: datetime | None
    succeeded_at: datetime | None
    waiting: Annotated[int, Meta(description="Deliveries that wait for it; at most 10,000 are counted.")]


class OperationsView(Shape, kw_only=True):
    since_at: Annotated[datetime, Meta(description="From when on failures of messages are counted.")]
    until_at: datetime
    queues: list[QueueView]
    workers: list[WorkerView]
    message_failures: list[MessageFailureView]
    webhooks: Annotated[list[FailingWebhookView], Meta(description="Those that fail or are disabled; 100 at most.")]
    object: Literal["operations"] = "operations"

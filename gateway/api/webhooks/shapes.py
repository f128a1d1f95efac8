"""What clients send and get about webhooks, and what receivers get."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from gateway.api.http.shapes import Request, Shape
from gateway.connectors.contract import CaseStatus
from gateway.notifications.webhooks.addresses import URL_CHARACTERS
from gateway.notifications.webhooks.model import DeliveryState, EndpointState
from gateway.notifications.webhooks.reply import Outcome

EventType = Literal[
    "case.created",
    "case.updated",
    "case.action_required",
    "case.completed",
    "case.failed",
    "case.rejected",
    "case.withdrawn",
    "webhook.disabled",
]
_URL: Final = "`https` and a name; it has to lead to public addresses."
_TYPES: Final = "What it is told of; an empty list: everything, also types to come."


_Text = Annotated[str, Meta(max_length=200)]


class WebhookRequest(Request, kw_only=True):
    url: Annotated[
        str,
        Meta(min_length=1, max_length=URL_CHARACTERS, description=_URL, examples=["https://app.example/hooks/mre"]),
    ]
    event_types: Annotated[list[EventType], Meta(max_length=20, description=_TYPES)] = []
    description: Annotated[_Text | None, Meta(description="For you.")] = None


class WebhookUpdateRequest(Request, kw_only=True):
    """What is left out, or null, stays as it is."""

    url: Annotated[
        Annotated[str, Meta(min_length=1, max_length=URL_CHARACTERS)] | None,
        Meta(description=_URL + " Another one has to be verified before more is sent."),
    ] = None
    event_types: Annotated[Annotated[list[EventType], Meta(max_length=20)] | None, Meta(description=_TYPES)] = None
    description: Annotated[_Text | None, Meta(description="For you; an empty text removes it.")] = None


class RotateWebhookSecretRequest(Request, kw_only=True):
    overlap_seconds: Annotated[
        Annotated[int, Meta(ge=0, le=7 * 86_400)] | None,
        Meta(description="For so long the secret before this one signs as well: a day if left out, 0 for not at all."),
    ] = None


class WebhookView(Shape, kw_only=True):
    """An endpoint of webhooks."""

    id: Annotated[str, Meta(examples=["whe_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    url: str
    description: str | None = None
    event_types: Annotated[list[EventType], Meta(description="An empty list: everything.")]
    state: Annotated[
        EndpointState,
        Meta(
            description="`unverified`: it has not repeated the challenge yet; `enabled`: it is told; `paused`: events "
            "are kept for it; `disabled`: it failed too long, or answered 410; events are kept for it."
        ),
    ]
    disabled_reason: Annotated[Literal["failing", "gone"] | None, Meta(description="`gone`: it answered 410.")] = None
    disabled_at: datetime | None = None
    first_failure_at: Annotated[
        datetime | None, Meta(description="Since then every attempt has failed; null if the last one succeeded.")
    ] = None
    verified_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    secret: Annotated[
        str | None,
        Meta(description="Only in the answer to creating it and to rotating the secret: `whsec_...`, for a library."),
    ] = None
    secret_created_at: datetime
    previous_secret_expires_at: Annotated[
        datetime | None, Meta(description="Until then the secret before signs as well.")
    ] = None
    object: Literal["webhook"] = "webhook"


class RemovedWebhookView(Shape, kw_only=True):
    id: str
    deleted: Literal[True] = True
    object: Literal["webhook"] = "webhook"


class WebhookDeliveryView(Shape, kw_only=True):
    """One event for one endpoint."""

    id: Annotated[str, Meta(examples=["whd_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    webhook: Annotated[str, Meta(description="Id of the endpoint.")]
    event: Annotated[str, Meta(description="Id of the event: `webhook-id`, the same in every attempt.")]
    event_type: Literal[EventType, "webhook.test", "webhook.verification"]
    case: Annotated[str | None, Meta(description="Id of the case that it is about.")] = None
    state: DeliveryState
    attempts: int
    last_outcome: Annotated[
        Outcome | None,
        Meta(
            description="What became of the last attempt. `refused`: another status than 2xx; `redirected`: 3xx, which "
            "is not followed; `address_refused`: the name leads to an address that is not public; `broken`: no HTTP."
        ),
    ] = None
    last_status: Annotated[int | None, Meta(description="HTTP status of the last answer.")] = None
    created_at: datetime
    first_attempt_at: datetime | None = None
    last_attempt_at: datetime | None = None
    next_attempt_at: Annotated[datetime | None, Meta(description="Not before then, if it is `pending`.")] = None
    repeat_of: Annotated[str | None, Meta(description="The delivery that this one repeats on demand.")] = None
    payload: Annotated[dict[str, Any], Meta(description="The body, as it is sent.")]
    object: Literal["webhook_delivery"] = "webhook_delivery"


class WebhookCaseEventData(Shape, kw_only=True):
    """What happened to a case: ids and words, nothing about a person."""

    case: Annotated[str, Meta(description="Id of the case.", examples=["case_01k8z6v3p4q5r6s7t8v9w0x1y2"])]
    number: Annotated[int, Meta(description="The event's `id` in the timeline of its case: counts up from 1.")]
    service: str
    status: Annotated[CaseStatus, Meta(description="Status of the case after it.")]
    code: Annotated[str, Meta(description="The word of the timeline.", examples=["filed"])]
    portal: str | None = None


class WebhookCaseEvent(Shape, kw_only=True):
    type: EventType
    timestamp: Annotated[datetime, Meta(description="When it happened.")]
    data: WebhookCaseEventData


class WebhookDisabledEventData(Shape, kw_only=True):
    webhook: Annotated[str, Meta(description="Id of the endpoint that was disabled: another one than this.")]
    reason: Literal["failing", "gone"]


class WebhookDisabledEvent(Shape, kw_only=True):
    type: Literal["webhook.disabled"]
    timestamp: datetime
    data: WebhookDisabledEventData


class WebhookTestEventData(Shape, kw_only=True):
    webhook: str


class WebhookTestEvent(Shape, kw_only=True):
    type: Literal["webhook.test"]
    timestamp: datetime
    data: WebhookTestEventData


class WebhookVerificationEventData(Shape, kw_only=True):
    webhook: str
    challenge: Annotated[str, Meta(description="To be repeated in the answer.")]


class WebhookVerificationEvent(Shape, kw_only=True):
    type: Literal["webhook.verification"]
    timestamp: datetime
    data: WebhookVerificationEventData


class WebhookChallengeAnswer(Shape, kw_only=True):
    """What a receiver answers to `webhook.verification`, with status 200."""

    challenge: str

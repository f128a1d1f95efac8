"""What receivers get, for the API's description: OpenAPI 3.1 `webhooks`, one for each type of event."""

from __future__ import annotations

from typing import Final

import msgspec

from gateway.api.openapi.schemas import Components, Schema
from gateway.api.webhooks.shapes import (
    WebhookCaseEvent,
    WebhookChallengeAnswer,
    WebhookDisabledEvent,
    WebhookTestEvent,
    WebhookVerificationEvent,
)

_SUMMARIES: Final[dict[str, tuple[type[msgspec.Struct], str]]] = {
    "case.created": (WebhookCaseEvent, "A case was filed"),
    "case.updated": (WebhookCaseEvent, "Something happened to a case"),
    "case.action_required": (WebhookCaseEvent, "Something waits for the person"),
    "case.completed": (WebhookCaseEvent, "A case has ended: it is done"),
    "case.rejected": (WebhookCaseEvent, "A case has ended: its portal said no"),
    "case.withdrawn": (WebhookCaseEvent, "A case has ended: it was taken back"),
    "case.failed": (WebhookCaseEvent, "A case has ended: it could not be carried through"),
    "webhook.disabled": (WebhookDisabledEvent, "Another endpoint of yours was disabled"),
    "webhook.test": (WebhookTestEvent, "A test event that you asked for"),
    "webhook.verification": (WebhookVerificationEvent, "Show that the endpoint is yours: repeat the challenge"),
}

_DESCRIPTION: Final = (
    "Signed by Standard Webhooks. Sent at least once, with the same `webhook-id` each time, and for a case in order. "
    "Answer 2xx soon; anything else is tried again for three days."
)


def _header(name: str, description: str) -> Schema:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": {"type": "string"}}


_HEADERS: Final = [
    _header("webhook-id", "Id of the event, the same in every attempt: what you have seen before, ignore."),
    _header("webhook-timestamp", "When this attempt was sent, in seconds since 1970."),
    _header(
        "webhook-signature",
        "`v1,` and an HMAC-SHA256 as Base64 of `{webhook-id}.{webhook-timestamp}.{body}`; several with a space between "
        "while a secret is changed.",
    ),
]


def webhooks(components: Components) -> Schema:
    """The member `webhooks` of the description; their bodies become components."""
    return {kind: {"post": _operation(kind, body, summary, components)} for kind, (body, summary) in _SUMMARIES.items()}


def _operation(kind: str, body: type[msgspec.Struct], summary: str, components: Components) -> Schema:
    taken: Schema = {"2XX": {"description": "Taken."}}
    if body is WebhookVerificationEvent:
        taken = {"200": {"description": "The challenge.", "content": _json(WebhookChallengeAnswer, components)}}
    return {
        "operationId": "on" + "".join(part.title() for part in kind.replace("_", ".").split(".")),
        "summary": summary,
        "description": _DESCRIPTION,
        "tags": ["Webhooks"],
        "security": [],
        "parameters": _HEADERS,
        "requestBody": {"required": True, "content": _json(body, components)},
        "responses": {
            **taken,
            "410": {"description": "Send nothing more: the endpoint is disabled."},
            "default": {"description": "Not taken: it is tried again."},
        },
    }


def _json(body: type[msgspec.Struct], components: Components) -> Schema:
    return {"application/json": {"schema": components.add(body)}}

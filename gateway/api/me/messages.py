"""`/v1/me/messages`: what the person was told by e-mail and SMS, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Meta

from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.cursor import Cursor
from gateway.api.http.route_rules import RouteRule
from gateway.api.http.shapes import Page, Shape
from gateway.i18n.messages import Messages
from gateway.notifications.messages.list_messages import ListMessages
from gateway.notifications.messages.store import State, StoredMessage


class MessageView(Shape, kw_only=True):
    """A message to the person. What it said is not kept."""

    object: Literal["message"] = "message"
    id: Annotated[str, Meta(description="An e-mail's `Message-ID` begins with it.")]
    case: Annotated[str | None, Meta(description="Null: of no case, as a code is.")]
    about: Annotated[
        Literal["action", "appointment", "parcel", "end", "code"],
        Meta(
            description="Something waited for her, an appointment neared, a parcel moved, the case ended, or a code to "
            "verify an address."
        ),
    ]
    channel: Literal["email", "sms"]
    state: Literal["waiting", "sent", "delivered", "refused", "undeliverable", "not_sent", "given_up"]
    text: Annotated[str, Meta(description="What became of it, in the caller's language.")]
    reason: Annotated[str | None, Meta(description="A code of why it is in this state.")] = None
    created_at: datetime
    sent_at: datetime | None = None


class MessagesController(Controller):
    path = "/v1/me/messages"
    tags = ("Me",)

    @get(
        "",
        operation_id="listMyMessages",
        summary="What I was told",
        description="Messages about the person's own cases, the newest first. One that her address did not take is "
        "`refused`, or `undeliverable` if it came back; after several of them nothing more is sent there until she "
        "changes or confirms her preferences.",
        rule=RouteRule(scope="cases:read", operation="me.messages", purpose="right-of-access"),
    )
    async def messages(
        self,
        request: Call,
        list_messages: NamedDependency[ListMessages],
        messages: NamedDependency[Messages],
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
    ) -> Response[Page[MessageView]]:
        language = language_of(request)
        found, more = await list_messages.run(caller_of(request), before=cursor, limit=limit)
        views = [_view(each, messages, language) for each in found]
        page = Page(data=views, has_more=more, next_cursor=views[-1].id if more else None)
        return Response(page, headers={"Cache-Control": "private, no-store", "Content-Language": language})


def _view(message: StoredMessage, messages: Messages, language: str) -> MessageView:
    return MessageView(
        id=message.id,
        case=message.case_id or None,
        about=message.fact.kind.value,
        channel=message.channel,
        state=message.state.value,
        text=_text(message, messages, language),
        reason=message.reason or None,
        created_at=message.created_at,
        sent_at=message.sent_at,
    )


def _text(message: StoredMessage, messages: Messages, language: str) -> str:
    """For a message that was not sent, why; for others, where it is."""
    reason = f"message.reason.{message.reason}"
    if message.state in (State.NOT_SENT, State.WAITING) and message.reason and messages.has(reason):
        return messages.translate(reason, language)
    return messages.translate(f"message.state.{message.state}", language)

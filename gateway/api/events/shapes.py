"""One line of a case's timeline, alone and in the feed of all cases; tickets for event streams."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from gateway.api.http.shapes import Page, PortalId, Request, Shape


class EventView(Shape, kw_only=True):
    id: Annotated[
        str, Meta(description="Its place in the list that was read: a `cursor`, and the `id` of the event stream.")
    ]
    case: Annotated[str, Meta(description="Id of the case.")]
    service: str
    number: Annotated[int, Meta(description="Counts up from 1 in each case.")]
    occurred_at: datetime
    code: Annotated[str, Meta(examples=["filed"])]
    text: str
    status: Annotated[str, Meta(description="Status of the case after it.")]
    portal: PortalId | None = None
    data: dict[str, Any] = {}
    object: Literal["event"] = "event"


class FeedPageView(Page[EventView], kw_only=True):
    position: Annotated[
        str,
        Meta(description="The place behind this page, also of the last one: a later call sends it as `cursor`."),
    ]


class TicketRequest(Request, kw_only=True):
    case: Annotated[
        Annotated[str, Meta(min_length=1, max_length=60)] | None,
        Meta(description="The case whose stream is opened; left out: all cases."),
    ] = None


class TicketView(Shape, kw_only=True):
    ticket: Annotated[str, Meta(description="Good once, for the stream it was made for.")]
    url: Annotated[str, Meta(description="The address of the stream with the ticket, for `new EventSource(url)`.")]
    expires_at: Annotated[datetime, Meta(description="The stream has to be opened before.")]
    object: Literal["ticket"] = "ticket"

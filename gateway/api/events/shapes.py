"""One line of a case's timeline, alone and in the feed of all cases; tickets for event streams."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import Money, Page, PortalId, Request, Shape
from gateway.cases.state import ActionType
from gateway.connectors.contract import CaseStatus, Milestone


class EventData(Shape, kw_only=True, omit_defaults=True):
    """What belongs to the event's `code`; what does not is left out."""

    reason: Annotated[str, Meta(description="Why.")] = ""
    amount: Money | None = None
    reference: Annotated[str, Meta(description="Number of the demand or the parcel.")] = ""
    stamp: Annotated[str, Meta(description="Number of the electronic stamp (e-Timbre).")] = ""
    round: Annotated[int, Meta(description="How often the parcel was sent.")] = 0
    action: ActionType | None = None
    why: Annotated[str, Meta(description="The `code` of the action.")] = ""
    choice: str = ""
    document: str = ""
    from_case: str = ""
    post: str = ""
    starts_at: datetime | None = None
    deadline: Literal["answer", "acknowledge", "triage", ""] = ""
    due_on: date | None = None
    label: Annotated[str, Meta(description="The portal's own text.")] = ""
    milestone: Milestone | None = None
    portal_occurred_at: datetime | None = None


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
    status: Annotated[CaseStatus, Meta(description="Status of the case after it.")]
    portal: PortalId | None = None
    data: EventData
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

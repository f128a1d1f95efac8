"""`/v1/events`: what happens to all of the caller's cases, as JSON or as Server-Sent Events, and tickets for both
streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, JSONBody, QueryParameter

from gateway.api.events.case_change_notifier import Topic
from gateway.api.events.routes import Ticket
from gateway.api.events.shapes import EventView, FeedPageView, TicketRequest, TicketView
from gateway.api.events.streams import Batch, EventStreams, event, streamed, wants_stream
from gateway.api.http.access import Call, caller_of, language_of, principal_of
from gateway.api.http.cursor import Cursor
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.writes import Key, answered, stored, write_request
from gateway.api.views import Presentation, Views
from gateway.auth.principal import Principal
from gateway.auth.tickets import Given
from gateway.cases.commands.give_event_ticket import GiveEventTicket
from gateway.cases.commands.read_feed import ReadFeed
from gateway.cases.commands.stream_records import StreamRecords
from gateway.cases.feed import FeedEvent
from gateway.cases.idempotency import StoredResponse

_READ_AT_ONCE: Final = 200
"""Events that a stream reads at a time."""
_TARGET: Final = "feed"


@dataclass(slots=True, kw_only=True)
class _FeedSource:
    read_feed: ReadFeed
    views: Views
    principal: Principal
    after: int
    topic: Topic = field(init=False)

    def __post_init__(self) -> None:
        self.topic = Topic("feed", self.principal.owner)

    @property
    def opening(self) -> bytes:
        return b"id: %s\n" % self.read_feed.positions.text(self.principal.owner, self.after).encode()

    async def read(self) -> Batch:
        page = await self.read_feed.page(self.principal, after=self.after, limit=_READ_AT_ONCE)
        self.after = page.position
        found = [_view(self.read_feed, self.views, self.principal, each) for each in page.events]
        sent = [event(each.id, msgspec.json.encode(each)) for each in found]
        return Batch(sent, version=page.position, more=page.more)


class FeedController(Controller):
    path = "/v1/events"
    tags = ("Events",)

    @get(
        "",
        operation_id="listEvents",
        summary="What happens to my cases",
        problems=("cursor_invalid", "not_acceptable", "streams_quota_used"),
        description="The events of all cases that the caller may see, in one order, oldest first. JSON by default: "
        "`position` is where a later call goes on. With `Accept: text/event-stream` they come as they happen; "
        "reconnect with `Last-Event-ID`, or with its value as `cursor`, and none is missed. The stream ends with the "
        "life of the token or the mandate. Reading on within an hour belongs to the audit record of the first call.",
        rule=RouteRule(scope="cases:read", operation="events.read", agents=Agents.WITH_MANDATE, tickets=True),
        responses={
            200: ResponseSpec(
                data_container=FeedPageView, description="The events, oldest first", generate_examples=False
            )
        },
    )
    async def list_events(
        self,
        request: Call,
        read_feed: NamedDependency[ReadFeed],
        event_streams: NamedDependency[EventStreams],
        stream_records: NamedDependency[StreamRecords],
        presentation: NamedDependency[Presentation],
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
        begin: Annotated[
            Literal["oldest", "now"],
            QueryParameter(description="Where to begin without a `cursor`: `now` gives what happens from now on."),
        ] = "oldest",
        ticket: Ticket = "",
        last_event_id: Annotated[
            str | None, HeaderParameter(name="Last-Event-ID", required=False, max_length=200)
        ] = None,
    ) -> Response[Any]:
        caller, principal = caller_of(request), principal_of(request)
        views = presentation.views(language_of(request))
        seen = last_event_id or cursor
        start = await read_feed.start(principal, seen, from_now=begin == "now")
        headers = {"Cache-Control": "no-store", "Content-Language": views.language}
        if wants_stream(request):
            source = _FeedSource(read_feed=read_feed, views=views, principal=principal, after=start)
            async with event_streams.opened(source, principal) as stream:
                await stream_records.cover(caller, _TARGET, resumed=bool(seen))
            return streamed(stream, headers)
        page = await read_feed.page(principal, after=start, limit=limit)
        await stream_records.cover(caller, _TARGET, resumed=bool(seen))
        position = read_feed.positions.text(principal.owner, page.position)
        view = FeedPageView(
            data=[_view(read_feed, views, principal, each) for each in page.events],
            has_more=page.more,
            next_cursor=position if page.more else None,
            position=position,
        )
        return Response(view, headers=headers)

    @post(
        "/tickets",
        operation_id="createEventTicket",
        summary="A ticket for an event stream in a browser",
        problems=("case_not_found", "erased"),
        description="A native `EventSource` cannot send a token: it opens the `url` of a ticket. A ticket is good once "
        "and for a minute; what it shows is what the token that it was made with may see, for as long as that token "
        "and the mandate live. When the stream breaks, get a new ticket and go on with `cursor`.",
        rule=RouteRule(scope="cases:read", operation="events.ticket", agents=Agents.WITH_MANDATE, secret_answer=True),
        status_code=201,
    )
    async def create_ticket(
        self,
        request: Call,
        data: JSONBody[TicketRequest],
        give_event_ticket: NamedDependency[GiveEventTicket],
        idempotency_key: Key = None,
    ) -> Response[TicketView]:
        language = language_of(request)
        path = f"/v1/cases/{data.case}/events" if data.case else "/v1/events"

        def present(given: Given) -> StoredResponse:
            view = TicketView(ticket=given.ticket, url=f"{path}?ticket={given.ticket}", expires_at=given.expires_at)
            return stored(201, view, language)

        return answered(
            await give_event_ticket.run(
                await write_request(request), case_id=data.case or "", language=language, present=present
            )
        )


def _view(read_feed: ReadFeed, views: Views, principal: Principal, found: FeedEvent) -> EventView:
    place = read_feed.positions.text(principal.owner, found.number)
    return views.event(found.event, found.case_id, found.service, place)

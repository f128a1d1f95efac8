"""`/v1/cases/{id}/events`: the timeline, as JSON or as Server-Sent Events that resume by `Last-Event-ID`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, HeaderParameter, QueryParameter

from gateway.api.events.case_change_notifier import Topic
from gateway.api.events.shapes import EventView
from gateway.api.events.streams import Batch, EventStreams, event, streamed, wants_stream
from gateway.api.http.access import Call, caller_of, language_of, principal_of
from gateway.api.http.cursor import Cursor, number
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.shapes import Page
from gateway.api.views import Presentation, Views
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.stream_records import StreamRecords
from gateway.cases.store import Cases

_MOST: Final = 1000

Ticket = Annotated[
    str,
    QueryParameter(
        max_length=100,
        description="Instead of a token, for `EventSource`: from `POST /v1/events/tickets`, good once.",
    ),
]


@dataclass(slots=True, kw_only=True)
class _CaseSource:
    cases: Cases
    views: Views
    case_id: str
    after: int
    service: str
    topic: Topic = field(init=False)
    opening: bytes = b""

    def __post_init__(self) -> None:
        self.topic = Topic("case", self.case_id)

    async def read(self) -> Batch:
        case = await self.cases.get(self.case_id)
        found = await self.cases.events(self.case_id, after=self.after)
        seen = [self.views.event(each, self.case_id, self.service) for each in found]
        sent = [event(each.id, msgspec.json.encode(each)) for each in seen]
        self.after = found[-1].seq if found else self.after
        return Batch(sent, version=-1 if case is None else case.version, ended=case is None or case.ended)


class EventsController(Controller):
    path = "/v1/cases/{case_id:str}/events"
    tags = ("Cases",)

    @get(
        "",
        operation_id="listCaseEvents",
        summary="The timeline of a case",
        problems=(
            "case_not_found",
            "insufficient_assurance",
            "erased",
            "cursor_invalid",
            "not_acceptable",
            "streams_quota_used",
        ),
        description="JSON by default. With `Accept: text/event-stream` the events come as they happen; "
        "reconnect with `Last-Event-ID` to miss none, and `limit` means nothing. The stream ends with the case, and "
        "with the life of the token or the mandate. Who has seen all of a case that has ended gets 204, which tells an "
        "`EventSource` to stay away.",
        rule=RouteRule(scope="cases:read", operation="cases.events", agents=Agents.WITH_MANDATE, tickets=True),
        responses={
            200: ResponseSpec(
                data_container=Page[EventView], description="The events, oldest first", generate_examples=False
            ),
            204: ResponseSpec(
                data_container=None, description="As a stream: nothing more will happen", generate_examples=False
            ),
        },
    )
    async def list_events(
        self,
        request: Call,
        case_id: FromPath[str],
        case_access: NamedDependency[CaseAccess],
        cases: NamedDependency[Cases],
        event_streams: NamedDependency[EventStreams],
        stream_records: NamedDependency[StreamRecords],
        presentation: NamedDependency[Presentation],
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=_MOST)] = 100,
        ticket: Ticket = "",
        last_event_id: Annotated[
            str | None, HeaderParameter(name="Last-Event-ID", required=False, max_length=20)
        ] = None,
    ) -> Response[Any]:
        caller = caller_of(request)
        case = await case_access.find(caller, case_id)
        views = presentation.views(language_of(request))
        start = max(number(cursor) or 0, number(last_event_id or "") or 0)
        headers = {"Cache-Control": "no-store", "Content-Language": views.language}
        if not wants_stream(request):
            found = await cases.events(case_id, after=start, limit=limit + 1)
            data, more = [views.event(each, case.id, case.service) for each in found[:limit]], len(found) > limit
            page = Page(data=data, has_more=more, next_cursor=data[-1].id if more else None)
            return Response(page, headers=headers)
        if start and case.ended and not await cases.events(case_id, after=start, limit=1):
            await stream_records.cover(caller, case_id, resumed=True)
            return Response(None, status_code=204, headers=headers)
        source = _CaseSource(cases=cases, views=views, case_id=case_id, service=case.service, after=start)
        async with event_streams.opened(source, principal_of(request)) as stream:
            await stream_records.cover(caller, case_id, resumed=start > 0)
        return streamed(stream, headers)

"""`/v1/cases/{id}/events`: the timeline, as JSON or as Server-Sent Events that resume by `Last-Event-ID`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, MediaType, Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.response import Stream

from gateway.api.events.case_change_notifier import CaseChangeNotifier
from gateway.api.events.shapes import EventView
from gateway.api.http.access import Call, caller_of, language_of, principal_of
from gateway.api.http.cursor import LARGEST, number
from gateway.api.http.metrics import event_streams
from gateway.api.http.problems import Problem
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.server_state import ServerState
from gateway.api.http.shapes import Page
from gateway.api.views import Presentation, Views
from gateway.auth.mandates import Mandates
from gateway.auth.policy import Denied
from gateway.auth.principal import Principal
from gateway.auth.quotas import Quotas
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.store import Cases

STREAM: Final = "text/event-stream"
_BEAT_SECONDS: Final = 15.0
"""A comment this often keeps proxies from closing a quiet stream."""
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvents:
    """Streams of what happens to a case, for as long as somebody reads."""

    cases: Cases
    mandates: Mandates
    quotas: Quotas
    watcher: CaseChangeNotifier
    state: ServerState
    most: int
    """How many streams this process holds open."""

    @property
    def full(self) -> bool:
        return self.state.streams >= self.most

    async def stream(self, views: Views, case_id: str, after: int, principal: Principal) -> AsyncGenerator[bytes, None]:
        """The first thing given is empty: it says that the stream has its place."""
        with self.quotas.stream(client=principal.client_id, subject=principal.actor or principal.pseudonym):
            async with contextlib.aclosing(self._events(views, case_id, after, principal)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _events(
        self, views: Views, case_id: str, after: int, principal: Principal
    ) -> AsyncGenerator[bytes, None]:
        self.state.streams += 1
        event_streams.inc()
        clock = asyncio.get_running_loop().time
        try:
            yield b""
            yield b"retry: 2000\n\n"
            with self.watcher.watch(case_id, principal) as watched:
                spoke = clock()
                while not self.state.draining and time.time() < principal.expires_at:
                    watched.clear()
                    try:
                        await self.mandates.still(principal)
                    except Denied:
                        return
                    case = await self.cases.get(case_id)
                    if case is not None:
                        watched.version = case.version
                    for event in await self.cases.events(case_id, after=after):
                        after = event.seq
                        data = msgspec.json.encode(views.event(event))
                        yield b"id: %d\nevent: %s\ndata: %s\n\n" % (event.seq, event.code.encode(), data)
                        spoke = clock()
                    if case is None or case.ended:
                        return
                    while not await watched.wait(
                        min(spoke + _BEAT_SECONDS - clock(), principal.expires_at - time.time())
                    ):
                        if time.time() >= principal.expires_at:
                            return
                        if clock() - spoke >= _BEAT_SECONDS:
                            yield b": still here\n\n"
                            spoke = clock()
        finally:
            self.state.streams -= 1
            event_streams.dec()


class EventsController(Controller):
    path = "/v1/cases/{case_id:str}/events"
    tags = ("Cases",)

    @get(
        "",
        operation_id="listCaseEvents",
        summary="The timeline of a case",
        description="JSON by default. With `Accept: text/event-stream` the events come as they happen; "
        "reconnect with `Last-Event-ID` to miss none. The stream ends with the case, and with the life of the token or "
        "the mandate.",
        rule=RouteRule(scope="cases:read", operation="cases.events", agents=Agents.WITH_MANDATE),
        responses={
            200: ResponseSpec(
                data_container=Page[EventView], description="The events, oldest first", generate_examples=False
            )
        },
    )
    async def list_events(
        self,
        request: Call,
        case_id: FromPath[str],
        case_access: NamedDependency[CaseAccess],
        case_events: NamedDependency[CaseEvents],
        presentation: NamedDependency[Presentation],
        after: Annotated[int, QueryParameter(ge=0, le=LARGEST, description="Only events with a greater id.")] = 0,
        last_event_id: Annotated[
            str | None, HeaderParameter(name="Last-Event-ID", required=False, max_length=20)
        ] = None,
    ) -> Response[Any]:
        await case_access.find(caller_of(request), case_id)
        views = presentation.views(language_of(request))
        start = max(after, number(last_event_id or "") or 0)
        headers = {"Cache-Control": "no-store", "Content-Language": views.language}
        if request.accept.best_match([MediaType.JSON, STREAM]) != STREAM:
            events = await case_events.cases.events(case_id, after=start, limit=_PAGE)
            page = Page(data=[views.event(event) for event in events], has_more=len(events) == _PAGE)
            return Response(page, headers=headers)
        if case_events.full:
            raise Problem("overloaded", retry_after=5)
        stream = case_events.stream(views, case_id, start, principal_of(request))
        await anext(stream)  # takes the place, before anybody else is let in
        return Stream(stream, media_type=STREAM, headers={**headers, "X-Accel-Buffering": "no"})

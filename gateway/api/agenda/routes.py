"""`/v1/agenda`: appointments of a post by day, checking in, what is late; `/v1/cases/{id}/notes`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from gateway.api.agenda.shapes import (
    AgendaView,
    CheckInRequest,
    LateView,
    NoteRequest,
    NoteView,
    VisitView,
)
from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.cursor import Cursor, part
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.shapes import Page
from gateway.api.http.writes import Key, answered, stored, write_request
from gateway.api.views import Presentation
from gateway.auth.clients import Clients
from gateway.cases.commands.case_notes import CaseNotes
from gateway.cases.commands.serve_post import Arrival, LateCase, ServePost
from gateway.cases.idempotency import StoredResponse
from gateway.cases.notes import Note
from gateway.cases.visits import Visit, zone_named

_HEADERS = {"Cache-Control": "no-store"}


class AgendaController(Controller):
    path = "/v1/agenda"
    tags = ("Posts",)

    @get(
        "",
        operation_id="getAgenda",
        summary="The appointments of a post on a day",
        description="For agents who serve there: the claim `mre_posts` of their token says where. Names nobody.",
        rule=RouteRule(
            scope="cases:read", operation="agenda.read", purpose="appointment", agents=Agents.WITHOUT_MANDATE
        ),
    )
    async def agenda(
        self,
        request: Call,
        serve_post: NamedDependency[ServePost],
        presentation: NamedDependency[Presentation],
        post: Annotated[str, QueryParameter(min_length=1, max_length=64, description="Id of the post.")],
        on: Annotated[date | None, QueryParameter(description="A day as it is dated there; today by default.")] = None,
    ) -> Response[AgendaView]:
        writer = _Writer(presentation, language_of(request))
        found = await serve_post.agenda(caller_of(request), post, on)
        view = AgendaView(post=post, held_on=found.day, visits=[writer.visit(each) for each in found.visits])
        return Response(view, headers={**_HEADERS, "Content-Language": language_of(request)})

    @post(
        "/check-ins",
        operation_id="checkIn",
        summary="Note that somebody has come to an appointment",
        description="By the card that was scanned or the number that was typed: of an appointment today, at a post "
        "where the agent serves. The answer tells the name, and the person sees in her record that it did.",
        problems=("card_not_found", "visit_not_found", "case_damaged"),
        rule=RouteRule(
            scope="cases:write", operation="agenda.check_in", purpose="appointment", agents=Agents.WITHOUT_MANDATE
        ),
        status_code=200,
    )
    async def check_in(
        self,
        request: Call,
        data: JSONBody[CheckInRequest],
        serve_post: NamedDependency[ServePost],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[VisitView]:
        present = _Writer(presentation, language_of(request)).arrived
        return answered(await serve_post.check_in(await write_request(request), data.post, data.shown, present))

    @get(
        "/late",
        operation_id="listLateCases",
        summary="What is late, of those for whom the agent works",
        description="Cases under mandates that the agent holds, and with an appointment about now at a post where she "
        "serves, whose legal term is over without an answer; the longest first, 100 at most.",
        problems=("cursor_invalid",),
        rule=RouteRule(scope="cases:read", operation="agenda.late", purpose="service", agents=Agents.WITHOUT_MANDATE),
    )
    async def late(
        self,
        request: Call,
        serve_post: NamedDependency[ServePost],
        presentation: NamedDependency[Presentation],
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 100,
    ) -> Response[Page[LateView]]:
        writer = _Writer(presentation, language_of(request))
        found = [writer.late(each) for each in await serve_post.late(caller_of(request))]
        headers = {**_HEADERS, "Content-Language": language_of(request)}
        return Response(part(found, cursor, limit), headers=headers)


class NotesController(Controller):
    path = "/v1/cases/{case_id:str}/notes"
    tags = ("Posts",)

    @get(
        "",
        operation_id="listNotes",
        summary="What agents wrote about a case",
        description="For the person, an agent who names her mandate, and an agent of the post where she has an "
        "appointment about now. The oldest first, 100 at most.",
        problems=("case_not_found", "erased", "cursor_invalid"),
        rule=RouteRule(scope="cases:read", operation="notes.list", purpose="service", agents=Agents.EITHER),
    )
    async def notes(
        self,
        request: Call,
        case_id: FromPath[str],
        case_notes: NamedDependency[CaseNotes],
        clients: NamedDependency[Clients],
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 100,
    ) -> Response[Page[NoteView]]:
        found = [_note(clients, each) for each in await case_notes.read(caller_of(request), case_id)]
        return Response(part(found, cursor, limit), headers=_HEADERS)

    @post(
        "",
        operation_id="addNote",
        summary="Write a note about a case, which the person reads",
        description="For agents: with a mandate, or of the post where the person has an appointment about now.",
        problems=("case_not_found", "form_invalid", "notes_quota_used"),
        rule=RouteRule(scope="cases:write", operation="notes.add", purpose="service", agents=Agents.EITHER),
        status_code=201,
    )
    async def add(
        self,
        request: Call,
        case_id: FromPath[str],
        data: JSONBody[NoteRequest],
        case_notes: NamedDependency[CaseNotes],
        clients: NamedDependency[Clients],
        idempotency_key: Key = None,
    ) -> Response[NoteView]:
        present = _NotePresenter(clients, language_of(request))
        return answered(await case_notes.add(await write_request(request), case_id, data.text, present))


@dataclass(frozen=True, slots=True)
class _NotePresenter:
    clients: Clients
    language: str

    def __call__(self, note: Note) -> StoredResponse:
        return stored(201, _note(self.clients, note), self.language)


def _note(clients: Clients, note: Note) -> NoteView:
    client = clients.get(note.client)
    return NoteView(
        id=note.id,
        case=note.case_id,
        agency=note.client,
        agency_name=client.name if client else note.client,
        agent=note.actor,
        text=note.text,
        created_at=note.created_at,
    )


class _Writer:
    def __init__(self, presentation: Presentation, language: str) -> None:
        self._catalogue = presentation.catalogue
        self._text = presentation.messages.translator(language)
        self._language = language

    def visit(self, visit: Visit, name: str | None = None) -> VisitView:
        zone = zone_named(visit.timezone)
        return VisitView(
            case=visit.case_id,
            **self._named(visit.service, visit.status),
            portal=visit.portal,
            post=visit.post,
            reference=visit.reference,
            starts_at=visit.starts_at.astimezone(zone),
            ends_at=visit.ends_at.astimezone(zone),
            timezone=visit.timezone,
            fast_lane=visit.fast_lane,
            checked_in_at=visit.checked_in_at,
            name=name,
        )

    def arrived(self, arrival: Arrival) -> StoredResponse:
        return stored(200, self.visit(arrival.visit, arrival.name or None), self._language)

    def late(self, late: LateCase) -> LateView:
        return LateView(
            case=late.case_id,
            **self._named(late.service, late.status),
            due_on=date.fromisoformat(late.due_on),
            mandate=late.mandate or None,
            post=late.visit.post if late.visit else None,
        )

    def _named(self, id: str, status: str) -> dict[str, Any]:
        service = self._catalogue.service(id)
        title = service.text("title", self._language) if service else id
        return {"service": id, "service_title": title, "status": status, "status_text": self._text(f"status.{status}")}

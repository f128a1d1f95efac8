"""`/v1/cases`: file a case and follow it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from litestar import Controller, MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from gateway.api.cases.download import download
from gateway.api.cases.presenter import CasePresenter
from gateway.api.cases.shapes import CaseRequest, CaseView, ReceiptView
from gateway.api.http.access import Call, caller_of, entry_of, language_of
from gateway.api.http.cursor import Cursor
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.shapes import Page
from gateway.api.http.writes import Key, answered, etag, unchanged, write_request
from gateway.api.views import Presentation, claims_of
from gateway.cases.calendar_file import CALENDAR, calendar_file
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.file_case import CaseInput, FileCase
from gateway.cases.commands.list_cases import CaseFilter, ListCases
from gateway.cases.commands.read_document import ReadDocument
from gateway.cases.model import Case, Contact
from gateway.cases.store import Cases
from gateway.connectors.contract import CaseStatus, Document


class CasesController(Controller):
    path = "/v1/cases"
    tags = ("Cases",)

    @post(
        "",
        operation_id="createCase",
        summary="File a case",
        rule=RouteRule(scope="cases:write", operation="cases.create", agents=Agents.WITH_MANDATE),
        status_code=201,
    )
    async def create_case(
        self,
        request: Call,
        data: JSONBody[CaseRequest],
        file_case: NamedDependency[FileCase],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[CaseView]:
        language = language_of(request)
        given = CaseInput(
            service=data.service,
            form=data.form,
            contact=Contact(name=data.contact.name, email=data.contact.email, phone=data.contact.phone),
            language=data.language or language,
            related_case=data.related_case,
            card=data.card,
        )
        present = CasePresenter(presentation.views(language))
        return answered(await file_case.run(await write_request(request), given, present.created))

    @get(
        "",
        operation_id="listCases",
        summary="List my cases",
        description="Cases of services that ask for more assurance than the token has are left out; asked for by "
        "`service`, they are 401 `insufficient_assurance`.",
        rule=RouteRule(scope="cases:read", operation="cases.list", agents=Agents.WITH_MANDATE),
    )
    async def list_cases(
        self,
        request: Call,
        list_cases: NamedDependency[ListCases],
        presentation: NamedDependency[Presentation],
        status: Annotated[CaseStatus | None, QueryParameter(description="Only with this status.")] = None,
        service: Annotated[str | None, QueryParameter(max_length=100)] = None,
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[Page[CaseView]]:
        views = presentation.views(language_of(request))
        wanted = CaseFilter(status=status.value if status else None, service=service)
        found, following = await list_cases.run(caller_of(request), wanted, cursor=cursor, limit=limit)
        page = Page(data=[views.case(case) for case in found], has_more=bool(following), next_cursor=following or None)
        return Response(page, headers=_private(views.language))

    @get(
        "/{case_id:str}",
        operation_id="getCase",
        summary="One case",
        rule=RouteRule(scope="cases:read", operation="cases.read", agents=Agents.WITH_MANDATE),
        responses={
            200: ResponseSpec(data_container=CaseView, description="The case", generate_examples=False),
            304: ResponseSpec(data_container=None, description="As `If-None-Match` knows it", generate_examples=False),
        },
    )
    async def get_case(
        self,
        request: Call,
        case_id: FromPath[str],
        case_access: NamedDependency[CaseAccess],
        presentation: NamedDependency[Presentation],
    ) -> Response[bytes | None]:
        case, language = await case_access.find(caller_of(request), case_id), language_of(request)
        body = msgspec.json.encode(presentation.views(language).case(case))
        headers = {**_private(language), "ETag": etag(case, body)}
        if unchanged(request, headers["ETag"]):
            return Response(None, status_code=304, headers=headers)
        return Response(body, media_type=MediaType.JSON, headers=headers)

    @get(
        "/{case_id:str}/receipt",
        operation_id="getReceipt",
        summary="The signed receipt (law 55-19)",
        rule=RouteRule(scope="cases:read", operation="cases.receipt", agents=Agents.WITH_MANDATE),
    )
    async def receipt(
        self,
        request: Call,
        case_id: FromPath[str],
        case_access: NamedDependency[CaseAccess],
        cases: NamedDependency[Cases],
    ) -> Response[ReceiptView]:
        case = await case_access.find(caller_of(request), case_id)
        jws = (await cases.personal(case)).receipt
        view = ReceiptView(case=case.id, receipt=jws, claims=claims_of(jws))
        return Response(view, headers=_private(case.language))

    @get(
        "/{case_id:str}/documents/{document_id:str}",
        operation_id="getDocument",
        summary="A document that the portal made",
        rule=RouteRule(scope="cases:read", operation="cases.document", agents=Agents.WITH_MANDATE),
        media_type="*/*",
    )
    async def document(
        self,
        request: Call,
        case_id: FromPath[str],
        document_id: FromPath[str],
        case_access: NamedDependency[CaseAccess],
        read_document: NamedDependency[ReadDocument],
        presentation: NamedDependency[Presentation],
    ) -> Response[bytes]:
        case = await case_access.find(caller_of(request), case_id)
        if document_id == CALENDAR and case.state.appointment.booked is not None:
            return download(_calendar_file(presentation, case), _private(case.language))
        read_document.require(case, document_id)
        entry = entry_of(request)
        entry.portal = case.state.filing.portal
        return download(await read_document.run(entry, case, document_id), _private(case.language))


def _calendar_file(presentation: Presentation, case: Case) -> Document:
    appointment = case.state.appointment.booked
    assert appointment is not None
    service = presentation.catalogue.service(case.service)
    return calendar_file(
        case,
        appointment,
        summary=service.text("title", case.language) if service else case.service,
        place=presentation.views(case.language).named(appointment.post),
        domain=urlsplit(presentation.public_url).hostname or "",
    )


def _private(language: str) -> dict[str, str]:
    return {
        "Content-Language": language,
        "Cache-Control": "private, no-store",
        "Vary": "Accept-Language, Authorization, Mandate",
    }

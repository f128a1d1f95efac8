"""`/v1/cases`: file a case and follow it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from gateway import typed_text
from gateway.api.cases.download import download
from gateway.api.cases.presenter import CasePresenter
from gateway.api.cases.receipt_claims import ReceiptClaims
from gateway.api.cases.shapes import CaseRequest, CaseView, ReceiptView, ValidationView
from gateway.api.cases.validation import ValidationPresenter
from gateway.api.http.access import Call, caller_of, entry_of, language_of
from gateway.api.http.cursor import Cursor
from gateway.api.http.described import ASKS_PORTAL, DEMAND
from gateway.api.http.encoded import Encoded
from gateway.api.http.problems import FieldError, Problem
from gateway.api.http.response_headers import CONTENT_DISPOSITION, ETAG, LOCATION
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.shapes import Page
from gateway.api.http.writes import Key, answered, etag, unchanged, write_request
from gateway.api.receipts.written_receipts import ReceiptFormat, WrittenReceipts, accepted
from gateway.api.views import Presentation, claims_of
from gateway.cases import portal_words
from gateway.cases.calendar_file import CALENDAR, calendar_file
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.examine_demand import CaseInput
from gateway.cases.commands.file_case import FileCase
from gateway.cases.commands.list_cases import CaseFilter, ListCases
from gateway.cases.commands.read_document import ReadDocument
from gateway.cases.commands.validate_demand import ValidateDemand
from gateway.cases.model import Case
from gateway.cases.store import Cases
from gateway.connectors.contract import CaseStatus, Document

SEARCH_CHARACTERS: Final = 100


class CasesController(Controller):
    path = "/v1/cases"
    tags = ("Cases",)

    @post(
        "",
        operation_id="createCase",
        summary="File a case",
        description="The gateway files it with the portal, takes the fee, follows it and delivers what comes of it. "
        "The answer comes at once; `events_url` tells what happens next. `If-Match` may carry the `ETag` of the "
        "`draft`.",
        problems=(
            *DEMAND,
            "card_not_accepted",
            "portal_refused",
            "precondition_failed",
            "cases_quota_used",
            "open_cases_quota_used",
        ),
        response_headers=(LOCATION, ETAG),
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
        present = CasePresenter(presentation.views(language))
        return answered(
            await file_case.run(
                await write_request(request), _given(data, language, told_in=data.language or language), present.created
            )
        )

    @post(
        "/validate",
        operation_id="validateCase",
        summary="Say what is wrong with a demand, and file nothing",
        description="Everything that filing would be refused for, at once: the form, the rights, the identity, the "
        "documents, and where the portal can be asked, what it would refuse. No case comes of it, and nothing is paid. "
        "What could not be checked is among the findings too, and blocks nothing.",
        problems=("service_not_found", "validations_quota_used"),
        rule=RouteRule(scope="cases:write", operation="cases.validate", agents=Agents.WITH_MANDATE),
        status_code=200,
    )
    async def validate_case(
        self,
        request: Call,
        data: JSONBody[CaseRequest],
        validate_demand: NamedDependency[ValidateDemand],
        presentation: NamedDependency[Presentation],
    ) -> Response[ValidationView]:
        language = language_of(request)
        found = await validate_demand.run(caller_of(request), _given(data, language, told_in=language))
        view = ValidationPresenter(presentation.messages, presentation.views(language)).validated(found)
        return Response(view, headers={"Cache-Control": "no-store", "Content-Language": language})

    @get(
        "",
        operation_id="listCases",
        summary="List my cases",
        problems=("cursor_invalid", "filter_invalid", "service_not_found"),
        description="Cases of services that ask for more assurance than the token has are left out; asked for by "
        "`service`, they are 401 `insufficient_assurance`. All filters that are given must hold; `status` may come "
        "several times: `?status=received&status=in_progress`.",
        rule=RouteRule(scope="cases:read", operation="cases.list", agents=Agents.WITH_MANDATE),
    )
    async def list_cases(
        self,
        request: Call,
        list_cases: NamedDependency[ListCases],
        presentation: NamedDependency[Presentation],
        status: Annotated[
            list[CaseStatus] | None, QueryParameter(max_items=len(CaseStatus), description="Only with one of these.")
        ] = None,
        service: Annotated[str | None, QueryParameter(max_length=100)] = None,
        first: Annotated[
            date | None, QueryParameter(name="from", description="Filed on this day or later, as dated in Morocco.")
        ] = None,
        last: Annotated[
            date | None, QueryParameter(name="to", description="Filed on this day or before, as dated in Morocco.")
        ] = None,
        q: Annotated[
            str,
            QueryParameter(
                max_length=SEARCH_CHARACTERS,
                description="In the id, the portal's reference, the number of the parcel or of the appointment, or the "
                "title of the service in any language. What the form says is sealed and not searched.",
            ),
        ] = "",
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[Page[CaseView]]:
        views = presentation.views(language_of(request))
        if not typed_text.acceptable(q):
            raise Problem("invalid_request", errors=[FieldError("/?q", "text")])
        wanted = CaseFilter(
            statuses=tuple(each.value for each in status or ()),
            service=service,
            first_day=first,
            last_day=last,
            text=typed_text.line(q),
        )
        found, following = await list_cases.run(caller_of(request), wanted, cursor=cursor, limit=limit)
        page = Page(data=[views.case(case) for case in found], has_more=bool(following), next_cursor=following or None)
        return Response(page, headers=_private(views.language))

    @get(
        "/{case_id:str}",
        operation_id="getCase",
        summary="One case",
        description="With its actions, payments and documents, as its portals have told the gateway. It asks no "
        "portal: `as_of` says how old that is.",
        problems=("case_not_found", "erased"),
        response_headers=(ETAG,),
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
        cases: NamedDependency[Cases],
        presentation: NamedDependency[Presentation],
    ) -> Response[bytes | None]:
        case, language = await case_access.find(caller_of(request), case_id), language_of(request)
        words = await portal_words.of_case(cases, case)
        body = msgspec.json.encode(presentation.views(language).case(case, words=words))
        headers = {**_private(language), "ETag": etag(case, body)}
        if unchanged(request, headers["ETag"]):
            return Response(None, status_code=304, headers=headers)
        return Encoded(body, headers)

    @get(
        "/{case_id:str}/receipt",
        operation_id="getReceipt",
        summary="The signed receipt (law 55-19)",
        description="As JSON with the signed receipt, as a page (`text/html`) or as a paper (`application/pdf`): "
        "by `format`, else by `Accept`. Page and paper have a QR code by which anybody checks them at "
        "`/receipts/verify`; they are in the language of the case, which is the one that was signed.",
        problems=("case_not_found", "erased"),
        rule=RouteRule(scope="cases:read", operation="cases.receipt", agents=Agents.WITH_MANDATE),
    )
    async def receipt(
        self,
        request: Call,
        case_id: FromPath[str],
        case_access: NamedDependency[CaseAccess],
        cases: NamedDependency[Cases],
        written_receipts: NamedDependency[WrittenReceipts],
        format: Annotated[ReceiptFormat | None, QueryParameter(description="Before `Accept`.")] = None,
    ) -> Response[ReceiptView]:
        case = await case_access.find(caller_of(request), case_id)
        jws = (await cases.personal(case)).receipt
        wanted = format or accepted(request)
        if wanted != "json":
            return await written_receipts.answer(wanted, case.id, jws, _private(case.language))
        view = ReceiptView(case=case.id, receipt=jws, claims=msgspec.convert(claims_of(jws), ReceiptClaims))
        return Response(view, headers=_private(case.language))

    @get(
        "/{case_id:str}/documents/{document_id:str}",
        operation_id="getDocument",
        summary="A document that the portal made",
        description="As the portal made it; `calendar` is the appointment as an iCalendar file.",
        problems=("case_not_found", "document_not_found", "erased", *ASKS_PORTAL),
        response_headers=(CONTENT_DISPOSITION,),
        rule=RouteRule(scope="cases:read", operation="cases.document", rate="expensive", agents=Agents.WITH_MANDATE),
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


def _given(data: CaseRequest, language: str, *, told_in: str) -> CaseInput:
    return CaseInput(
        service=data.service,
        form=data.form,
        language=data.language or language,
        told_in=told_in,
        related_case=data.related_case or "",
        card=data.card or "",
        draft=data.draft or "",
    )


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
        "Vary": "Accept, Accept-Language, Authorization, Mandate",
    }

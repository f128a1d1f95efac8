"""`/v1/cases`: file a case and follow it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from litestar import Controller, MediaType, Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy import Connection

from gateway.api import subjects
from gateway.api.access import (
    Call,
    allow,
    assured,
    backend_of,
    decided,
    entry_of,
    language_of,
    mine,
    principal_of,
    reach_of,
)
from gateway.api.attempts import told_to
from gateway.api.cursor import Cursor
from gateway.api.download import download
from gateway.api.problems import FieldError, Problem
from gateway.api.shapes import CaseRequest, CaseView, Page, ReceiptView
from gateway.api.views import Views, claims_of
from gateway.api.writes import Key, Write, etag, unchanged, write
from gateway.auth import policy
from gateway.cases.calendar_file import CALENDAR, calendar_file
from gateway.cases.idempotency import Answer
from gateway.cases.intake import Draft, Invalid
from gateway.cases.model import Case, Contact
from gateway.cases.store import BadCursor
from gateway.cases.subject import NotEntitled
from gateway.connectors.contract import CaseStatus, Document, Filing


class CasesController(Controller):
    path = "/v1/cases"
    tags = ("Cases",)

    @post(
        "",
        operation_id="createCase",
        summary="File a case",
        opt={"scope": "cases:write", "operation": "cases.create", "agents": "mandate"},
        status_code=201,
    )
    async def create_case(
        self, request: Call, data: JSONBody[CaseRequest], idempotency_key: Key = None
    ) -> Response[CaseView]:
        backend, entry, principal = backend_of(request), entry_of(request), principal_of(request)
        catalogue = backend.office.catalogue
        service = catalogue.service(data.service)
        if service is None:
            raise Problem("service_not_found")
        entry.service, entry.portal, entry.purpose = service.id, service.plugin, service.purpose
        with decided(entry):
            policy.within(principal, name=service.id)
            allow(entry, policy.require_acr(principal, service.acr))
        if (out := catalogue.blocked_by(service.id)) is not None:
            raise Problem("connector_quarantined", portal=out.id, params={"reason": out.reason})
        fast_lane = await _fast_lane(request, data.card)
        language = data.language or language_of(request)
        if language not in backend.settings.languages:
            raise Problem("invalid_request", errors=[FieldError("/language", "language_unknown")])

        related = await _related(request, data.related_case) if data.related_case else ""

        def keep(tx: Connection, write: Write, draft: Draft) -> Answer:
            backend.quotas.file_case(tx, client=principal.client_id, subject=principal.pseudonym)
            backend.intake.keep(tx, draft)
            subjects.tell(tx, request, draft.concerned)
            case = draft.case
            headers = {"Location": f"/v1/cases/{case.id}", "ETag": etag(case)}
            return write.finish(tx, 201, Views(backend, language_of(request)).case(case), headers)

        async def work(write: Write) -> Answer:
            contact = Contact(name=data.contact.name, email=data.contact.email, phone=data.contact.phone)
            try:
                draft = await backend.intake.prepare(
                    service,
                    principal,
                    form=data.form,
                    contact=contact,
                    language=language,
                    related_case=related,
                    fast_lane=fast_lane,
                )
                entry.case_id = draft.case.id
                return await write.commit(lambda tx: keep(tx, write, draft))
            except NotEntitled as error:
                raise await subjects.refuse(request, error) from error
            except Invalid as error:
                raise Problem(
                    "form_invalid", errors=[FieldError(each.pointer, each.code, each.detail) for each in error.errors]
                ) from error

        return await write(request, work, at_once=True)

    @get(
        "",
        operation_id="listCases",
        summary="List my cases",
        description="Cases of services that ask for more assurance than the token has are left out; asked for by "
        "`service`, they are 401 `insufficient_assurance`.",
        opt={"scope": "cases:read", "operation": "cases.list", "agents": "mandate"},
    )
    async def list_cases(
        self,
        request: Call,
        status: Annotated[CaseStatus | None, QueryParameter(description="Only with this status.")] = None,
        service: Annotated[str | None, QueryParameter(max_length=100)] = None,
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[Page[CaseView]]:
        principal, views = principal_of(request), Views(backend_of(request), language_of(request))
        if service is not None and backend_of(request).office.catalogue.service(service) is not None:
            assured(request, service)
        try:
            found, following = await backend_of(request).office.cases.page(
                subject=principal.pseudonym,
                client=None if principal.pseudonym else principal.client_id,
                status=status.value if status else None,
                service=service,
                cursor=cursor,
                limit=limit,
                within=principal.acting.services if principal.acting else (),
                since=principal.acting.since if principal.acting else None,
                reach=reach_of(request, principal),
            )
        except BadCursor as error:
            raise Problem("cursor_invalid") from error
        page = Page(data=[views.case(case) for case in found], has_more=bool(following), next_cursor=following or None)
        return Response(page, headers=_private(views.language))

    @get(
        "/{case_id:str}",
        operation_id="getCase",
        summary="One case",
        opt={"scope": "cases:read", "operation": "cases.read", "agents": "mandate"},
        responses={
            200: ResponseSpec(data_container=CaseView, description="The case", generate_examples=False),
            304: ResponseSpec(data_container=None, description="As `If-None-Match` knows it", generate_examples=False),
        },
    )
    async def get_case(self, request: Call, case_id: FromPath[str]) -> Response[bytes | None]:
        case = await mine(request, case_id)
        body = msgspec.json.encode(Views(backend_of(request), language_of(request)).case(case))
        headers = {**_private(language_of(request)), "ETag": etag(case, body)}
        if unchanged(request, headers["ETag"]):
            return Response(None, status_code=304, headers=headers)
        return Response(body, media_type=MediaType.JSON, headers=headers)

    @get(
        "/{case_id:str}/receipt",
        operation_id="getReceipt",
        summary="The signed receipt (law 55-19)",
        opt={"scope": "cases:read", "operation": "cases.receipt", "agents": "mandate"},
    )
    async def receipt(self, request: Call, case_id: FromPath[str]) -> Response[ReceiptView]:
        case = await mine(request, case_id)
        jws = (await backend_of(request).office.cases.personal(case)).receipt
        view = ReceiptView(case=case.id, receipt=jws, claims=claims_of(jws))
        return Response(view, headers=_private(case.language))

    @get(
        "/{case_id:str}/documents/{document_id:str}",
        operation_id="getDocument",
        summary="A document that the portal made",
        opt={"scope": "cases:read", "operation": "cases.document", "agents": "mandate"},
        media_type="*/*",
    )
    async def document(self, request: Call, case_id: FromPath[str], document_id: FromPath[str]) -> Response[bytes]:
        case = await mine(request, case_id)
        if document_id == CALENDAR and case.state.appointment is not None:
            return download(_calendar_file(request, case), _private(case.language))
        portals = backend_of(request).office.portals
        known = {document.id for document in case.state.documents}
        if document_id not in known or not portals.has(case.state.portal, Filing):
            raise Problem("document_not_found")
        entry_of(request).portal = case.state.portal
        budget = backend_of(request).settings.server.call_seconds
        document = await portals.within(budget).call(
            case.state.portal, Filing.document, case.state.reference, document_id
        )
        return download(document, _private(case.language))


async def _fast_lane(request: Call, shown: str) -> bool:
    """Whether a card was shown; one that is not the caller's own, or counts no more, is a mistake worth telling."""
    if not shown:
        return False
    if not await backend_of(request).cards.entitles(shown, principal_of(request).pseudonym):
        raise Problem("card_not_accepted", errors=[FieldError("/card", "card_not_accepted")])
    return True


async def _related(request: Call, case_id: str) -> str:
    """Another case of the same caller; whether somebody else's exists is not told."""
    backend, principal = backend_of(request), principal_of(request)
    case = await backend.office.cases.get(case_id)
    try:
        if case is None:
            raise LookupError(case_id)
        async with told_to(case.subject, backend, entry_of(request), principal, case_id=case.id, service=case.service):
            policy.owns(
                principal,
                case_client=case.client,
                case_subject=case.subject,
                service=case.service,
                filed=case.created_at,
            )
    except (LookupError, policy.Denied) as error:
        raise Problem("form_invalid", errors=[FieldError("/related_case", "case_unknown")]) from error
    assured(request, case.service)
    return case.id


def _calendar_file(request: Call, case: Case) -> Document:
    backend, meeting = backend_of(request), case.state.appointment
    assert meeting is not None
    service = backend.office.catalogue.service(case.service)
    return calendar_file(
        case,
        meeting,
        summary=service.text("title", case.language) if service else case.service,
        place=Views(backend, case.language).named(meeting.post),
        domain=urlsplit(backend.settings.public_url).hostname or "",
    )


def _private(language: str) -> dict[str, str]:
    return {
        "Content-Language": language,
        "Cache-Control": "private, no-store",
        "Vary": "Accept-Language, Authorization, Mandate",
    }

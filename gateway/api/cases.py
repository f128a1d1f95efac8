"""`/v1/cases`: file a case, follow it, act on it, withdraw it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, MediaType, Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, Parameter

from gateway.api.access import Call, allow, backend_of, decided, entry_of, language_of, mine, principal_of
from gateway.api.cursor import Cursor
from gateway.api.download import download
from gateway.api.problems import FieldError, Problem
from gateway.api.shapes import CaseRequest, CaseView, ChoiceRequest, Page, PayRequest, ReceiptView
from gateway.api.views import Views, claims_of
from gateway.api.writes import Write, check_version, etag, unchanged, write
from gateway.auth import policy
from gateway.cases import actions
from gateway.cases.idempotency import Answer
from gateway.cases.intake import Invalid
from gateway.cases.model import ActionType, Case, Contact, Event
from gateway.cases.store import BadCursor, Conflict
from gateway.connectors.contract import CaseStatus, Checkout, Document, Filing

_TRIES = 5

Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        required=False,
        description="Any unique text of at most 255 characters, nothing personal. "
        "The same key with the same request gives the first answer again.",
    ),
]


class CasesController(Controller):
    path = "/v1/cases"
    tags = ("Cases",)

    @post(
        "",
        operation_id="createCase",
        summary="File a case",
        opt={"scope": "cases:write", "operation": "cases.create"},
        status_code=201,
    )
    async def create_case(self, request: Call, data: CaseRequest, idempotency_key: Key = None) -> Response[CaseView]:
        backend, entry, principal = backend_of(request), entry_of(request), principal_of(request)
        catalogue = backend.office.catalogue
        service = catalogue.service(data.service)
        if service is None:
            raise Problem("service_not_found")
        entry.service, entry.portal, entry.purpose = service.id, service.plugin, service.purpose
        with decided(entry):
            allow(entry, policy.require_acr(principal, service.acr))
        if (out := catalogue.blocked_by(service.id)) is not None:
            raise Problem("connector_quarantined", portal=out.id, params={"reason": out.reason})
        fast_lane = await _fast_lane(request, data.card)
        language = data.language or language_of(request)
        if language not in backend.settings.languages:
            raise Problem("invalid_request", errors=[FieldError("/language", "language_unknown")])

        async def work(write: Write) -> Answer:
            contact = Contact(name=data.contact.name, email=data.contact.email, phone=data.contact.phone)
            try:
                draft = await backend.intake.prepare(
                    service,
                    principal,
                    form=data.form,
                    contact=contact,
                    language=language,
                    fast_lane=fast_lane,
                )
                entry.case_id = draft.case.id
                async with backend.storage.transaction() as tx:
                    await backend.intake.keep(tx, draft)
                    case = draft.case
                    headers = {"Location": f"/v1/cases/{case.id}", "ETag": etag(case)}
                    return await write.finish(tx, 201, Views(backend, language_of(request)).case(case), headers)
            except Invalid as error:
                raise Problem(
                    "form_invalid", errors=[FieldError(each.pointer, each.code, each.detail) for each in error.errors]
                ) from error

        return await write(request, work)

    @get("", operation_id="listCases", summary="List my cases", opt={"scope": "cases:read", "operation": "cases.list"})
    async def list_cases(
        self,
        request: Call,
        status: Annotated[CaseStatus | None, Parameter(description="Only with this status.")] = None,
        service: Annotated[str | None, Parameter(max_length=100)] = None,
        cursor: Cursor = "",
        limit: Annotated[int, Parameter(ge=1, le=100)] = 20,
    ) -> Response[Page[CaseView]]:
        principal, views = principal_of(request), Views(backend_of(request), language_of(request))
        try:
            found, following = await backend_of(request).office.cases.page(
                subject=principal.pseudonym,
                client=None if principal.pseudonym else principal.client_id,
                status=status.value if status else None,
                service=service,
                cursor=cursor,
                limit=limit,
            )
        except BadCursor as error:
            raise Problem("cursor_invalid") from error
        page = Page(data=[views.case(case) for case in found], has_more=bool(following), next_cursor=following or None)
        return Response(page, headers=_private(views.language))

    @get(
        "/{case_id:str}",
        operation_id="getCase",
        summary="One case",
        opt={"scope": "cases:read", "operation": "cases.read"},
        responses={
            200: ResponseSpec(data_container=CaseView, description="The case", generate_examples=False),
            304: ResponseSpec(data_container=None, description="As `If-None-Match` knows it", generate_examples=False),
        },
    )
    async def get_case(self, request: Call, case_id: str) -> Response[bytes | None]:
        case = await mine(request, case_id)
        body = msgspec.json.encode(Views(backend_of(request), language_of(request)).case(case))
        headers = {**_private(language_of(request)), "ETag": etag(case, body)}
        if unchanged(request, headers["ETag"]):
            return Response(None, status_code=304, headers=headers)
        return Response(body, media_type=MediaType.JSON, headers=headers)

    @post(
        "/{case_id:str}/actions/pay",
        operation_id="payCase",
        summary="Open the card page for the fee",
        opt={"scope": "cases:write", "operation": "cases.pay"},
        status_code=200,
    )
    async def pay(
        self, request: Call, case_id: str, data: PayRequest, idempotency_key: Key = None
    ) -> Response[CaseView]:
        backend = backend_of(request)
        await mine(request, case_id)
        client = backend.clients.get(principal_of(request).client_id)
        if data.return_url and (client is None or not client.may_return_to(data.return_url)):
            raise Problem("return_url_not_allowed")

        async def work(write: Write) -> Answer:
            case = await mine(request, case_id)
            check_version(request, case)
            _expect(case, ActionType.PAY)
            personal = await backend.office.cases.personal(case)
            payments = backend.office.payments
            oid, checkout = await payments.open_checkout(case, personal.contact, data.return_url)
            opened = Event(code="checkout_opened", portal=case.state.fee_portal)
            async with backend.storage.transaction() as tx:
                await backend.office.cases.save(tx, case, [opened])
                await payments.announce(tx, case, oid)
                return await _done(write, tx, case, checkout)

        return await write(request, lambda held: _again(held, work))

    @post(
        "/{case_id:str}/actions/{action:str}",
        operation_id="actOnCase",
        summary="Answer what the case asks",
        opt={"scope": "cases:write", "operation": "cases.act"},
        status_code=200,
    )
    async def act(
        self, request: Call, case_id: str, action: str, data: ChoiceRequest, idempotency_key: Key = None
    ) -> Response[CaseView]:
        backend = backend_of(request)
        await mine(request, case_id)
        if action not in {each.value for each in ActionType}:
            raise Problem("action_not_supported")

        async def work(write: Write) -> Answer:
            case = await mine(request, case_id)
            check_version(request, case)
            _expect(case, ActionType(action))
            try:
                chosen = actions.choose(case, data.choice)
            except actions.NotOpen as error:
                raise Problem("action_not_open") from error
            except actions.NotAnOption as error:
                detail = backend.messages.translate("form.enum", language_of(request), allowed=", ".join(error.options))
                raise Problem("form_invalid", errors=[FieldError("/choice", "enum", detail)]) from error
            async with backend.storage.transaction() as tx:
                await backend.office.cases.save(tx, case, [chosen])
                return await _done(write, tx, case)

        return await write(request, lambda held: _again(held, work))

    @post(
        "/{case_id:str}/withdraw",
        operation_id="withdrawCase",
        summary="Take the case back",
        opt={"scope": "cases:write", "operation": "cases.withdraw"},
        status_code=200,
    )
    async def withdraw(self, request: Call, case_id: str, idempotency_key: Key = None) -> Response[CaseView]:
        backend = backend_of(request)
        await mine(request, case_id)

        async def work(write: Write) -> Answer:
            case = await mine(request, case_id)
            check_version(request, case)
            try:
                events = await actions.withdraw(case, backend.office.portals)
            except actions.Ended as error:
                raise Problem("case_finished") from error
            except actions.TooLate as error:
                raise Problem("withdrawal_too_late") from error
            async with backend.storage.transaction() as tx:
                await backend.office.cases.save(tx, case, events)
                return await _done(write, tx, case)

        return await write(request, lambda held: _again(held, work))

    @get(
        "/{case_id:str}/receipt",
        operation_id="getReceipt",
        summary="The signed receipt (law 55-19)",
        opt={"scope": "cases:read", "operation": "cases.receipt"},
    )
    async def receipt(self, request: Call, case_id: str) -> Response[ReceiptView]:
        case = await mine(request, case_id)
        jws = (await backend_of(request).office.cases.personal(case)).receipt
        view = ReceiptView(case=case.id, receipt=jws, claims=claims_of(jws))
        return Response(view, headers=_private(case.language))

    @get(
        "/{case_id:str}/documents/{document_id:str}",
        operation_id="getDocument",
        summary="A document that the portal made",
        opt={"scope": "cases:read", "operation": "cases.document"},
        media_type="*/*",
    )
    async def document(self, request: Call, case_id: str, document_id: str) -> Response[bytes]:
        case = await mine(request, case_id)
        portals = backend_of(request).office.portals
        known = {document.id for document in case.state.documents}
        if document_id not in known or not portals.has(case.state.portal, Filing):
            raise Problem("document_not_found")
        entry_of(request).portal = case.state.portal
        budget = backend_of(request).settings.server.call_seconds
        document: Document = await portals.call(
            case.state.portal, "document", case.state.reference, document_id, budget=budget
        )
        return download(document, _private(case.language))


async def _again(held: Write, work: Any) -> Answer:
    """Redo a write whose case changed between reading and saving."""
    for _ in range(_TRIES):
        try:
            answer: Answer = await work(held)
        except Conflict:
            if "if-match" in held.request.headers:
                raise Problem("precondition_failed") from None
            continue
        return answer
    raise Problem("overloaded", retry_after=1)


async def _done(write: Write, tx: Any, case: Case, checkout: Checkout | None = None) -> Answer:
    views = Views(write.backend, language_of(write.request))
    return await write.finish(tx, 200, views.case(case, checkout), {"ETag": etag(case)})


async def _fast_lane(request: Call, shown: str) -> bool:
    """Whether a card was shown; one that is not the caller's own, or counts no more, is a mistake worth telling."""
    if not shown:
        return False
    if not await backend_of(request).cards.entitles(shown, principal_of(request).pseudonym):
        raise Problem("card_not_accepted", errors=[FieldError("/card", "card_not_accepted")])
    return True


def _expect(case: Case, action: ActionType) -> None:
    try:
        actions.expect(case, action)
    except actions.Ended as error:
        raise Problem("case_finished") from error
    except actions.NotOpen as error:
        raise Problem("action_not_open") from error


def _private(language: str) -> dict[str, str]:
    return {
        "Content-Language": language,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Language, Authorization",
    }

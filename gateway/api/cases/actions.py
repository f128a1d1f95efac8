"""`/v1/cases/{id}/actions` and `withdraw`: what a person does about a case that is open, or just has ended."""

from __future__ import annotations

from datetime import date

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from gateway.api.cases.presenter import CasePresenter
from gateway.api.cases.shapes import AnswerRequest, CaseView, PayRequest
from gateway.api.http.access import Call, language_of
from gateway.api.http.deprecation import Deprecation
from gateway.api.http.described import ACTS, ASKS_PORTAL
from gateway.api.http.response_headers import ETAG
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.writes import Key, answered, write_request
from gateway.api.views import Presentation
from gateway.cases.commands.act_on_case import ActOnCase
from gateway.cases.commands.action_input import ActionInput
from gateway.cases.commands.choose_slot import ChooseSlot
from gateway.cases.commands.open_payment import OpenPayment
from gateway.cases.commands.withdraw import Withdraw


class ActionsController(Controller):
    path = "/v1/cases"
    tags = ("Cases",)

    @post(
        "/{case_id:str}/actions/pay",
        operation_id="payCase",
        summary="Open the card page for the fee",
        description="The answer has `checkout`: send its `fields` to its `url` from the person's browser. The bank's "
        "word, not the browser's return, says that it is paid.",
        problems=(*ACTS, "return_url_not_allowed", *ASKS_PORTAL),
        response_headers=(ETAG,),
        rule=RouteRule(scope="cases:write", operation="cases.pay"),
        status_code=200,
    )
    async def pay(
        self,
        request: Call,
        case_id: FromPath[str],
        data: JSONBody[PayRequest],
        open_payment: NamedDependency[OpenPayment],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[CaseView]:
        present = CasePresenter(presentation.views(language_of(request)))
        write = await write_request(request)
        return answered(await open_payment.run(write, case_id, data.return_url or "", present.opened))

    @post(
        "/{case_id:str}/actions/choose_slot",
        operation_id="chooseSlot",
        summary="Book an appointment, or move it",
        problems=(*ACTS, "form_invalid", "slot_taken", "slot_invalid", "post_not_found", "too_late", *ASKS_PORTAL),
        response_headers=(ETAG,),
        description="The slot is booked before the answer comes. If somebody was faster, the answer is 409 "
        "`slot_taken` and the action stays open; a text that is no slot's id is 422 `slot_invalid`. "
        "As long as the appointment has not begun, another slot replaces it.",
        rule=RouteRule(
            scope="cases:write", operation="cases.choose_slot", rate="expensive", agents=Agents.WITH_MANDATE
        ),
        status_code=200,
    )
    async def choose_slot(
        self,
        request: Call,
        case_id: FromPath[str],
        data: JSONBody[AnswerRequest],
        choose_slot: NamedDependency[ChooseSlot],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[CaseView]:
        present = CasePresenter(presentation.views(language_of(request)))
        write = await write_request(request)
        return answered(await choose_slot.run(write, case_id, _input(data), present.changed))

    @post(
        "/{case_id:str}/actions/withdraw",
        operation_id="withdrawCase",
        summary="Take the case back",
        description="Where the portal no longer allows it, or the parcel is under way: 409 `withdrawal_too_late`. Fees "
        "that are refunded come back by themselves.",
        problems=(*ACTS, "withdrawal_too_late", "withdrawal_not_supported", "too_late", *ASKS_PORTAL),
        response_headers=(ETAG,),
        rule=RouteRule(scope="cases:write", operation="cases.withdraw", agents=Agents.WITH_MANDATE),
        status_code=200,
    )
    async def withdraw(
        self,
        request: Call,
        case_id: FromPath[str],
        withdraw: NamedDependency[Withdraw],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[CaseView]:
        return await _withdraw(request, case_id, withdraw, presentation)

    @post(
        "/{case_id:str}/actions/{action:str}",
        operation_id="actOnCase",
        summary="Answer what the case asks",
        description="`action` is the `type` of one of the case's `actions`, which says what is expected.",
        problems=(*ACTS, "form_invalid", "action_not_supported"),
        response_headers=(ETAG,),
        rule=RouteRule(scope="cases:write", operation="cases.act", agents=Agents.WITH_MANDATE),
        status_code=200,
    )
    async def act(
        self,
        request: Call,
        case_id: FromPath[str],
        action: FromPath[str],
        data: JSONBody[AnswerRequest],
        act_on_case: NamedDependency[ActOnCase],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[CaseView]:
        present = CasePresenter(presentation.views(language_of(request)))
        write = await write_request(request)
        return answered(await act_on_case.run(write, case_id, action, _input(data), present.changed))

    @post(
        "/{case_id:str}/withdraw",
        operation_id="withdrawCaseByOldPath",
        summary="Take the case back, by its old address",
        description="As `/actions/withdraw`.",
        problems=(*ACTS, "withdrawal_too_late", "withdrawal_not_supported", "too_late", *ASKS_PORTAL),
        response_headers=(ETAG,),
        rule=RouteRule(
            scope="cases:write",
            operation="cases.withdraw",
            agents=Agents.WITH_MANDATE,
            deprecation=Deprecation(
                since=date(2026, 11, 29), sunset=date(2028, 1, 1), instead="/v1/cases/{case_id}/actions/withdraw"
            ),
        ),
        status_code=200,
    )
    async def withdraw_by_old_path(
        self,
        request: Call,
        case_id: FromPath[str],
        withdraw: NamedDependency[Withdraw],
        presentation: NamedDependency[Presentation],
        idempotency_key: Key = None,
    ) -> Response[CaseView]:
        return await _withdraw(request, case_id, withdraw, presentation)


async def _withdraw(request: Call, case_id: str, withdraw: Withdraw, presentation: Presentation) -> Response[CaseView]:
    present = CasePresenter(presentation.views(language_of(request)))
    return answered(await withdraw.run(await write_request(request), case_id, present.changed))


def _input(data: AnswerRequest) -> ActionInput:
    return ActionInput(
        choice=data.choice or "",
        text=data.text or "",
        attachments=tuple(data.attachments),
        slot=data.slot or "",
    )

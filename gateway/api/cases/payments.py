"""`/v1/cases/{id}/payments`: what has to be paid for a case, and what became of it."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from gateway.api.cases.shapes import PaymentView
from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.cursor import Cursor, part
from gateway.api.http.problems import Problem
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.shapes import Page
from gateway.api.views import Presentation
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.payments import charge_of

_PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Accept-Language, Authorization, Mandate"}


class PaymentsController(Controller):
    path = "/v1/cases/{case_id:str}/payments"
    tags = ("Cases",)

    @get(
        "",
        operation_id="listPayments",
        summary="The payments of a case",
        description="The service's fee, then those asked for on the way. The same as `payments` of the case.",
        problems=("case_not_found", "cursor_invalid", "erased"),
        rule=RouteRule(scope="cases:read", operation="payments.list", purpose="payment", agents=Agents.WITH_MANDATE),
    )
    async def list_payments(
        self,
        request: Call,
        case_id: FromPath[str],
        case_access: NamedDependency[CaseAccess],
        presentation: NamedDependency[Presentation],
        cursor: Cursor = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 100,
    ) -> Response[Page[PaymentView]]:
        views = presentation.views(language_of(request))
        found = views.payments(await case_access.find(caller_of(request), case_id))
        return Response(part(found, cursor, limit), headers={**_PRIVATE, "Content-Language": views.language})

    @get(
        "/{payment_id:str}",
        operation_id="getPayment",
        summary="One payment",
        description="Where a frontend looks when the person comes back from the card page: `state` is what the payment "
        "portal says, never what the browser brings.",
        problems=("case_not_found", "payment_not_found", "erased"),
        rule=RouteRule(scope="cases:read", operation="payments.read", purpose="payment", agents=Agents.WITH_MANDATE),
    )
    async def get_payment(
        self,
        request: Call,
        case_id: FromPath[str],
        payment_id: FromPath[str],
        case_access: NamedDependency[CaseAccess],
        presentation: NamedDependency[Presentation],
    ) -> Response[PaymentView]:
        case = await case_access.find(caller_of(request), case_id)
        which = charge_of(case, payment_id)
        if which is None:
            raise Problem("payment_not_found")
        views = presentation.views(language_of(request))
        return Response(views.payment(case, which), headers={**_PRIVATE, "Content-Language": views.language})

"""`/v1/mandates`: a person lets an agent act for her, the agent takes the mandate up, either of them ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, cast

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from gateway.api.http.access import Call, caller_of, language_of
from gateway.api.http.response_headers import LOCATION
from gateway.api.http.route_rules import Agents, RouteRule
from gateway.api.http.shapes import Page
from gateway.api.http.writes import Key, answered, stored, write_request
from gateway.api.mandates.shapes import MandateRequest, MandateScope, MandateView, TakeRequest
from gateway.auth.clients import Clients
from gateway.auth.mandates import Mandate
from gateway.auth.scopes import CALLER_SCOPES
from gateway.cases.commands.give_mandate import GiveMandate, GivenMandate, MandateInput
from gateway.cases.commands.hand_over_mandate import HandedOver, HandOverMandate
from gateway.cases.commands.list_mandates import ListMandates
from gateway.cases.commands.revoke_mandate import RevokeMandate
from gateway.cases.commands.take_mandate import TakeMandate
from gateway.cases.idempotency import StoredResponse

ANY: Final = tuple(sorted(CALLER_SCOPES))


class MandatesController(Controller):
    path = "/v1/mandates"
    tags = ("Mandates",)

    @post(
        "",
        operation_id="giveMandate",
        summary="Let an agent act for me",
        problems=("mandates_quota_used", "form_invalid"),
        response_headers=(LOCATION,),
        description="The answer has a `code` of nine digits, good once and for a few minutes: tell it to the agent.",
        rule=RouteRule(scope="cases:write", operation="mandates.give", purpose="mandate"),
        status_code=201,
    )
    async def give(
        self,
        request: Call,
        data: JSONBody[MandateRequest],
        give_mandate: NamedDependency[GiveMandate],
        clients: NamedDependency[Clients],
        idempotency_key: Key = None,
    ) -> Response[MandateView]:
        given = MandateInput(
            agent=data.agent,
            scopes=tuple(data.scope),
            services=tuple(data.services),
            purpose=data.purpose,
            expires_at=data.expires_at,
            earlier_cases=data.earlier_cases,
        )
        present = _MandatePresenter(clients, language_of(request))
        return answered(await give_mandate.run(await write_request(request), given, present.given))

    @post(
        "/take",
        operation_id="takeMandate",
        summary="Take up a mandate by its code",
        problems=("mandate_code_wrong",),
        description="For agents. The mandate is then theirs alone; they name it in the header `Mandate`.",
        rule=RouteRule(scope=ANY, operation="mandates.take", purpose="mandate", agents=Agents.WITHOUT_MANDATE),
        status_code=200,
    )
    async def take(
        self,
        request: Call,
        data: JSONBody[TakeRequest],
        take_mandate: NamedDependency[TakeMandate],
        clients: NamedDependency[Clients],
        idempotency_key: Key = None,
    ) -> Response[MandateView]:
        present = _MandatePresenter(clients, language_of(request))
        return answered(await take_mandate.run(await write_request(request), data.code, present.changed))

    @post(
        "/{mandate_id:str}/hand-over",
        operation_id="handOverMandate",
        summary="Hand a mandate that I hold over to a colleague",
        problems=("mandate_not_found", "mandate_ended"),
        description="For agents. The answer has a `code`, good once and for a few minutes, by which a colleague of the "
        "same agency takes the mandate up; until then it stays the caller's. The person sees both in her record.",
        rule=RouteRule(scope=ANY, operation="mandates.hand_over", purpose="mandate", agents=Agents.WITHOUT_MANDATE),
        status_code=200,
    )
    async def hand_over(
        self,
        request: Call,
        mandate_id: FromPath[str],
        hand_over_mandate: NamedDependency[HandOverMandate],
        clients: NamedDependency[Clients],
        idempotency_key: Key = None,
    ) -> Response[MandateView]:
        present = _MandatePresenter(clients, language_of(request))
        return answered(await hand_over_mandate.run(await write_request(request), mandate_id, present.handed_over))

    @get(
        "",
        operation_id="listMandates",
        summary="Mandates that I gave, or hold",
        description="Also those that have ended, the newest first.",
        problems=("cursor_invalid",),
        rule=RouteRule(scope=ANY, operation="mandates.list", purpose="mandate", agents=Agents.WITHOUT_MANDATE),
    )
    async def list_mandates(
        self,
        request: Call,
        list_mandates: NamedDependency[ListMandates],
        clients: NamedDependency[Clients],
        cursor: Annotated[str, QueryParameter(max_length=200, description="`next_cursor` of the page before.")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[Page[MandateView]]:
        found = await list_mandates.run(caller_of(request), before=cursor, limit=limit)
        views = [_view(clients, each.mandate, each.purpose, each.person_name) for each in found.mandates]
        page = Page(data=views, has_more=found.has_more, next_cursor=views[-1].id if found.has_more else None)
        return Response(page, headers={"Cache-Control": "no-store"})

    @post(
        "/{mandate_id:str}/revoke",
        operation_id="revokeMandate",
        summary="End a mandate that I gave, or give back one that I hold",
        problems=("mandate_not_found",),
        description="Once this is answered, nothing more is done by it. A mandate that has ended stays as it is.",
        rule=RouteRule(scope=ANY, operation="mandates.revoke", purpose="mandate", agents=Agents.WITHOUT_MANDATE),
        status_code=200,
    )
    async def revoke(
        self,
        request: Call,
        mandate_id: FromPath[str],
        revoke_mandate: NamedDependency[RevokeMandate],
        clients: NamedDependency[Clients],
        idempotency_key: Key = None,
    ) -> Response[MandateView]:
        present = _MandatePresenter(clients, language_of(request))
        return answered(await revoke_mandate.run(await write_request(request), mandate_id, present.changed))


@dataclass(frozen=True, slots=True)
class _MandatePresenter:
    clients: Clients
    language: str

    def given(self, given: GivenMandate) -> StoredResponse:
        view = _view(self.clients, given.mandate, given.purpose)
        view.code, view.code_expires_at = given.code, given.mandate.code_until
        return stored(201, view, self.language, {"Location": f"/v1/mandates/{given.mandate.id}"})

    def handed_over(self, handed: HandedOver) -> StoredResponse:
        view = _view(self.clients, handed.mandate)
        view.code, view.code_expires_at = handed.code, handed.mandate.code_until
        return stored(200, view, self.language)

    def changed(self, mandate: Mandate) -> StoredResponse:
        return stored(200, _view(self.clients, mandate), self.language)


def _view(
    clients: Clients, mandate: Mandate, purpose: str | None = None, person_name: str | None = None
) -> MandateView:
    client = clients.get(mandate.client)
    return MandateView(
        id=mandate.id,
        state=mandate.state,
        agent=mandate.client,
        agent_name=client.name if client else mandate.client,
        holder=mandate.holder or None,
        scope=cast("list[MandateScope]", list(mandate.scopes)),
        services=list(mandate.services),
        earlier_cases=mandate.earlier_cases,
        purpose=purpose,
        person_name=person_name or None,
        created_at=mandate.created_at,
        expires_at=mandate.expires_at,
        taken_at=mandate.taken_at,
        ended_at=mandate.ended_at,
    )

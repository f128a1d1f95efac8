"""`/v1/mandates`: a person lets an agent act for her, the agent takes the mandate up, either of them ends it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy import Connection

from gateway import typed_text
from gateway.api.access import Call, allow, backend_of, decided, entry_of, principal_of
from gateway.api.attempts import told_to
from gateway.api.backend import Backend
from gateway.api.problems import FieldError, Problem
from gateway.api.shapes import MandateRequest, MandateView, Page, TakeRequest
from gateway.api.writes import Key, Write, write
from gateway.auth import policy
from gateway.auth.clients import CALLER_SCOPES
from gateway.auth.mandates import Mandate, TooManyTries
from gateway.auth.policy import Decision, Denied
from gateway.cases.idempotency import Answer

ANY: Final = tuple(sorted(CALLER_SCOPES))
_ACR: Final = "substantial"
"""How surely a person must be known who lets somebody act for her."""
_ID: Final = re.compile("mnd_[0-9a-z]{26}")


class MandatesController(Controller):
    path = "/v1/mandates"
    tags = ("Mandates",)

    @post(
        "",
        operation_id="giveMandate",
        summary="Let an agent act for me",
        description="The answer has a `code` of nine digits, good once and for a few minutes: tell it to the agent.",
        opt={"scope": "cases:write", "operation": "mandates.give", "purpose": "mandate"},
        status_code=201,
    )
    async def give(
        self, request: Call, data: JSONBody[MandateRequest], idempotency_key: Key = None
    ) -> Response[MandateView]:
        backend, entry, principal = backend_of(request), entry_of(request), principal_of(request)
        with decided(entry):
            policy.require_kind(principal, "citizen")
            for scope in data.scope:  # nobody gives what she does not have
                policy.require_scope(principal, scope)
            allow(entry, policy.require_acr(principal, _ACR))
        if errors := _wrong(backend, data):
            raise Problem("form_invalid", errors=errors)
        purpose = typed_text.line(data.purpose)

        def give(tx: Connection, write: Write) -> Answer:
            backend.quotas.give_mandate(tx, subject=principal.pseudonym)
            mandate, code = backend.mandates.give(
                tx,
                principal,
                client=data.agent,
                scopes=data.scope,
                services=data.services,
                purpose=purpose,
                expires_at=data.expires_at.astimezone(UTC),
                earlier_cases=data.earlier_cases,
            )
            entry.mandate = mandate.id
            view = _view(backend, mandate, purpose)
            view.code, view.code_expires_at = code, mandate.code_until
            return write.finish(tx, 201, view, {"Location": f"/v1/mandates/{mandate.id}"})

        return await write(request, lambda held: held.commit(lambda tx: give(tx, held)), at_once=True)

    @post(
        "/take",
        operation_id="takeMandate",
        summary="Take up a mandate by its code",
        description="For agents. The mandate is then theirs alone; they name it in the header `Mandate`.",
        opt={"scope": ANY, "operation": "mandates.take", "purpose": "mandate", "agents": "free"},
        status_code=200,
    )
    async def take(
        self, request: Call, data: JSONBody[TakeRequest], idempotency_key: Key = None
    ) -> Response[MandateView]:
        backend, entry, principal = backend_of(request), entry_of(request), principal_of(request)
        with decided(entry):
            allow(entry, policy.require_kind(principal, "agent"))

        async def work(write: Write) -> Answer:
            try:
                attempt = await backend.mandates.attempt(principal)
            except TooManyTries as error:
                entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
                entry.rule, entry.reason = "mandate:tries@1", "too_many_tries"
                raise Problem("too_many_requests", retry_after=error.retry_after) from error

            def take(tx: Connection) -> Answer:
                with decided(entry):
                    mandate = backend.mandates.take(tx, principal, data.code, attempt)
                entry.subject, entry.mandate = mandate.subject, mandate.id
                return write.finish(tx, 200, _view(backend, mandate))

            return await write.commit(take)

        return await write(request, work)

    @get(
        "",
        operation_id="listMandates",
        summary="Mandates that I gave, or hold",
        opt={"scope": ANY, "operation": "mandates.list", "purpose": "mandate", "agents": "free"},
    )
    async def list_mandates(
        self,
        request: Call,
        cursor: Annotated[str, QueryParameter(max_length=200, description="`next_cursor` of the page before.")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[Page[MandateView]]:
        backend, principal = backend_of(request), principal_of(request)
        with decided(entry_of(request)):
            policy.require_kind(principal, "citizen", "agent")
            policy.require_acr(principal, _ACR)
        if cursor and not _ID.fullmatch(cursor):
            raise Problem("cursor_invalid")
        found = await backend.mandates.page(principal, before=cursor, limit=limit + 1)
        shown, more = found[:limit], len(found) > limit
        views = [_view(backend, each, await backend.mandates.purpose(each)) for each in shown]
        page = Page(data=views, has_more=more, next_cursor=shown[-1].id if more else None)
        return Response(page, headers={"Cache-Control": "no-store"})

    @post(
        "/{mandate_id:str}/revoke",
        operation_id="revokeMandate",
        summary="End a mandate that I gave, or give back one that I hold",
        description="Once this is answered, nothing more is done by it. A mandate that has ended stays as it is.",
        opt={"scope": ANY, "operation": "mandates.revoke", "purpose": "mandate", "agents": "free"},
        status_code=200,
    )
    async def revoke(
        self, request: Call, mandate_id: FromPath[str], idempotency_key: Key = None
    ) -> Response[MandateView]:
        backend, entry, principal = backend_of(request), entry_of(request), principal_of(request)
        with decided(entry, not_found="mandate_not_found"):
            policy.require_kind(principal, "citizen", "agent")
            if principal.kind == "citizen":
                policy.require_scope(principal, "cases:write")
            mandate = await backend.mandates.get(mandate_id)
            by_agent = principal.kind == "agent"
            async with told_to(mandate.subject if mandate else "", backend, entry, principal, mandate=mandate_id):
                if mandate is None or not (
                    mandate.held_by(principal) if by_agent else mandate.subject == principal.pseudonym
                ):
                    raise Denied("not_found", Decision(allowed=False, rule="mandate:party@1", reason="not_a_party"))
            allow(entry, Decision(allowed=True, rule="mandate:party@1"))
        entry.subject, entry.mandate = mandate.subject, mandate.id

        def end(tx: Connection, write: Write) -> Answer:
            ended = backend.mandates.end(tx, mandate, "agent" if by_agent else "person")
            return write.finish(tx, 200, _view(backend, ended))

        return await write(request, lambda held: held.commit(lambda tx: end(tx, held)), at_once=True)


def _wrong(backend: Backend, data: MandateRequest) -> list[FieldError]:
    errors = []
    client = backend.clients.get(data.agent)
    if client is None or client.kind != "agent":
        errors.append(FieldError("/agent", "agent_unknown"))
    elif any(scope not in client.scopes for scope in data.scope):
        errors.append(FieldError("/scope", "agent_may_not"))
    if not typed_text.acceptable(data.purpose) or not typed_text.line(data.purpose):
        errors.append(FieldError("/purpose", "text"))
    expires, moment = data.expires_at, datetime.now(UTC)
    most = timedelta(days=backend.mandates.limits.max_days)
    if expires.tzinfo is None:
        errors.append(FieldError("/expires_at", "format"))
    elif not moment < expires <= moment + most:
        errors.append(FieldError("/expires_at", "range"))
    catalogue, portals = backend.office.catalogue, backend.office.portals
    errors += [
        FieldError(f"/services/{number}", "service_unknown")
        for number, each in enumerate(data.services)
        if catalogue.service(each) is None and not portals.knows(each)
    ]
    return errors


def _view(backend: Backend, mandate: Mandate, purpose: str | None = None) -> MandateView:
    client = backend.clients.get(mandate.client)
    return MandateView(
        id=mandate.id,
        state=mandate.state,
        agent=mandate.client,
        agent_name=client.name if client else mandate.client,
        holder=mandate.holder or None,
        scope=list(mandate.scopes),
        services=list(mandate.services),
        earlier_cases=mandate.earlier_cases,
        purpose=purpose,
        created_at=mandate.created_at,
        expires_at=mandate.expires_at,
        taken_at=mandate.taken_at,
        ended_at=mandate.ended_at,
    )

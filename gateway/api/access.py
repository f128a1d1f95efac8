"""Who may call a route: the token, then the scope that the route names in its `opt`; objects are checked by `mine`.

A route is closed to agents unless its `opt` says otherwise: `agents` is `mandate` (for the person whose mandate the
call names) or `free` (nothing of anybody's is behind it).
"""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from sqlalchemy import Connection

from gateway.api.attempts import told_to
from gateway.api.backend import Backend
from gateway.api.presented import authorization, presented, repeated
from gateway.api.problems import Problem
from gateway.audit.entry import Entry
from gateway.auth import policy
from gateway.auth.errors import AuthError
from gateway.auth.mandates import unknown
from gateway.auth.policy import Decision, Denied
from gateway.auth.principal import Principal
from gateway.cases.model import Case
from gateway.cases.store import Reach

PUBLIC = "public"
"""Scope of a route that needs no token."""

MANDATE = "mandate"
"""Header by which an agent says for whom a call is made."""

Call = Request[Any, Any, Any]
AnyConnection = ASGIConnection[Any, Any, Any, Any]


def entry_of(connection: AnyConnection) -> Entry:
    entry: Entry = connection.scope["state"]["entry"]
    return entry


def language_of(connection: AnyConnection) -> str:
    language: str = connection.scope["state"]["language"]
    return language


def principal_of(connection: AnyConnection) -> Principal:
    principal: Principal = connection.scope["state"]["principal"]
    return principal


def backend_of(connection: AnyConnection) -> Backend:
    backend: Backend = connection.app.state.backend
    return backend


async def authorise(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Litestar guard of every route. Fills the audit entry with who called, and by which rule it was let in."""
    entry = entry_of(connection)
    entry.operation = handler.opt.get("operation", handler.handler_name)
    entry.purpose = handler.opt.get("purpose", "")
    connection.scope["state"]["secret"] = handler.opt.get("secret", False)
    if "\0" in connection.scope["path"] or b"%00" in connection.scope["query_string"]:
        raise Problem("invalid_request")  # in no name there is, and PostgreSQL does not take it
    if header := repeated(connection):
        raise Problem("header_repeated", params={"header": header})
    scope = handler.opt.get("scope", PUBLIC)
    if scope == PUBLIC:
        entry.principal, entry.decision, entry.rule = "anonymous", "allow", "public@1"
        return
    await admit(connection, scope, agents=handler.opt.get("agents", ""))


async def admit(connection: AnyConnection, scope: str | tuple[str, ...], *, agents: str = "") -> None:
    """Let in who has a token with the scope; a public route calls it for what is not public. `agents`: as in `opt`."""
    entry = entry_of(connection)
    try:
        principal = await authenticated(connection)
    except AuthError as error:
        entry.kind, entry.decision, entry.rule, entry.reason = "refusal", "deny", "token@2", error.code
        headers = {"DPoP-Nonce": error.nonce} if error.nonce else {}
        if challenge := error.challenge():
            headers["WWW-Authenticate"] = challenge
        raise Problem(error.code, retry_after=error.retry_after, headers=headers) from error
    entry.client, entry.subject, entry.principal = principal.client_id, principal.pseudonym, principal.kind
    entry.actor = principal.actor
    wanted = alternatives(scope)
    with decided(entry):
        held = next((each for each in wanted if each in principal.scopes), wanted[0])
        allow(entry, policy.require_scope(principal, held))
        principal = await _with_mandate(connection, principal, held, agents)
    connection.scope["state"]["principal"] = principal


async def authenticated(connection: AnyConnection) -> Principal:
    """Whoever the call's token speaks for, if the call proves that it may use it. Raises `AuthError`."""
    backend = backend_of(connection)
    call = presented(connection, backend.settings)
    principal, nonce = await backend.verifier.authenticate(authorization(connection), call)
    if nonce:  # RFC 9449, 8.2: the answer brings the one for the next proof
        connection.scope["state"]["dpop_nonce"] = nonce
    return principal


async def _with_mandate(connection: AnyConnection, principal: Principal, scope: str, agents: str) -> Principal:
    """An agent, speaking for the person whose mandate the call names; anybody else as they are. Raises `Denied`."""
    named, entry = connection.headers.get(MANDATE), entry_of(connection)
    if principal.kind != "agent":
        if named is not None:  # whoever believes to act for somebody else must not act for themselves
            policy.require_kind(principal, "agent")
        return principal
    if agents == "free":
        return principal
    mandates = backend_of(connection).mandates
    mandate = await mandates.get(named) if named else None
    if mandate is not None:  # what is refused concerns the person too
        entry.subject, entry.mandate = mandate.subject, mandate.id
    if agents != "mandate":
        policy.in_person(principal)
    if named is None:
        policy.require_mandate(principal)
    if mandate is None:
        raise unknown()
    acting = await mandates.act(principal, mandate)
    allow(entry, policy.within(acting, scope=scope))
    return acting


def alternatives(scope: str | tuple[str, ...]) -> tuple[str, ...]:
    """A route's `scope` in its `opt` is one, or several of which any will do."""
    return (scope,) if isinstance(scope, str) else scope


class decided:
    """Turns a `Denied` into the entry's decision and a problem."""

    def __init__(self, entry: Entry, *, not_found: str = "not_found") -> None:
        self._entry = entry
        self._not_found = not_found

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if not isinstance(error, Denied):
            return
        self._entry.kind, self._entry.decision, self._entry.rule = "refusal", "deny", error.decision.rule
        self._entry.outcome, self._entry.reason = "denied", error.decision.reason
        code = self._not_found if error.code == "not_found" else error.code
        headers = {"WWW-Authenticate": error.challenge} if error.challenge else {}
        raise Problem(code, headers=headers) from error


def allow(entry: Entry, decision: Decision) -> None:
    entry.decision, entry.rule, entry.reason = "allow", decision.rule, decision.reason


async def permitted(connection: AnyConnection) -> None:
    """That what the call was let in by holds still: asked before a request leaves for a portal. Raises the problem that
    the call would now get at the door."""
    with decided(entry_of(connection)):
        await backend_of(connection).mandates.still(principal_of(connection))


def permitted_in(tx: Connection, connection: AnyConnection) -> None:
    """The same in the unit of work that keeps, or announces, an effect."""
    with decided(entry_of(connection)):
        backend_of(connection).mandates.still_in(tx, principal_of(connection))


async def mine(request: Call, case_id: str) -> Case:
    """The case, if it is the caller's; otherwise `case_not_found`, whether or not it exists. Whoever may not know it
    learns nothing; whoever may is asked for the assurance that filing it takes."""
    backend, entry = backend_of(request), entry_of(request)
    case = await backend.office.cases.get(case_id)
    if case is None:
        raise Problem("case_not_found")
    entry.case_id, entry.service = case.id, case.service
    principal = principal_of(request)
    with decided(entry, not_found="case_not_found"):
        async with told_to(case.subject, backend, entry, principal, case_id=case.id, service=case.service):
            allow(
                entry,
                policy.owns(
                    principal,
                    case_client=case.client,
                    case_subject=case.subject,
                    service=case.service,
                    filed=case.created_at,
                ),
            )
    assured(request, case.service)
    return case


def assured(request: Call, service: str) -> None:
    """That the caller is known as surely as the service asks for filing: all that shows or changes a case asks it too.
    Of a service that the catalogue has no more it is `policy.SURE`, as for what concerns no one service (empty).

    Ask once the thing is known as the caller's. Raises the problem `insufficient_assurance`, with the challenge of RFC
    9470."""
    found = backend_of(request).office.catalogue.service(service) if service else None
    with decided(entry_of(request)):
        policy.require_acr(principal_of(request), found.acr if found else policy.SURE)


def reach_of(request: Call, principal: Principal) -> Reach:
    """The cases that the caller's assurance suffices for: a list leaves out the others."""
    known = backend_of(request).office.catalogue.services()
    if policy.reaches(principal, policy.SURE):
        return Reach(tuple(each.id for each in known if not policy.reaches(principal, each.acr)), but=True)
    return Reach(tuple(each.id for each in known if policy.reaches(principal, each.acr)))

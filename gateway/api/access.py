"""Who may call a route: the token, then the scope that the route names in its `opt`; objects are checked by `mine`."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from gateway.api.backend import Backend
from gateway.api.problems import Problem
from gateway.audit.entry import Entry
from gateway.auth import policy
from gateway.auth.errors import AuthError
from gateway.auth.policy import Decision, Denied
from gateway.auth.principal import Principal
from gateway.cases.model import Case

PUBLIC = "public"
"""Scope of a route that needs no token."""

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
    if "\0" in connection.scope["path"] or b"%00" in connection.scope["query_string"]:
        raise Problem("invalid_request")  # in no name there is, and PostgreSQL does not take it
    scope = handler.opt.get("scope", PUBLIC)
    if scope == PUBLIC:
        entry.principal, entry.decision, entry.rule = "anonymous", "allow", "public@1"
        return
    await admit(connection, scope)


async def admit(connection: AnyConnection, scope: str | tuple[str, ...]) -> None:
    """Let in who has a token with the scope; a public route calls it for what is not public."""
    entry = entry_of(connection)
    try:
        principal = await backend_of(connection).verifier.authenticate(connection.headers.get("authorization"))
    except AuthError as error:
        entry.kind, entry.decision, entry.rule = "refusal", "deny", "token@1"
        raise Problem(
            error.code,
            retry_after=error.retry_after,
            headers={"WWW-Authenticate": error.challenge} if error.challenge else {},
        ) from error
    connection.scope["state"]["principal"] = principal
    entry.client, entry.subject, entry.principal = principal.client_id, principal.pseudonym, principal.kind
    wanted = alternatives(scope)
    with decided(entry):
        held = next((each for each in wanted if each in principal.scopes), wanted[0])
        allow(entry, policy.require_scope(principal, held))


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
        self._entry.outcome = "denied"
        code = self._not_found if error.code == "not_found" else error.code
        headers = {"WWW-Authenticate": error.challenge} if error.challenge else {}
        raise Problem(code, headers=headers) from error


def allow(entry: Entry, decision: Decision) -> None:
    entry.decision, entry.rule = "allow", decision.rule


async def mine(request: Call, case_id: str) -> Case:
    """The case, if it is the caller's; otherwise `case_not_found`, whether or not it exists."""
    backend, entry = backend_of(request), entry_of(request)
    case = await backend.office.cases.get(case_id)
    if case is None:
        raise Problem("case_not_found")
    entry.case_id, entry.service = case.id, case.service
    with decided(entry, not_found="case_not_found"):
        allow(entry, policy.owns(principal_of(request), case_client=case.client, case_subject=case.subject))
    return case

"""Enforces the rule of a route: the token, its scope, and the mandate of an agent. Whether a case or another object
is the caller's is decided by the use cases.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from gateway.api.http.header_fields import first, has
from gateway.api.http.presented import authorization, presented, repeated
from gateway.api.http.problems import FieldError, Problem
from gateway.api.http.query_names import require_known_query
from gateway.api.http.rate_limiting import RateLimiting
from gateway.api.http.route_rules import Agents, RouteRule, rule_of
from gateway.audit.entry import Entry
from gateway.auth import policy
from gateway.auth.errors import AuthError
from gateway.auth.mandates import Mandates, unknown
from gateway.auth.principal import Principal
from gateway.auth.scopes import Scope
from gateway.auth.tickets import Tickets
from gateway.auth.tokens import Verifier
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.settings import Settings

_API = "/v1/"
_AUTHORIZATION = b"authorization"
MANDATE = b"mandate"
"""Header by which an agent names the mandate of a call."""
PORTAL = "portal"
"""Parameter of a path that names a portal, where the rule says `portal`."""
DEPRECATED = "deprecated"
"""In the state of a call: the header fields that say that its route goes away."""
ADMITTED = "admitted"
"""In the state of a call whose guard has run already: what it raised, or None."""
NONCE = "dpop_nonce"
"""In the state of a call: the nonce for the client's next proof (RFC 9449, 8.2)."""
TICKET = "ticket"
"""Query parameter that serves instead of a token where the route's rule says so."""

_Caller = TypeVar("_Caller")

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


def is_anybody(connection: AnyConnection) -> bool:
    """Whether the call came without a token, on a route that takes it so."""
    return "principal" not in connection.scope["state"]


def known_caller(connection: AnyConnection) -> Caller | None:
    """Whose token came with the call of a public route; None without one."""
    principal: Principal | None = connection.scope["state"].get("known")
    return None if principal is None else Caller(principal=principal, entry=entry_of(connection))


def caller_of(connection: AnyConnection) -> Caller:
    return Caller(principal=principal_of(connection), entry=entry_of(connection))


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The guard of every route."""

    settings: Settings
    verifier: Verifier
    mandates: Mandates
    tickets: Tickets
    rate_limiting: RateLimiting

    async def __call__(self, connection: AnyConnection, handler: BaseRouteHandler) -> None:
        """Fills the audit entry with who called, and by which rule it was let in."""
        if ADMITTED in connection.scope["state"]:
            refused: Exception | None = connection.scope["state"][ADMITTED]
            if refused is not None:
                raise refused
            return
        entry, rule = entry_of(connection), rule_of(handler)
        entry.operation, entry.purpose = rule.operation, rule.purpose
        connection.scope["state"]["secret"], entry.secret_response = rule.secret_body, rule.secret_answer
        connection.scope["state"]["compress"] = rule.compress
        if rule.deprecation is not None:
            operation_id = str(getattr(handler, "operation_id", ""))
            connection.scope["state"][DEPRECATED] = rule.deprecation.headers(
                operation_id, {name: quote(str(value), safe="") for name, value in connection.path_params.items()}
            )
        if "\0" in connection.scope["path"] or b"%00" in connection.scope["query_string"]:
            raise Problem("invalid_request")  # valid in no name, and refused by PostgreSQL
        if header := repeated(connection):
            raise Problem("header_repeated", params={"header": header})
        if not rule.scopes or (rule.or_anybody and not has(connection, _AUTHORIZATION)):
            await self._checked_if_presented(connection, rule)
            entry.principal, entry.decision, entry.rule = "anonymous", "allow", "public@1"
            self.rate_limiting.count(connection, entry, rule)
        else:
            await self.admit(connection, *rule.scopes, rule=rule)
        require_known_query(handler, connection.scope["query_string"])

    async def admit(self, connection: AnyConnection, *scopes: Scope, rule: RouteRule | None = None) -> None:
        """Admit a caller whose token, or ticket, has one of the scopes. A public route calls it for its
        parts that are not public, without a rule, because that call was counted already."""
        entry, named = entry_of(connection), _mandate(connection)
        if rule is not None and rule.tickets and (ticket := _ticket(connection)):
            principal, named = await self._believed(connection, self._redeemed(connection, ticket), rule)
        else:
            principal = await self._believed(connection, self.authenticated(connection), rule)
        entry.client, entry.subject, entry.principal = principal.client_id, principal.pseudonym, principal.kind
        entry.actor = principal.actor
        connection.scope["state"]["principal"] = principal
        if rule is not None:
            self.rate_limiting.count(connection, entry, rule)
        agents = rule.agents if rule is not None else Agents.REFUSED
        with deciding(entry):
            held = next((each for each in scopes if each in principal.scopes), scopes[0])
            if rule is not None and rule.portal and held not in principal.scopes and principal.portals:
                allow(entry, policy.require_portal(principal, connection.path_params.get(PORTAL, "")))
            else:
                allow(entry, policy.require_scope(principal, held))
            principal = await self._with_mandate(connection, principal, held, agents, named)
        connection.scope["state"]["principal"] = principal

    async def _checked_if_presented(self, connection: AnyConnection, rule: RouteRule) -> None:
        """A public route of the API takes a token, and does not read one that is good for nothing as nobody: a frontend
        would go on without its person and not know it."""
        if connection.scope["path"].startswith(_API) and has(connection, _AUTHORIZATION):
            known = self._believed(connection, self.authenticated(connection), rule)
            connection.scope["state"]["known"] = await known

    async def _believed(self, connection: AnyConnection, called: Awaitable[_Caller], rule: RouteRule | None) -> _Caller:
        """Who calls; the entry says it if she is not believed. Whoever tries tokens uses up what their address may."""
        try:
            return await called
        except AuthError as error:
            entry = entry_of(connection)
            entry.kind, entry.decision, entry.rule, entry.reason = "refusal", "deny", "token@2", error.code
            if rule is not None:
                self.rate_limiting.count(connection, entry, rule)
            raise

    async def authenticated(self, connection: AnyConnection) -> Principal:
        """The caller that the token names, if the call proves that it may use the token. Raises `AuthError`."""
        call = presented(connection, self.settings)
        principal, nonce = await self.verifier.authenticate(authorization(connection), call)
        if nonce:  # RFC 9449, 8.2: the answer brings the one for the next proof
            connection.scope["state"][NONCE] = nonce
        return principal

    async def _redeemed(self, connection: AnyConnection, ticket: str) -> tuple[Principal, str | None]:
        """Who was given the ticket, and the mandate that she named then. The language is that of then, too: a page
        cannot choose the headers of its event source. Raises `AuthError`."""
        found = await self.tickets.redeem(ticket, case_id=connection.scope["path_params"].get("case_id", ""))
        if not await self.verifier.still(found.principal):
            raise AuthError("ticket_invalid", "the token that the ticket was given for is good no more")
        connection.scope["state"]["language"] = found.language
        return found.principal, found.mandate or None

    async def _with_mandate(
        self, connection: AnyConnection, principal: Principal, scope: Scope, agents: Agents, named: str | None
    ) -> Principal:
        """An agent, speaking for the person whose mandate the call names; anybody else as they are. Raises `Denied`."""
        entry = entry_of(connection)
        if principal.kind != "agent":
            if named is not None:  # a caller who means to act for somebody else must not act for themselves
                policy.require_kind(principal, "agent")
            return principal
        if agents is Agents.WITHOUT_MANDATE or (agents is Agents.EITHER and named is None):
            return principal
        mandate = await self.mandates.get(named) if named else None
        if mandate is not None:  # a refusal concerns the person too
            entry.subject, entry.mandate = mandate.subject, mandate.id
        if agents is Agents.REFUSED:
            policy.in_person(principal)
        if named is None:
            policy.require_mandate(principal)
        if mandate is None:
            raise unknown()
        acting = await self.mandates.act(principal, mandate)
        allow(entry, policy.within(acting, scope=scope))
        return acting


def _mandate(connection: AnyConnection) -> str | None:
    return first(connection, MANDATE) if has(connection, MANDATE) else None


def _ticket(connection: AnyConnection) -> str:
    """Empty without one. Raises `Problem` for several, and beside a token or a mandate: readers may disagree about who
    calls."""
    found = connection.query_params.getall(TICKET, [])
    if not found:
        return ""
    if len(found) > 1 or has(connection, _AUTHORIZATION) or has(connection, MANDATE):
        raise Problem("invalid_request", errors=[FieldError(f"/{TICKET}", "invalid")])
    return str(found[0])

"""The rule of a route: who may call it, and under which name the audit log knows the call.

Each route says it in its decorator: `@get("/v1/cases", rule=RouteRule(scope="cases:read", operation="cases.list"))`.
`docs/reference/routes.md` lists them all. Litestar keeps the rule in the `opt` of the handler;
`gateway.api.http.access.Admission` enforces it, and the OpenAPI document describes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Literal

from litestar import Litestar
from litestar.handlers.base import BaseRouteHandler

from gateway.api.http.deprecation import Deprecation
from gateway.auth.rates import CallKind
from gateway.auth.scopes import Scope

PUBLIC: Final[tuple[Scope, ...]] = ()
"""The scope of a route that needs no token."""

_RULE: Final = "rule"
"""The parameter of the decorator, and its key in `opt`."""


class Agents(Enum):
    """What a route requires of an agent."""

    REFUSED = auto()
    """Only the person may call it."""
    WITH_MANDATE = auto()
    """The agent names the mandate of the person for whom it calls."""
    EITHER = auto()
    """The agent may name a mandate, and does not have to: the use case decides what can be done without one."""
    WITHOUT_MANDATE = auto()
    """The agent calls for itself: no mandate is asked for, and none is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRule:
    scope: Scope | tuple[Scope, ...]
    """The scope that a token must carry, several of which one is enough, or `PUBLIC`."""
    operation: str
    """Name of the call in the audit log, the metrics and the log lines."""
    purpose: str = ""
    """Why personal data is looked at, for the audit record. A use case may name a narrower one."""
    agents: Agents = Agents.REFUSED
    or_anybody: bool = False
    """Anybody may call it without a token, too: a token that comes must be good for `scope` all the same."""
    compress: bool = False
    """Send large answers compressed. Only for what is about nobody and holds no secret (`compression.py`)."""
    secret_body: bool = False
    """Keep the request body out of the audit record's commitment."""
    secret_answer: bool = False
    """The same for the answer's body."""
    rate: CallKind | Literal["free"] | None = None
    """What a call counts as (`[rates]`); None: `read` for GET, else `write`. `free` is not counted."""
    deprecation: Deprecation | None = None
    """The route goes away: its answers say so."""
    portal: bool = False
    """An agency may call it too, for the portal that the path names, with the scope `portal:<id>`; where the path names
    none, for those that its token has."""
    tickets: bool = False
    """Whether a ticket in the address serves instead of a token."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return (self.scope,) if isinstance(self.scope, str) else self.scope


def rule_of(handler: BaseRouteHandler) -> RouteRule:
    """The rule of a route. Litestar's own handlers (OPTIONS, the OpenAPI document) have none and are public.

    Raises `ValueError` for a route of ours without a rule.
    """
    rule = handler.opt.get(_RULE)
    if isinstance(rule, RouteRule):
        return rule
    if handler.fn.__module__.startswith("litestar."):
        described = handler.fn.__module__.startswith("litestar._openapi.")
        return RouteRule(scope=PUBLIC, operation=handler.handler_name, rate="free", compress=described)
    raise ValueError(f"{handler} has no `rule=RouteRule(...)` in its decorator")


def require_rules(app: Litestar) -> None:
    """Refuse to start with a route that does not say who may call it. Raises `ValueError`."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            rule_of(handler)

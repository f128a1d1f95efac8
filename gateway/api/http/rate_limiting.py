"""Counts calls against what their callers may (`gateway.auth.rates`), and tells them: `RateLimit-Policy`, `RateLimit`.

A call counts once it is known who makes it and what it is: in the guard of the routes. A caller who has used up a
bucket already is refused before that, at the edge, so that refusing a flood costs little and holds up nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.types import HTTPScope

from gateway.api.http.addresses import site
from gateway.api.http.problems import Problem
from gateway.api.http.route_rules import RouteRule
from gateway.audit.entry import Entry
from gateway.auth.principal import Principal
from gateway.auth.rates import CallKind, RateLimits, Verdict

BELIEVED: Final = "believed"
"""In the state of a call: who the token was believed to be earlier, and whether a proof is still to come."""
FIELDS: Final = "rate_fields"
"""...and the header fields that tell what is left."""
OPERATION: Final = "calls.limited"
"""Name of a call that was refused before its route was looked up."""

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CALLBACKS: Final = "/callbacks/"
"""Portals call back as often as they have something to say; they have limits of their own."""


@dataclass(frozen=True, slots=True)
class RateLimiting:
    limits: RateLimits

    def refuse_early(self, scope: HTTPScope, entry: Entry, address: str) -> Problem | None:
        """The refusal of a caller who has nothing left for any call of this method. Nothing is used: a stranger with
        another's key-bound token uses up nothing of theirs."""
        if scope["path"].startswith(_CALLBACKS):
            return None
        believed: tuple[Principal, bool] | None = scope["state"].get(BELIEVED)
        kind = _base(scope["method"])
        if believed is None:
            if any(name == b"authorization" for name, _ in scope["headers"]):
                return None  # it is not known yet who that is
            verdict = self.limits.check_from(address, kind)
        else:
            verdict = self.limits.check(believed[0], kind)
        if verdict.exceeded is None:
            return None
        entry.operation = OPERATION
        if believed is not None:
            principal = believed[0]
            entry.client, entry.subject, entry.principal = principal.client_id, principal.pseudonym, principal.kind
            entry.actor = principal.actor
        return self._refusal(scope["state"], entry, verdict)

    def count(self, connection: ASGIConnection[Any, Any, Any, Any], entry: Entry, rule: RouteRule) -> None:
        """Count a call of the principal in the connection's state, else of whom its token is known to be, else of its
        address. Raises `Problem`."""
        if rule.rate == "free":
            return
        state = connection.scope["state"]
        kinds = [_base(str(connection.scope.get("method", "")))]
        if rule.rate is not None and rule.rate != kinds[0]:
            kinds.append(rule.rate)
        principal: Principal | None = state.get("principal")
        believed: tuple[Principal, bool] | None = state.get(BELIEVED)
        if principal is None and believed is not None and not believed[1]:
            principal = believed[0]
        if principal is not None:
            verdict = self.limits.spend(principal, *kinds)
        else:
            peer = connection.scope.get("client")
            verdict = self.limits.spend_from(site(peer[0]) if peer else "", *kinds)
        if verdict.exceeded is not None:
            refusal = self._refusal(state, entry, verdict)
            raise refusal
        state[FIELDS] = verdict.headers

    @staticmethod
    def _refusal(state: dict[str, Any], entry: Entry, verdict: Verdict) -> Problem:
        assert verdict.exceeded is not None
        state[FIELDS] = verdict.headers
        entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
        entry.rule, entry.reason = f"rate:{verdict.exceeded.name}@1", "rate_limit_reached"
        told = {"limit": verdict.exceeded.amount, "seconds": round(verdict.exceeded.window)}
        return Problem("rate_limit_reached", retry_after=verdict.retry_after, quota=verdict.exceeded.name, params=told)


def _base(method: str) -> CallKind:
    return "read" if method in _READING else "write"

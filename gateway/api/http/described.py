"""Which errors a route may answer with. Its decorator names those of its own, `problems=("case_not_found",)`; what
every route of its kind may answer stands here. The API's description lists them, and tests hold real answers against
it.
"""

from __future__ import annotations

from typing import Final

from litestar.handlers.base import BaseRouteHandler

from gateway.api.http.codes import CODES
from gateway.api.http.route_rules import Agents, rule_of

ASKS_PORTAL: Final = (
    *(code for code, kind in CODES.items() if kind.status >= 500 and kind.origin in ("connector", "portal")),
    *("portal_denied_gateway", "portal_host_refused", "portal_refused", "not_found_at_portal", "service_not_offered"),
)
"""Of a route that asks a portal before it answers."""
FILES: Final = tuple(code for code in CODES if code.startswith("attachment_"))
"""Of a route that takes a file."""
DEMAND: Final = (
    *("service_not_found", "case_not_found", "post_not_found", "form_invalid", "proof_of_relation_missing"),
    *("another_person", "identity_not_verified", "identity_not_in_mandate", "identity_required"),
    *("connector_quarantined", "erased"),
)
"""Of a route that takes a demand."""
ACTS: Final = (
    *("case_not_found", "erased"),
    *("action_not_open", "case_finished", "precondition_failed", "connector_quarantined"),
)
"""Of a route that does something about a case."""

_ALWAYS: Final = (
    *("malformed_request", "invalid_request", "header_repeated", "request_timeout", "headers_too_large"),
    *("too_many_requests", "rate_limit_reached", "address_quota_used", "overloaded", "shutting_down"),
    *("audit_unavailable", "store_unavailable", "internal_error"),
)
SECURED: Final = (
    *(code for code, kind in CODES.items() if kind.status == 401),
    *("insufficient_scope", "principal_not_allowed", "personal_only", "client_quota_used"),
    *("issuer_keys_pending", "issuer_unavailable"),
)
"""Of a route that needs a token, or looks at one."""
_MANDATED: Final = ("mandate_required", "mandate_unknown", "mandate_ended", "mandate_too_narrow")
_WITH_BODY: Final = ("malformed_json", "body_too_large", "unsupported_media_type")
_WRITES: Final = tuple(code for code in CODES if code.startswith("idempotency_"))
_KEY: Final = "idempotency_key"
_PROBLEMS: Final = "problems"


COMMON: Final = frozenset({*_ALWAYS, *SECURED, *_MANDATED, *_WITH_BODY, *_WRITES})
"""Codes that many routes share."""


def problems_of(handler: BaseRouteHandler) -> tuple[str, ...]:
    """Codes of the errors that the route may answer with, in the order of `CODES`. Raises `ValueError` for a code
    that there is not."""
    rule = rule_of(handler)
    own: tuple[str, ...] = handler.opt.get(_PROBLEMS, ())
    found = {*_ALWAYS, *own}
    if "case_not_found" in own:
        found |= {"case_damaged"}
    if rule.scopes:
        found |= {*SECURED}
    if rule.agents in (Agents.WITH_MANDATE, Agents.EITHER):
        found |= {*_MANDATED}
    parameters = handler.parsed_fn_signature.parameters
    if "data" in parameters:
        found |= {*_WITH_BODY}
    if _KEY in parameters:
        found |= {*_WRITES, "body_too_large"}
    if unknown := found - set(CODES):
        raise ValueError(f"{handler} names problems that there are not: {', '.join(sorted(unknown))}")
    return tuple(code for code in CODES if code in found)

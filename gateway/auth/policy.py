"""What a caller may do. Each decision carries the name and version of the rule that took it, for the audit record.

A rule that changes its meaning gets a new version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from gateway.auth.errors import challenge
from gateway.auth.principal import Principal, PrincipalKind
from gateway.auth.scopes import Scope, portal_of

DeniedCode = Literal[
    "insufficient_scope",
    "insufficient_assurance",
    "not_found",
    "principal_not_allowed",
    "personal_only",
    "mandate_required",
    "mandate_unknown",
    "mandate_ended",
    "mandate_too_narrow",
    "mandate_code_wrong",
]

ASSURANCE: Final = {"low": 1, "substantial": 2, "high": 3}
"""Levels of Regulation (EU) 910/2014, art. 8, which Law 43-20 follows. A word that is not here assures nothing."""

SURE: Final = "substantial"
"""Assurance level where no service sets one: for lists of all that a person did, and for services that are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`rule` reads `scope:cases.write@1`: what was looked at, and the rule's version."""

    allowed: bool
    rule: str
    reason: str = ""


class Denied(Exception):
    """The caller is known, and may not. `challenge` is the value of `WWW-Authenticate`, if there is one."""

    def __init__(self, code: DeniedCode, decision: Decision, *, challenge: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.decision = decision
        self.challenge = challenge


def require_scope(principal: Principal, scope: Scope) -> Decision:
    """Raises `Denied("insufficient_scope")` (RFC 6750, section 3.1)."""
    rule = f"scope:{scope.replace(':', '.')}@1"
    if scope in principal.scopes:
        return Decision(allowed=True, rule=rule)
    decision = Decision(allowed=False, rule=rule, reason="scope_missing")
    wanted = challenge("insufficient_scope", scheme=principal.scheme, scope=scope)
    raise Denied("insufficient_scope", decision, challenge=wanted)


def require_portal(principal: Principal, portal: str) -> Decision:
    """An agency sees the portals that it runs, and no other. An empty `portal` is the list of them, which shows only
    those. Raises `Denied("insufficient_scope")`."""
    rule = "portal:own@1"
    if portal in principal.portals or (not portal and principal.portals):
        return Decision(allowed=True, rule=rule)
    decision = Decision(allowed=False, rule=rule, reason="another_portal" if principal.portals else "scope_missing")
    scope = f"portal:{portal}"
    wanted = challenge("insufficient_scope", scheme=principal.scheme, scope=scope if portal_of(scope) else "operate")
    raise Denied("insufficient_scope", decision, challenge=wanted)


def require_post(principal: Principal, post: str) -> Decision:
    """An agent sees the appointments of the posts at which she serves. Raises `Denied("principal_not_allowed")`."""
    rule = "post:serves@1"
    if principal.kind == "agent" and post in principal.posts:
        return Decision(allowed=True, rule=rule)
    raise Denied("principal_not_allowed", Decision(allowed=False, rule=rule, reason="another_post"))


def reaches(principal: Principal, acr: str) -> bool:
    """Whether the token assures at least `acr`. An agent's own sign-in counts, whatever the person's was."""
    return ASSURANCE.get(principal.acr, 0) >= ASSURANCE[acr]


def require_acr(principal: Principal, acr: str) -> Decision:
    """The token must assure at least `acr`. Raises `Denied("insufficient_assurance")`: RFC 9470 step-up.

    It holds for applications too: an issuer that lets one act without a person says so by giving its tokens an `acr`.
    """
    rule = f"acr:{acr}@1"
    if reaches(principal, acr):
        return Decision(allowed=True, rule=rule)
    decision = Decision(allowed=False, rule=rule, reason="assurance_too_low")
    step_up = challenge("insufficient_user_authentication", scheme=principal.scheme, acr_values=acr)
    raise Denied("insufficient_assurance", decision, challenge=step_up)


def require_kind(principal: Principal, *kinds: PrincipalKind) -> Decision:
    """Some things only one kind of caller does. Raises `Denied("principal_not_allowed")`."""
    rule = f"kind:{'.'.join(kinds)}@1"
    if principal.kind in kinds:
        return Decision(allowed=True, rule=rule)
    raise Denied("principal_not_allowed", Decision(allowed=False, rule=rule, reason=f"is_{principal.kind}"))


def in_person(principal: Principal) -> Decision:
    """Refuse agents where the person must act herself, whatever the mandate says. Raises `Denied("personal_only")`."""
    rule = "personal:in_person@1"
    if principal.kind != "agent":
        return Decision(allowed=True, rule=rule)
    raise Denied("personal_only", Decision(allowed=False, rule=rule, reason="is_agent"))


def require_mandate(principal: Principal) -> Decision:
    """An agent does nothing without a mandate. Raises `Denied("mandate_required")`."""
    rule = "mandate:named@1"
    if principal.kind != "agent" or principal.acting is not None:
        return Decision(allowed=True, rule=rule)
    raise Denied("mandate_required", Decision(allowed=False, rule=rule, reason="no_mandate"))


def within(principal: Principal, *, scope: str = "", name: str = "") -> Decision:
    """An agent's mandate must cover the scope, and the service or portal. Nobody else is asked for one.

    Raises `Denied("mandate_too_narrow")`.
    """
    rule = f"mandate:{scope.replace(':', '.') or 'service'}@1"
    acting = principal.acting
    if acting is None or ((not scope or scope in acting.scopes) and (not name or acting.covers(name))):
        return Decision(allowed=True, rule=rule)
    reason = "scope_not_given" if scope else "service_not_given"
    raise Denied("mandate_too_narrow", Decision(allowed=False, rule=rule, reason=reason))


def owns(
    principal: Principal, *, case_client: str, case_subject: str, service: str = "", filed: datetime | None = None
) -> Decision:
    """Object-level ownership of a case, an attachment or an idempotency key.

    - A citizen owns what is hers, by pseudonym, through whichever known client she comes: cases belong to people.
    - An application owns what the same client created for nobody in particular (`case_subject` empty). What it created
      with a citizen's token belongs to that citizen.
    - An agent owns what belongs to the person whose mandate the call names, if the mandate covers its service, and what
      was filed before it was given only if it says so; without a mandate, nothing.
    - Auditors and operators own nothing; their ways in are other routes with other scopes.

    Raises `Denied("not_found")`: whoever may not see a thing does not learn that it exists.
    """
    if principal.kind == "citizen":
        rule = "owner:person@1"
        allowed = bool(principal.pseudonym) and principal.pseudonym == case_subject
    elif principal.kind == "app":
        rule = "owner:client@1"
        allowed = not case_subject and principal.client_id == case_client
    elif principal.acting is not None:
        rule = "owner:mandate@2"
        allowed = bool(principal.pseudonym) and principal.pseudonym == case_subject
        if allowed and service and not principal.acting.covers(service):
            raise Denied("not_found", Decision(allowed=False, rule=rule, reason="service_not_given"))
        if allowed and not principal.acting.covers_from(filed):
            raise Denied("not_found", Decision(allowed=False, rule=rule, reason="filed_before_mandate"))
    else:
        rule, allowed = "owner:none@1", False
    if not allowed:
        raise Denied("not_found", Decision(allowed=False, rule=rule, reason="not_the_owner"))
    return Decision(allowed=True, rule=rule)

"""Who the caller is here: what the token says, and what the gateway knows beside it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.auth import policy
from gateway.auth.mandates import Mandate, Mandates
from gateway.auth.preferences import PreferenceStore
from gateway.auth.principal import Identity, Principal
from gateway.cases.commands.caller import Caller
from gateway.cases.commands.give_mandate import ACR


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    principal: Principal
    profile: Identity | None
    """None for a caller that is no person, and for a token that may not read what is hers."""
    language: str
    """Empty if she prefers none."""
    mandates: list[Mandate] | None
    """Those that are good now; None where the list of mandates would be refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMe:
    preferences: PreferenceStore
    mandates: Mandates

    async def run(self, caller: Caller) -> Me:
        principal = caller.principal
        reads = principal.kind == "citizen" and "cases:read" in principal.scopes
        kept = await self.preferences.get(principal.pseudonym) if reads else None
        lists = (reads or principal.kind == "agent") and policy.reaches(principal, ACR)
        return Me(
            principal=principal,
            profile=principal.claims if reads else None,
            language=kept.preferences.language if kept is not None else "",
            mandates=await self.mandates.in_force(principal) if lists else None,
        )

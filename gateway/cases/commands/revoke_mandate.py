"""End a mandate: by the person who gave it, or the agent who holds it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.auth import policy
from gateway.auth.mandates import EndedBy, Mandate, Mandates
from gateway.auth.policy import Decision, Denied
from gateway.cases.commands.attempt_reports import AttemptReports
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, WriteRequest, Written

_RULE = "mandate:party@1"


class MandateNotFound(Exception):
    """There is none, or the caller has no part in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeMandate:
    writes: IdempotentWrites
    mandates: Mandates
    attempts: AttemptReports

    async def run(self, request: WriteRequest, mandate_id: str, present: Presenter[Mandate]) -> Written:
        """Raises `MandateNotFound`, `Denied`, and as `IdempotentWrites.run`."""
        mandate = await self._find(request.caller, mandate_id)
        by: EndedBy = "agent" if request.caller.principal.kind == "agent" else "person"
        return await self.writes.run(
            request, lambda unit: unit.commit(lambda tx: self.mandates.end(tx, mandate, by), present)
        )

    async def _find(self, caller: Caller, mandate_id: str) -> Mandate:
        principal, entry = caller.principal, caller.entry
        with deciding(entry, not_found=MandateNotFound):
            policy.require_kind(principal, "citizen", "agent")
            if principal.kind == "citizen":
                policy.require_scope(principal, "cases:write")
            mandate = await self.mandates.get(mandate_id)
            async with self.attempts.reported_to(mandate.subject if mandate else "", caller, mandate=mandate_id):
                if mandate is None or not (
                    mandate.held_by(principal) if principal.kind == "agent" else mandate.subject == principal.pseudonym
                ):
                    raise Denied("not_found", Decision(allowed=False, rule=_RULE, reason="not_a_party"))
            allow(entry, Decision(allowed=True, rule=_RULE))
        entry.subject, entry.mandate = mandate.subject, mandate.id
        return mandate

"""An agent hands a mandate over to a colleague of the same agency, who takes it up by a code."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.auth import policy
from gateway.auth.mandates import Mandate, Mandates
from gateway.auth.policy import Decision, Denied
from gateway.cases.commands.attempt_reports import AttemptReports
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.cases.commands.revoke_mandate import MandateNotFound
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, WriteRequest, Written

_RULE = "mandate:party@1"


@dataclass(frozen=True, slots=True)
class HandedOver:
    mandate: Mandate
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverMandate:
    writes: IdempotentWrites
    mandates: Mandates
    attempts: AttemptReports

    async def run(self, request: WriteRequest, mandate_id: str, present: Presenter[HandedOver]) -> Written:
        """The mandate stays the agent's until the colleague has taken it up. The person sees both in her ledger, and
        may end it at any time. Raises `MandateNotFound`, `Denied`, and as `IdempotentWrites.run`."""
        caller = request.caller
        mandate = await self._find(caller, mandate_id)

        def hand_over(tx: Connection) -> HandedOver:
            with deciding(caller.entry):
                return HandedOver(*self.mandates.hand_over(tx, caller.principal, mandate))

        return await self.writes.run(request, lambda unit: unit.commit(hand_over, present))

    async def _find(self, caller: Caller, mandate_id: str) -> Mandate:
        principal, entry = caller.principal, caller.entry
        with deciding(entry, not_found=MandateNotFound):
            policy.require_kind(principal, "agent")
            mandate = await self.mandates.get(mandate_id)
            async with self.attempts.reported_to(mandate.subject if mandate else "", caller, mandate=mandate_id):
                if mandate is None or not mandate.held_by(principal):
                    raise Denied("not_found", Decision(allowed=False, rule=_RULE, reason="not_a_party"))
            allow(entry, Decision(allowed=True, rule=_RULE))
        entry.subject, entry.mandate = mandate.subject, mandate.id
        return mandate

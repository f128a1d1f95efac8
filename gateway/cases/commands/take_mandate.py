"""An agent takes up a mandate by its code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from gateway.auth import policy
from gateway.auth.mandates import Mandate, Mandates, TooManyTries
from gateway.cases.commands.caller import allow, deciding
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.idempotency import StoredResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMandate:
    writes: IdempotentWrites
    mandates: Mandates

    async def run(self, request: WriteRequest, code: str, present: Presenter[Mandate]) -> Written:
        """Raises `Denied`, `TooManyTries`, and as `IdempotentWrites.run`."""
        entry = request.caller.entry
        with deciding(entry):
            allow(entry, policy.require_kind(request.caller.principal, "agent"))
        # The key is held beforehand: a try counts, whatever its outcome.
        return await self.writes.run(request, partial(self._take, code=code, present=present), holds_key=True)

    async def _take(self, unit: UnitOfWork, *, code: str, present: Presenter[Mandate]) -> StoredResponse:
        principal, entry = unit.caller.principal, unit.caller.entry
        try:
            attempt = await self.mandates.attempt(principal)
        except TooManyTries:
            entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
            entry.rule, entry.reason = "mandate:tries@1", "too_many_tries"
            raise

        def take(tx: Connection) -> Mandate:
            with deciding(entry):
                mandate = self.mandates.take(tx, principal, code, attempt)
            entry.subject, entry.mandate = mandate.subject, mandate.id
            return mandate

        return await unit.commit(take, present)

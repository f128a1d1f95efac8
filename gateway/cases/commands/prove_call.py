"""Proof that a call's record is in the signed log: for its caller, and for auditors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.audit.checkpointer import Checkpointer
from gateway.audit.reader import RecordNotFound
from gateway.audit.receipt import prove
from gateway.audit.search import Found, by_call
from gateway.auth import policy
from gateway.auth.keys import KeyRing
from gateway.auth.policy import Denied
from gateway.cases.commands.caller import Caller, allow
from gateway.cases.commands.case_access import CaseAccess
from gateway.storage import Storage

AUDITOR: Final = "audit:list"
"""Scope of those who may have the proof of any call."""


@dataclass(frozen=True, slots=True)
class CallProof:
    call_id: str
    proof: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveCall:
    storage: Storage
    checkpointer: Checkpointer
    ring: KeyRing
    access: CaseAccess

    async def run(self, caller: Caller, call_id: str) -> CallProof:
        """Raises `RecordNotFound`, `NotConsistent`, and `Denied` for too little assurance."""
        entry = caller.entry
        found = self._permitted(caller, await self.storage.run_read(lambda read: by_call(read, call_id)))
        if found is None:
            raise RecordNotFound(call_id)
        record = found.record
        if AUDITOR in caller.principal.scopes:
            entry.kind, entry.subject, entry.purpose = "access", record.subject, "audit"
        elif record.service:
            self.access.require_assurance(caller, record.service)
        entry.case_id, entry.service = record.case, record.service
        made = await prove(self.storage, self.checkpointer, found.index)
        return CallProof(record.call, bytes(made.proof))

    def _permitted(self, caller: Caller, found: list[Found]) -> Found | None:
        """The first of these records that the caller may have: its own, or any if it is an auditor."""
        principal, entry = caller.principal, caller.entry
        if AUDITOR in principal.scopes:
            return found[0] if found else None
        names = self.ring.ledger.every(principal.pseudonym, entry.at) if principal.pseudonym else ()
        for each in found:
            subject = principal.pseudonym if each.record.subject in names else each.record.subject
            try:
                allow(entry, policy.owns(principal, case_client=each.record.client, case_subject=subject))
            except Denied as error:
                entry.rule, entry.reason = error.decision.rule, error.decision.reason
            else:
                entry.reason = ""
                return each
        if found:
            entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
        return None

"""Records for other people whom a demand concerns: they see them in their own ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.audit.entry import NAMED_BY_ANOTHER, Entry
from gateway.audit.log import AuditLog
from gateway.auth.keys import KeyRing
from gateway.cases.subject import NotEntitled


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernedPeople:
    audit: AuditLog
    ring: KeyRing

    async def record_refusal(self, entry: Entry, error: NotEntitled) -> None:
        """Record, for the caller and for the people named, that the caller may not make this demand."""
        entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
        entry.rule, entry.reason = error.rule, error.reason
        for other in self._entries(entry, error.named):
            await self.audit.write(other)

    async def record_check(self, entry: Entry, named: Iterable[str]) -> None:
        """Record, for each of the people named, that a portal was asked about her before a demand is filed."""
        for other in self._entries(entry, named):
            await self.audit.write(other)

    def record_filing(self, tx: Connection, entry: Entry, named: Iterable[str]) -> None:
        """With the case, a record for each of the other people whom its form names by their CNIE."""
        for other in self._entries(entry, named):
            self.audit.append(tx, other)

    def _entries(self, entry: Entry, named: Iterable[str]) -> list[Entry]:
        """A further record of the call for each of them. It names the filer only as every record does: the client, and
        the agent if one acted. It names no case, because the case is not theirs."""
        return [
            Entry(
                call_id=entry.call_id,
                kind="refusal" if entry.decision == "deny" else "access",
                operation=entry.operation,
                client=entry.client,
                subject=self.ring.pseudonym(each),
                actor=entry.actor,
                principal=entry.principal,
                purpose=entry.purpose,
                service=entry.service,
                portal=entry.portal,
                outcome=entry.outcome,
                decision=entry.decision,
                rule=entry.rule,
                reason=NAMED_BY_ANOTHER,
                at=entry.at,
            )
            for each in sorted(named)
        ]

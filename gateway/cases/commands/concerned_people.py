"""Whose demand it is, in the record: what the other people concerned see in their own ledger."""

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
        """Record that a demand is not the caller's to make, for her and for those whom it names."""
        entry.kind, entry.decision, entry.outcome = "refusal", "deny", "denied"
        entry.rule, entry.reason = error.rule, error.reason
        for other in self._entries(entry, error.named):
            await self.audit.write(other)

    def record_filing(self, tx: Connection, entry: Entry, named: Iterable[str]) -> None:
        """With the case, a record for each of the other people whom its form names by their CNIE."""
        for other in self._entries(entry, named):
            self.audit.append(tx, other)

    def _entries(self, entry: Entry, named: Iterable[str]) -> list[Entry]:
        """The same call once more, as it concerns each of them. It says who filed as far as the log says it of anybody:
        the client, and the agent if one acted. No case: it is not theirs."""
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

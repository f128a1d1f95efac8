"""The audit record of a look at events that lasts: one for the whole of it, however often the connection breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from gateway.audit.log import AuditLog
from gateway.cases.commands.caller import Caller
from gateway.storage import Storage
from gateway.storage.allowances import Allowance, spend

_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecords:
    storage: Storage
    audit: AuditLog
    seconds: float
    """`events.record_seconds`."""

    async def cover(self, caller: Caller, target: str, *, resumed: bool) -> None:
        """Record that the caller reads the events of `target`, unless this is `resumed` reading that the record of the
        last `seconds` covers, whichever process wrote it. Call it when nothing can refuse the call any more."""
        principal, entry = caller.principal, caller.entry
        mandate = principal.acting.mandate if principal.acting else ""
        who = " ".join((principal.client_id, principal.pseudonym, principal.actor, mandate, target))
        entry.status = _OK

        def work(tx: Connection) -> bool:
            new = spend(tx, Allowance("events_recorded", 1, self.seconds), who).granted
            if new or not resumed:
                self.audit.append(tx, entry)
            return new

        if not await self.storage.run_write(work):
            entry.recorded = True

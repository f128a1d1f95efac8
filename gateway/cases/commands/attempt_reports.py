"""Attempts to reach somebody else's object: the owner sees them in her own ledger, the caller learns nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.audit.entry import TRIED_BY_ANOTHER, Entry
from gateway.audit.log import AuditLog
from gateway.auth.policy import Denied
from gateway.auth.quotas import Quotas
from gateway.cases.commands.caller import Caller
from gateway.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptReports:
    storage: Storage
    quotas: Quotas
    audit: AuditLog

    @asynccontextmanager
    async def reported_to(
        self, owner: str, caller: Caller, *, case_id: str = "", service: str = "", mandate: str = ""
    ) -> AsyncIterator[None]:
        """Decide inside whether the caller may have something of the person `owner` (a pseudonym; empty if it is
        nobody's).

        When that raises `Denied`, she gets a record of the call beside the caller's own: by which client, and what for.
        Of one caller she sees `quotas.attempts_told_per_caller_day`, over all processes: nobody who knows an id may
        fill her list. Further attempts have the caller's own record only.
        """
        try:
            yield
        except Denied as error:
            principal, entry = caller.principal, caller.entry
            if owner and owner != principal.pseudonym:  # otherwise the call's own record is about her
                who = principal.actor or principal.pseudonym or f"client {principal.client_id}"
                told = Entry(
                    call_id=entry.call_id,
                    kind="refusal",
                    operation=entry.operation,
                    client=entry.client,
                    subject=owner,
                    actor=entry.actor,
                    mandate=mandate,
                    principal=entry.principal,
                    purpose=entry.purpose,
                    case_id=case_id,
                    service=service,
                    outcome="denied",
                    decision="deny",
                    rule=error.decision.rule,
                    reason=TRIED_BY_ANOTHER,
                    at=entry.at,
                )

                def work(tx: Connection) -> None:
                    if self.quotas.tell_attempt(tx, owner=owner, caller=who):
                        self.audit.append(tx, told)

                await self.storage.run_write(work)
            raise

"""A ticket for an event stream, for browsers."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.auth.tickets import Given, Tickets
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, WriteRequest, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveEventTicket:
    writes: IdempotentWrites
    access: CaseAccess
    tickets: Tickets

    async def run(self, request: WriteRequest, *, case_id: str, language: str, present: Presenter[Given]) -> Written:
        """`case_id`: the case whose stream it opens; empty for the caller's feed.

        A ticket shows nothing yet, so the record of this call is not in the person's list of accesses; that of the
        stream is. Raises `CaseNotFound`, `Denied`, and as `IdempotentWrites.run`.
        """
        caller = request.caller
        if case_id:
            await self.access.find(caller, case_id)
        caller.entry.subject = ""
        return await self.writes.run(
            request,
            lambda unit: unit.commit(
                lambda tx: self.tickets.give(tx, caller.principal, case_id=case_id, language=language), present
            ),
        )

"""Notes on a case: an agent writes them, the person sees them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from gateway import typed_text
from gateway.auth import policy
from gateway.cases import visits
from gateway.cases.commands.caller import Caller, allow, deciding
from gateway.cases.commands.case_access import CaseAccess, CaseNotFound
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.forms import FormError
from gateway.cases.idempotency import StoredResponse
from gateway.cases.intake import Invalid
from gateway.cases.model import Case, Event, now
from gateway.cases.notes import Note, Notes
from gateway.cases.store import Cases
from gateway.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNotes:
    storage: Storage
    writes: IdempotentWrites
    access: CaseAccess
    cases: Cases
    notes: Notes

    async def read(self, caller: Caller, case_id: str) -> list[Note]:
        """For the person, an agent with her mandate, and an agent of the post where she has an appointment about now.
        Raises `CaseNotFound`, `Denied`, `Erased`."""
        case = await self._find(caller, case_id)
        return await self.storage.run_read(lambda connection: self.notes.of_case(connection, case))

    async def add(self, request: WriteRequest, case_id: str, text: str, present: Presenter[Note]) -> Written:
        """For agents. The timeline tells the person. Raises `CaseNotFound`, `Denied`, `Invalid`, `TooManyNotes`, and as
        `IdempotentWrites.run`."""
        with deciding(request.caller.entry):
            policy.require_kind(request.caller.principal, "agent")
        await self._find(request.caller, case_id)
        if not typed_text.acceptable(text) or not (cleaned := typed_text.clean(text)):
            raise Invalid([FormError("/text", "text")])
        return await self.writes.run(request, partial(self._add, case_id=case_id, text=cleaned, present=present))

    async def _add(self, unit: UnitOfWork, *, case_id: str, text: str, present: Presenter[Note]) -> StoredResponse:
        case = await self._find(unit.caller, case_id)
        principal = unit.caller.principal

        def keep(tx: Connection) -> Note:
            note = self.notes.add(tx, case, client=principal.client_id, actor=principal.actor, text=text)
            self.cases.save(tx, case, [Event(code="note_added")])
            return note

        return await unit.commit(keep, present)

    async def _find(self, caller: Caller, case_id: str) -> Case:
        """Without a mandate an agent reaches the cases of her post alone; others do not exist for her."""
        if caller.principal.kind != "agent" or caller.principal.acting is not None:
            return await self.access.find(caller, case_id)
        visit = await self.storage.run_read(lambda connection: visits.of_case(connection, case_id))
        case = await self.cases.get(case_id) if visit is not None else None
        if visit is None or case is None or not visits.served_now(visit, now()):
            raise CaseNotFound(case_id)
        entry = caller.entry
        entry.case_id, entry.service = case.id, case.service
        async with self.access.attempts.reported_to(case.subject, caller, case_id=case.id, service=case.service):
            with deciding(entry):
                allow(entry, policy.require_post(caller.principal, visit.post))
        entry.subject = case.subject
        return case

"""File a case: from what a person sends to a stored case with its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from gateway.auth.quotas import Quotas
from gateway.cases.commands.caller import Caller, deciding
from gateway.cases.commands.concerned_people import ConcernedPeople
from gateway.cases.commands.examine_demand import CaseInput, ExamineDemand
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.drafts import Draft, Drafts
from gateway.cases.examination import Demand, Findings
from gateway.cases.idempotency import StoredResponse
from gateway.cases.intake import Intake, NewCase
from gateway.cases.model import Case
from gateway.cases.subject import NotEntitled


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCase:
    writes: IdempotentWrites
    examine: ExamineDemand
    intake: Intake
    drafts: Drafts
    quotas: Quotas
    people: ConcernedPeople

    async def run(self, request: WriteRequest, given: CaseInput, present: Presenter[Case]) -> Written:
        """Raises `ServiceNotFound`, `NotAvailable`, `CardNotAccepted`, `LanguageUnknown`, `NotEntitled`, `Invalid`,
        `QuotaUsed`, `Denied`, `Refused` for what the portal objects to before filing, and as `IdempotentWrites.run`."""
        caller, findings = request.caller, Findings(at_once=True)
        service = self.examine.service(caller, given)
        with deciding(caller.entry):
            demand = await self.examine.rights(caller, service, given, findings)
        work = partial(self._file, request=request, demand=demand, given=given, findings=findings, present=present)
        try:
            return await self.writes.run(request, work)
        except NotEntitled as error:  # a repetition of what was filed gets its response, and is no attempt
            await self.people.record_refusal(caller.entry, error)
            raise

    async def _file(
        self,
        unit: UnitOfWork,
        *,
        request: WriteRequest,
        demand: Demand,
        given: CaseInput,
        findings: Findings,
        present: Presenter[Case],
    ) -> StoredResponse:
        caller = unit.caller
        draft = await self.examine.draft(caller, given, findings)
        if draft is not None:
            request.check_version(draft)
        examined = (await self.examine.content(caller, demand, findings)).examined
        assert examined is not None, "what was found is raised at once"
        made = self.intake.prepare(
            examined, caller.principal, related_case=given.related_case, fast_lane=demand.fast_lane
        )
        caller.entry.case_id = made.case.id
        return await unit.commit(partial(self._keep, caller=caller, made=made, draft=draft), present)

    def _keep(self, tx: Connection, *, caller: Caller, made: NewCase, draft: Draft | None) -> Case:
        self.intake.keep(tx, made)
        if draft is not None:
            self.drafts.delete(tx, draft)
        self.people.record_filing(tx, caller.entry, made.concerned)
        # Last, because all filings of one client wait for each other from here to the commit.
        self.quotas.file_case(tx, client=caller.principal.client_id, subject=caller.principal.pseudonym, filed=1)
        return made.case

"""Withdraw a case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from gateway.auth.mandates import Mandates
from gateway.cases import withdrawal
from gateway.cases.commands.caller import Caller, require_permission, require_permission_in
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.idempotency import StoredResponse
from gateway.cases.model import Case, Event
from gateway.cases.portals import Portals
from gateway.cases.store import Cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    writes: IdempotentWrites
    access: CaseAccess
    cases: Cases
    portals: Portals
    mandates: Mandates
    lease_seconds: float
    """How long the journey leaves a case alone that is being withdrawn at its portal."""

    async def run(self, request: WriteRequest, case_id: str, present: Presenter[Case]) -> Written:
        """Raises `CaseNotFound`, `Ended`, `TooLate`, `Denied`, what the portal's connector raises, and as
        `IdempotentWrites.run`."""
        await self.access.find(request.caller, case_id)
        work = partial(self._withdraw, request=request, case_id=case_id, present=present)
        return await self.writes.run(request, work, holds_key=True)

    async def _withdraw(
        self, unit: UnitOfWork, *, request: WriteRequest, case_id: str, present: Presenter[Case]
    ) -> StoredResponse:
        caller = unit.caller
        case = await self.access.find_to_change(caller, case_id)
        request.check_version(case)
        events = withdrawal.bind(case, self.lease_seconds)
        if events is not None:
            save = partial(self._save, case=case, events=events, caller=caller)
            if case.state.ending.withdrawing is None:  # no portal has it
                return await unit.commit(save, present)
            await self.writes.storage.run_write(save)
        if case.state.ending.withdrawing is not None:
            case = await withdrawal.take_back_now(
                self.cases, self.portals, case, caller.entry, lambda: require_permission(self.mandates, caller)
            )
        return await unit.commit(lambda _tx: case, present, at_portal=True)

    def _save(self, tx: Connection, *, case: Case, events: list[Event], caller: Caller) -> Case:
        require_permission_in(tx, self.mandates, caller)
        self.cases.save(tx, case, events)
        return case

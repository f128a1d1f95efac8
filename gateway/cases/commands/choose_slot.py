"""Book an appointment for a case, or move it, while the person waits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from gateway.audit.entry import Entry
from gateway.auth.mandates import Mandates
from gateway.cases import slot_ids
from gateway.cases.appointments import Appointments, may_book
from gateway.cases.commands.action_input import ActionInput
from gateway.cases.commands.caller import require_permission, require_permission_in
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.not_offered import CapabilityMissing, ServiceNotFound
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.idempotency import StoredResponse
from gateway.cases.model import Case
from gateway.cases.slot_ids import SlotId
from gateway.cases.state import PendingBooking
from gateway.cases.store import Cases, Conflict, attempts
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseSlot:
    writes: IdempotentWrites
    access: CaseAccess
    cases: Cases
    catalogue: Catalogue
    appointments: Appointments
    mandates: Mandates
    call_seconds: float

    async def run(self, request: WriteRequest, case_id: str, given: ActionInput, present: Presenter[Case]) -> Written:
        """Raises `CaseNotFound`, `Invalid`, `SlotInvalid`, `Ended`, `NotOpen`, `Busy`, `ServiceNotFound`,
        `CapabilityMissing`, `NotAnOption`, `SlotTaken`, `Denied`, what the portal's connector raises, and as
        `IdempotentWrites.run`."""
        await self.access.find(request.caller, case_id)
        given.allow_only("slot")
        wanted = slot_ids.decode(given.slot)
        work = partial(self._book, request=request, case_id=case_id, wanted=wanted, present=present)
        return await self.writes.run(request, work, holds_key=True)

    async def _book(
        self, unit: UnitOfWork, *, request: WriteRequest, case_id: str, wanted: SlotId, present: Presenter[Case]
    ) -> StoredResponse:
        """Store the intent, book, store the booking. The journey settles the booking if this call does not finish."""
        case = await self.access.find_to_change(unit.caller, case_id)
        request.check_version(case)
        may_book(case)
        service = self.catalogue.service(case.service)
        if service is None:
            raise ServiceNotFound(case.service)
        if self.appointments.provider(service) is None:
            raise CapabilityMissing(service.plugin)
        form = (await self.cases.personal(case)).form
        pending_booking = await self.appointments.find(
            case, service, form, wanted, unit.caller.entry, self.call_seconds
        )
        caller, mandates = unit.caller, self.mandates
        key = await self.appointments.announce(
            case, pending_booking, lambda tx: require_permission_in(tx, mandates, caller)
        )
        caller.entry.portal = pending_booking.portal
        made = await self.appointments.book(
            case,
            pending_booking,
            key,
            lambda: require_permission(mandates, caller),
            entry=caller.entry,
            budget=self.call_seconds,
        )
        booked = await self._keep(case_id, key, pending_booking, made, caller.entry)
        return await unit.commit(lambda _tx: booked, present, at_portal=True)

    async def _keep(
        self, case_id: str, key: str, pending_booking: PendingBooking, made: Appointment | None, entry: Entry
    ) -> Case:
        """Save the booking in a transaction of its own, so that it stays whatever becomes of the response.

        The journey may save the case at the same time. If it does so at each attempt, the case is returned with the
        booking under way: the journey then queries the portal by its key.
        """
        async for _ in attempts():
            case, events = await self.appointments.reread(case_id, key, pending_booking, made, entry)
            if not events:
                return case
            try:
                await self.writes.storage.run_write(partial(self.cases.save, case=case, events=events))
            except Conflict:
                continue
            return case
        case, _ = await self.appointments.reread(case_id, key, pending_booking, None, entry)
        return case

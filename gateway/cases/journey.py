"""The journey of a case: one step at a time, decided from what the case already knows.

`advance` does the next thing and says when to go on. It can be killed anywhere and called again: what is created
at a portal is announced in the case first (`Intent`), so that a second run asks the portal before it sends again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Final

import structlog

from gateway.audit.entry import Entry
from gateway.cases import terms
from gateway.cases.model import Case, Event, Part, now
from gateway.cases.portals import NotAvailable
from gateway.cases.stages import answers, appointment, compensation, fee, filing, finish, follow, shipping
from gateway.cases.store import Conflict
from gateway.cases.trip import Office, Trip, Wait
from gateway.connectors.contract import CaseStatus, PortalError, Refused, Unavailable, Unknown
from gateway.connectors.services import Service
from gateway.ids import new_id

log = structlog.get_logger()

STAGES: Final[dict[Part, ModuleType]] = {
    Part.FEE: fee,
    Part.APPOINTMENT: appointment,
    Part.FILING: filing,
    Part.FOLLOW: follow,
    Part.SHIPPING: shipping,
}


@dataclass(frozen=True, slots=True)
class Rest:
    """Go on in `seconds`, unless the case's `due_at` is another one by then: something has happened meanwhile."""

    seconds: float
    due_at: datetime


class Journey:
    def __init__(self, office: Office) -> None:
        self._office = office

    async def advance(self, case_id: str) -> Rest | None:
        """Do the next thing for the case; None when it has ended. What was sent to a portal is on record afterwards."""
        case = await self._office.cases.get(case_id)
        if case is None or case.due_at is None:
            return None
        service = self._office.catalogue.service(case.service)
        if service is None:
            log.warning("service_gone", case_id=case.id, code=case.service)
            return Rest(self._office.pace.retry_max_seconds, case.due_at)
        stage = _stage(case)
        entry = Entry(
            call_id=new_id("step"),
            kind="step",
            operation=f"journey.{stage.__name__.rpartition('.')[2]}",
            client=case.client,
            subject=case.subject,
            principal="journey",
            purpose=service.purpose,
            case_id=case.id,
            service=case.service,
        )
        trip = Trip(case, service, self._office, entry)
        try:
            with entry.active():
                seconds = await self._step(trip, stage)
        except Exception:
            entry.outcome = "failed"
            raise
        finally:
            if entry.hops and not entry.recorded:
                await self._office.audit.write(entry)
        return None if case.due_at is None else Rest(seconds, case.due_at)

    async def _step(self, trip: Trip, stage: ModuleType) -> float:
        """Seconds to wait before the next step. Somebody else's change in between makes this one as if not done."""
        try:
            return await self._attempt(trip, stage)
        except Conflict:
            return 0.0

    async def _attempt(self, trip: Trip, stage: ModuleType) -> float:
        try:
            if passed := terms.look(trip.case, now(), trip.office.pace.reminder_days):
                await trip.save(*passed)
            else:
                await stage.run(trip)
        except Wait as wait:
            await trip.forget_trouble()
            return wait.seconds
        except Refused as error:
            trip.entry.outcome, trip.entry.code = "refused", error.code
            if trip.state.ending is not None:
                log.error("undoing_refused", case_id=trip.case.id, portal=trip.entry.portal, code=error.code)
                return await trip.keep_trouble(error, error.code)
            await _refuse(trip, error)
        except (Unavailable, Unknown, NotAvailable) as error:
            code = error.code if isinstance(error, PortalError) else "connector_quarantined"
            trip.entry.outcome = "unknown" if isinstance(error, Unknown) else "unavailable"
            trip.entry.code = code
            return await trip.keep_trouble(error, code)
        return 0.0


def _stage(case: Case) -> ModuleType:
    """What is unfinished between two parts comes before the next part; undoing comes before everything."""
    state = case.state
    if case.ended:
        return answers
    if state.ending is not None:
        return compensation
    if appointment.unsettled(state):
        return appointment
    if fee.stampless(state) is not None:
        return fee
    if state.answers:
        return answers
    stage = next((STAGES[part] for part in state.parts if not STAGES[part].done(state)), finish)
    if stage is appointment and state.action is not None and state.action.asked:
        return follow  # the portal wants something else first
    return stage


async def _refuse(trip: Trip, error: Refused) -> None:
    """A portal's final no ends the case, after what was paid is given back."""
    personal = await trip.personal()
    personal.refusal = error.portal_message
    trip.state.ending, trip.state.reason = CaseStatus.REJECTED, error.code
    if trip.state.reference and trip.entry.portal == trip.state.portal:
        terms.answered(trip.state)
    await trip.save(Event(code="refused", portal=trip.entry.portal, data={"reason": error.code}), personal=personal)


def parts_of(service: Service, *, fee: bool, ships: bool) -> list[Part]:
    """The parts this case needs, in order: a free service has no fee, a pick-up no shipping."""
    before = service.appointment.before if service.appointment is not None else ""
    needed = {
        Part.FEE: fee,
        Part.APPOINTMENT: before == "filing",
        Part.FILING: True,
        Part.FOLLOW: True,
        Part.SHIPPING: ships,
    }
    parts = [part for part, wanted in needed.items() if wanted]
    if before == "lodging":
        parts.insert(parts.index(Part.FOLLOW), Part.APPOINTMENT)
    return parts

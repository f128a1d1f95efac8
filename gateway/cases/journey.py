"""The journey of a case: one step at a time, decided from what the case already knows.

`advance` does the next thing and says when to go on. It can be killed anywhere and called again: what is created
at a portal is announced in the case first (`Intent`), so that a second run asks the portal before it sends again.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from types import ModuleType
from typing import Final

import structlog

from gateway.audit.entry import Entry
from gateway.cases import terms
from gateway.cases.batches import Batches
from gateway.cases.claims import Lease
from gateway.cases.model import Case, Event, Part
from gateway.cases.portals import NotAvailable
from gateway.cases.stages import (
    answers,
    appointment,
    compensation,
    fee,
    filing,
    finish,
    follow,
    leftovers,
    shipping,
)
from gateway.cases.store import Conflict
from gateway.cases.trip import Office, Prepared, Trip, Wait
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


_STALE: Final = 0
"""No case in the database has this version."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Go on in `seconds`, unless the case has another version by then: something has happened meanwhile."""

    seconds: float
    version: int
    poll_key: str = ""
    """The portal has said where the case stands, and is to be queried by this again."""


class Journey:
    def __init__(self, office: Office) -> None:
        self._office = office
        self.batches = Batches(office, _only_queries)

    async def advance(self, case_id: str, lease: Lease | None = None, prepared: Prepared | None = None) -> Rest | None:
        """Do the next thing for the case; None when it has ended, or when somebody else holds it instead of `lease`.
        What was sent to a portal is on record afterwards. `prepared`: what the portal has said already."""
        case = await self._office.cases.get(case_id)
        if case is None or case.due_at is None or (lease is not None and case.claimed_by != lease.holder):
            return None
        service = self._office.catalogue.service(case.service)
        if service is None:
            log.warning("service_gone", case_id=case.id, code=case.service)
            return Rest(self._office.pace.retry_max_seconds, case.version)
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
        trip = Trip(case, service, self._office, entry, lease, prepared)
        try:
            return await self._step(trip, stage)
        except Exception:
            entry.outcome = "failed"
            raise
        finally:
            if entry.hops and not entry.recorded:
                await self._office.audit.write(entry)

    async def _step(self, trip: Trip, stage: ModuleType) -> Rest | None:
        """As `advance`. Somebody else's change in between makes this step as if not done: what the case here says of
        its end does not hold, so it goes on at once, and its lease is given back in the end."""
        try:
            seconds = await self._attempt(trip, stage)
        except Conflict:
            with contextlib.suppress(Conflict):
                await trip.forget_unsent()
            return Rest(0.0, _STALE)
        poll_key = trip.then.poll_key if trip.then is not None else ""
        return None if trip.case.due_at is None else Rest(seconds, trip.case.version, poll_key)

    async def _attempt(self, trip: Trip, stage: ModuleType) -> float:
        try:
            if stage is not follow and (passed := _announced(trip)):
                await trip.save(*passed)
                return 0.0
            await stage.run(trip)
            if trip.then is not None and _stage(trip.case) is stage:
                return trip.then.seconds
            trip.then = None
        except Wait as wait:
            trip.then = wait
            await trip.forget_outage()
            return wait.seconds
        except Refused as error:
            trip.entry.outcome, trip.entry.code = "refused", error.code
            if trip.state.ending.status is not None:
                log.error("undoing_refused", case_id=trip.case.id, portal=trip.entry.portal, code=error.code)
                return await trip.keep_outage(error, error.code)
            await _refuse(trip, error)
        except (Unavailable, Unknown, NotAvailable) as error:
            code = error.code if isinstance(error, PortalError) else "connector_quarantined"
            trip.entry.outcome = "unknown" if isinstance(error, Unknown) else "unavailable"
            trip.entry.code = code
            return await trip.keep_outage(error, code, *_announced(trip))
        return 0.0


def _only_queries(case: Case) -> bool:
    return _stage(case) is follow and follow.only_queries(case.state)


def _announced(trip: Trip) -> list[Event]:
    return terms.look(trip.case, trip.case.clock(), trip.office.pace.reminder_days)


def _stage(case: Case) -> ModuleType:
    """What is unfinished between two parts comes before the next part; undoing comes before everything."""
    state = case.state
    if case.ended:
        return answers if state.answers else leftovers
    if state.ending.status is not None:
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
    trip.state.ending.status, trip.state.ending.reason = CaseStatus.REJECTED, error.code
    if trip.state.filing.reference and trip.entry.portal == trip.state.filing.portal:
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

"""Appointment: wait until the person has chosen a slot; settle bookings of unknown outcome; cancel what was replaced.

The slot itself is booked while the person waits (`gateway.cases.appointments`), who thus learns at once if it is taken.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateway.cases.appointments import booked, not_booked
from gateway.cases.model import Event, now
from gateway.cases.poll_wait import wait_for_person
from gateway.cases.state import Action, ActionType, State
from gateway.cases.trip import DueIn, Trip
from gateway.connectors.contract import Booking, CaseStatus, Refused


class AppointmentStage:
    name: Final = "appointment"

    def done(self, state: State) -> bool:
        return state.appointment.booked is not None

    async def run(self, trip: Trip) -> DueIn | None:
        state = trip.state
        if state.intent(Booking.book) is not None:
            return await settle_booking(trip)
        if state.appointment.replaced:
            await cancel_replaced(trip)
            return None
        if state.action is None:
            await _ask(trip)
            return None
        return await _wait(trip, state.action)


def unsettled(state: State) -> bool:
    """Whether a booking is open or to be cancelled, whatever else the case waits for."""
    return state.intent(Booking.book) is not None or bool(state.appointment.replaced)


async def settle_booking(trip: Trip) -> DueIn | None:
    """Ask the portal what became of a booking. One that it never got is not sent again: the person chooses anew."""
    intent = trip.state.intent(Booking.book)
    assert intent is not None
    found = await trip.resolve_outcome(Booking.book)
    if isinstance(found, DueIn):
        return found
    await trip.save(booked(trip.case, intent.key, found) if found is not None else not_booked(trip.case))
    return None


async def cancel_replaced(trip: Trip) -> None:
    """Cancel a booking that another one has replaced."""
    state = trip.state
    portal = state.appointment.booked.portal if state.appointment.booked is not None else state.filing.portal
    kept = not await cancelled(trip, portal, state.appointment.replaced[0])
    state.appointment.replaced = state.appointment.replaced[1:]
    await trip.save(Event(code="former_appointment_kept" if kept else "appointment_replaced", portal=portal))


async def cancelled(trip: Trip, portal: str, booking: str) -> bool:
    """Cancel a booking; False if its portal will not any more."""
    try:
        await trip.call(portal, Booking.cancel, booking)
    except Refused as error:
        trip.entry.outcome, trip.entry.code = "refused", error.code
        return False
    return True


async def _ask(trip: Trip) -> None:
    state, rule = trip.state, trip.service.appointment
    assert rule is not None
    until = now() + timedelta(seconds=trip.settings.appointment_seconds)
    state.action = Action(type=ActionType.CHOOSE_SLOT, code="slot_due", portal=rule.portal, until=until)
    trip.case.move(CaseStatus.ACTION_REQUIRED)
    await trip.save(Event(code="slot_due", portal=rule.portal))


async def _wait(trip: Trip, action: Action) -> DueIn | None:
    state = trip.state
    if action.until is None or action.until > now():
        return wait_for_person(trip, action.until)
    state.action = None
    state.ending.status, state.ending.reason = CaseStatus.WITHDRAWN, "slot_not_chosen"
    await trip.save(Event(code="slot_expired", portal=action.portal))
    return None

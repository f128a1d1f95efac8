"""Appointment: wait until the person has chosen a slot; settle bookings of unknown outcome; cancel what was replaced.

The slot itself is booked while the person waits (`gateway.cases.appointments`), who thus learns at once if it is taken.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateway.cases.appointments import BOOK, booked, not_booked
from gateway.cases.model import Action, ActionType, Event, State, now
from gateway.cases.poll_wait import wait_for_person
from gateway.cases.trip import Trip
from gateway.connectors.contract import Booking, CaseStatus, Refused

FORMER: Final = {False: "appointment_replaced", True: "former_appointment_kept"}
"""What the timeline says of a booking that another one has replaced, by whether its portal keeps it."""


def done(state: State) -> bool:
    return state.appointment.booked is not None


def unsettled(state: State) -> bool:
    """Whether a booking is open or to be cancelled, whatever else the case waits for."""
    return BOOK in state.intents or bool(state.appointment.replaced)


async def run(trip: Trip) -> None:
    state = trip.state
    if BOOK in state.intents:
        await settle(trip)
    elif state.appointment.replaced:
        await _cancel_replaced(trip)
    elif state.action is None:
        await _ask(trip)
    else:
        await _wait(trip)


async def settle(trip: Trip) -> None:
    """Ask the portal what became of a booking. One that it never got is not sent again: the person chooses anew."""
    state = trip.state
    assert state.appointment.pending is not None
    key = state.intents[BOOK].key
    found = await trip.resolve_outcome(state.appointment.pending.portal, Booking.book, state.intents[BOOK])
    await trip.save(*([booked(trip.case, key, found)] if found is not None else [not_booked(trip.case)]))


async def _cancel_replaced(trip: Trip) -> None:
    state = trip.state
    portal = state.appointment.booked.portal if state.appointment.booked is not None else state.filing.portal
    kept = False
    try:
        await trip.call(portal, Booking.cancel, state.appointment.replaced[0])
    except Refused as error:
        trip.entry.outcome, trip.entry.code, kept = "refused", error.code, True
    state.appointment.replaced = state.appointment.replaced[1:]
    await trip.save(Event(code=FORMER[kept], portal=portal))


async def _ask(trip: Trip) -> None:
    state, rule = trip.state, trip.service.appointment
    assert rule is not None
    until = now() + timedelta(seconds=trip.office.pace.appointment_seconds)
    state.action = Action(type=ActionType.CHOOSE_SLOT, code="slot_due", portal=rule.portal, until=until)
    trip.case.move(CaseStatus.ACTION_REQUIRED)
    await trip.save(Event(code="slot_due", portal=rule.portal))


async def _wait(trip: Trip) -> None:
    state = trip.state
    assert state.action is not None
    if state.action.until is None or state.action.until > now():
        raise wait_for_person(trip, state.action.until)
    portal, state.action = state.action.portal, None
    state.ending.status, state.ending.reason = CaseStatus.WITHDRAWN, "slot_not_chosen"
    await trip.save(Event(code="slot_expired", portal=portal))

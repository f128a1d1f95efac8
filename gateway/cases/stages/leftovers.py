"""Leftovers: what may still stand at a portal that did not answer while the case was undone, undone after its end.

The case has its final status and the person their money. One thing a call; what its portal never answers is told and
dropped after `journeys.give_up_seconds` more.
"""

from __future__ import annotations

from gateway.cases.model import Event, State
from gateway.cases.stages.taking_back import BOOKING, DEMAND, booking_stands, cancel_booking, stands, take_back
from gateway.cases.trip import Trip
from gateway.connectors.contract import CREATIONS, Appointment, Booking, Filed, Filing, Shipment, Shipping


def done(state: State) -> bool:
    return not state.ending.postponed


async def run(trip: Trip) -> None:
    state, what = trip.state, trip.state.ending.postponed[0]
    if what in state.intents:
        await _found_late(trip, what)
    elif what == DEMAND and stands(state):
        await take_back(trip)
    elif what == BOOKING and booking_stands(state):
        await cancel_booking(trip)
    else:
        state.ending.postponed = state.ending.postponed[1:]
        await trip.save()


async def _found_late(trip: Trip, operation: str) -> None:
    """What became of a creation that nobody could tell before the end."""
    state, creation = trip.state, CREATIONS[operation]
    portal = {
        Filing.file: state.filing.portal,
        Shipping.ship: state.shipment.portal,
        Booking.book: state.appointment.pending.portal if state.appointment.pending is not None else "",
    }[creation]
    found = await trip.resolve_outcome(portal, creation, state.intents[operation])
    state.ending.postponed = state.ending.postponed[1:]
    if isinstance(found, Filed):
        state.filing.reference = found.reference
        state.ending.postponed.append(DEMAND)
        await trip.save(Event(code="filed", portal=portal, data={"reference": found.reference}))
    elif isinstance(found, Appointment):
        await trip.call(portal, Booking.cancel, found.reference)
        state.appointment.pending = None
        await trip.save(Event(code="appointment_cancelled", portal=portal))
    elif isinstance(found, Shipment):
        state.shipment.number = found.number
        await trip.save(Event(code="shipped", portal=portal, data={"number": found.number}))
    else:
        state.appointment.pending = None if creation == Booking.book else state.appointment.pending
        await trip.save()

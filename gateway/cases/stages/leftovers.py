"""Leftovers: what may still stand at a portal that did not answer while the case was undone, undone after its end.

The case has its final status and the person their money. One thing a call; what its portal never answers is told and
dropped after `journeys.give_up_seconds` more.
"""

from __future__ import annotations

from typing import Any, Final

from gateway.cases.appointments import booked
from gateway.cases.model import Event
from gateway.cases.stages.taking_back import BOOKING, DEMAND, booking_stands, cancel_booking, stands, take_back
from gateway.cases.state import Intent, State
from gateway.cases.trip import DueIn, Trip
from gateway.connectors.contract import CREATIONS, Appointment, Booking, Filed, Operation, Shipment


class LeftoversStage:
    name: Final = "leftovers"

    def done(self, state: State) -> bool:
        return not state.ending.postponed

    async def run(self, trip: Trip) -> DueIn | None:
        state, what = trip.state, trip.state.ending.postponed[0]
        if what in state.intents:
            return await _found_late(trip, CREATIONS[what], state.intents[what])
        if what == DEMAND and stands(state):
            return await take_back(trip)
        if what == BOOKING and booking_stands(state):
            return await cancel_booking(trip)
        state.ending.postponed = state.ending.postponed[1:]
        await trip.save()
        return None


async def _found_late(trip: Trip, creation: Operation[..., Any], intent: Intent) -> DueIn | None:
    """What became of a creation that nobody could tell before the end."""
    state = trip.state
    found = await trip.resolve_outcome(creation)
    if isinstance(found, DueIn):
        return found
    state.ending.postponed = state.ending.postponed[1:]
    told: list[Event] = []
    if isinstance(found, Filed):
        state.filing.reference = found.reference
        state.ending.postponed.append(DEMAND)
        told = [Event(code="filed", portal=intent.portal, data={"reference": found.reference})]
    elif isinstance(found, Appointment):
        booked(trip.case, intent.key, found)
        state.ending.postponed.append(BOOKING)
    elif isinstance(found, Shipment):
        state.shipment.number = found.number
        told = [Event(code="shipped", portal=intent.portal, data={"number": found.number})]
    elif creation == Booking.book:
        state.appointment.pending = None
    await trip.save(*told)
    return None

"""Leftovers: undo, after the end of a case, what a silent portal may still hold.

The case has its final status and the person their money. One thing per call; if the portal stays silent for
`journeys.give_up_seconds` more, the leftover is reported and dropped.
"""

from __future__ import annotations

from typing import Any, Final

from gateway.cases.appointments import booked
from gateway.cases.model import Event
from gateway.cases.stages.appointment import booking_stands, cancel_booking
from gateway.cases.state import BOOKING, DEMAND, Intent, State
from gateway.cases.step_context import DueIn, StepContext
from gateway.cases.withdrawal import stands, take_back
from gateway.connectors.contract import CREATIONS, Appointment, Booking, Filed, Operation, Shipment


class LeftoversStage:
    name: Final = "leftovers"

    def done(self, state: State) -> bool:
        return not state.ending.postponed

    async def run(self, step: StepContext) -> DueIn | None:
        state, what = step.state, step.state.ending.postponed[0]
        if what in state.intents:
            return await _found_late(step, CREATIONS[what], state.intents[what])
        if what == DEMAND and stands(state):
            return await take_back(step)
        if what == BOOKING and booking_stands(state):
            return await cancel_booking(step)
        state.ending.postponed = state.ending.postponed[1:]
        await step.save()
        return None


async def _found_late(step: StepContext, creation: Operation[..., Any], intent: Intent) -> DueIn | None:
    """Resolve a creation whose outcome was still unknown at the end."""
    state = step.state
    found = await step.resolve_outcome(creation)
    if isinstance(found, DueIn):
        return found
    state.ending.postponed = state.ending.postponed[1:]
    told: list[Event] = []
    if isinstance(found, Filed):
        state.filing.reference = found.reference
        state.ending.postponed.append(DEMAND)
        told = [Event(code="filed", portal=intent.portal, data={"reference": found.reference})]
    elif isinstance(found, Appointment):
        booked(step.case, intent.key, found)
        state.ending.postponed.append(BOOKING)
    elif isinstance(found, Shipment):
        state.shipment.number = found.number
        told = [Event(code="shipped", portal=intent.portal, data={"number": found.number})]
    elif creation == Booking.book:
        state.appointment.pending = None
    await step.save(*told)
    return None

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
from gateway.cases.step_context import DueIn, StepContext
from gateway.connectors.contract import Booking, CaseStatus, Refused


class AppointmentStage:
    name: Final = "appointment"

    def done(self, state: State) -> bool:
        return state.appointment.booked is not None

    async def run(self, step: StepContext) -> DueIn | None:
        state = step.state
        if state.intent(Booking.book) is not None:
            return await settle_booking(step)
        if state.appointment.replaced:
            await cancel_replaced(step)
            return None
        if state.action is None:
            await _ask(step)
            return None
        return await _wait(step, state.action)


def unsettled(state: State) -> bool:
    """Whether a booking is to be settled or cancelled, whatever else the case waits for."""
    return state.intent(Booking.book) is not None or bool(state.appointment.replaced)


def booking_stands(state: State) -> bool:
    return bool(state.appointment.replaced) or (state.appointment.booked is not None and state.appointment.booked.ahead)


async def settle_booking(step: StepContext) -> DueIn | None:
    """Query the portal for a booking of unknown outcome. One that never arrived is not sent again: the person chooses
    anew."""
    intent = step.state.intent(Booking.book)
    assert intent is not None
    found = await step.resolve_outcome(Booking.book)
    if isinstance(found, DueIn):
        return found
    await step.save(booked(step.case, intent.key, found) if found is not None else not_booked(step.case))
    return None


async def cancel_booking(step: StepContext) -> DueIn | None:
    """An appointment that has passed, or that the portal refuses to cancel, stays as it is: no money depends on it."""
    appointment = step.state.appointment
    assert appointment.booked is not None
    if appointment.replaced:
        await cancel_replaced(step)
        return None
    portal = appointment.booked.portal
    done = await cancelled(step, portal, appointment.booked.reference)
    appointment.booked = appointment.booked.became("cancelled" if done else "kept")
    await step.save(Event(code=f"appointment_{appointment.booked.state}", portal=portal))
    return None


async def cancel_replaced(step: StepContext) -> None:
    """Cancel a booking that another one has replaced."""
    state = step.state
    portal = state.appointment.booked.portal if state.appointment.booked is not None else state.filing.portal
    kept = not await cancelled(step, portal, state.appointment.replaced[0])
    state.appointment.replaced = state.appointment.replaced[1:]
    await step.save(Event(code="former_appointment_kept" if kept else "appointment_replaced", portal=portal))


async def cancelled(step: StepContext, portal: str, booking: str) -> bool:
    """Cancel a booking; False if its portal refuses."""
    try:
        await step.call(portal, Booking.cancel, booking)
    except Refused as error:
        step.entry.outcome, step.entry.code = "refused", error.code
        return False
    return True


async def _ask(step: StepContext) -> None:
    state, rule = step.state, step.service.appointment
    assert rule is not None
    until = now() + timedelta(seconds=step.settings.appointment_seconds)
    state.action = Action(type=ActionType.CHOOSE_SLOT, code="slot_due", portal=rule.portal, until=until)
    step.case.move(CaseStatus.ACTION_REQUIRED)
    await step.save(Event(code="slot_due", portal=rule.portal))


async def _wait(step: StepContext, action: Action) -> DueIn | None:
    state = step.state
    if action.until is None or action.until > now():
        return wait_for_person(step, action.until)
    state.action = None
    state.ending.status, state.ending.reason = CaseStatus.WITHDRAWN, "slot_not_chosen"
    await step.save(Event(code="slot_expired", portal=action.portal))
    return None

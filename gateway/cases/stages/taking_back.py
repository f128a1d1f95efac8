"""Taking back: what a case has made at the filing and the booking portal, and what it means if a portal keeps it."""

from __future__ import annotations

from typing import Final

from gateway.cases.model import Event, State
from gateway.cases.stages.appointment import FORMER
from gateway.cases.trip import Trip, Wait
from gateway.cases.withdrawal import being_asked, told_late
from gateway.connectors.contract import Booking, CaseStatus, Filing, Refused
from gateway.storage.vault import Erased

DEMAND: Final = "demand"
BOOKING: Final = "booking"

_UNDONE: Final = (CaseStatus.REJECTED, CaseStatus.FAILED, CaseStatus.WITHDRAWN)


def stands(state: State) -> bool:
    """Whether the filing portal may go on with the demand. What became a parcel has left it."""
    over = state.closed and state.ending is not CaseStatus.WITHDRAWN  # a withdrawal is for the portal to allow
    return bool(state.reference) and not (state.taken_back or over or state.kept or state.shipment)


def booking_stands(state: State) -> bool:
    return bool(state.cancelling) or (state.appointment is not None and state.appointment.ahead)


async def take_back(trip: Trip) -> None:
    """Withdraw the demand at its portal. Where that refuses, its own word of the demand decides what follows."""
    state = trip.state
    if (seconds := being_asked(trip.case, trip.office.pace.lease_seconds)) > 0:
        raise Wait(seconds)
    asked = told_late(trip.case)
    try:
        await trip.call(state.portal, Filing.withdraw, state.reference)
    except Refused as error:
        state.withdrawing = None
        trip.entry.outcome, trip.entry.code = "refused", error.code
        await _not_taken_back(trip, error)
        return
    state.taken_back, state.withdrawing = True, None
    await trip.save(*asked, Event(code="withdrawn_at_portal", portal=state.portal))


async def _not_taken_back(trip: Trip, error: Refused) -> None:
    """The demand stays, unless it had ended there. A case that was to be withdrawn or was given up goes on, as if
    nothing had been asked. One that cannot go on ends; if the portal carries the demand out all the same, it keeps what
    it was paid for it."""
    state = trip.state
    refused = Event(code="withdrawal_refused", portal=state.portal, data={"reason": error.code})
    if state.ending is CaseStatus.WITHDRAWN and not trip.case.ended:
        await _go_on(trip, refused)
        return
    if await _ended_there(trip):
        state.closed = True
        await trip.save()
    elif state.reason == "portal_unavailable" and not state.followed and not trip.case.ended:
        await _go_on(trip, refused)
    else:
        await _keep(trip, error)


async def _go_on(trip: Trip, refused: Event) -> None:
    state = trip.state
    state.ending, state.reason, state.postponed = None, "", []
    if state.action is not None:
        trip.case.move(CaseStatus.ACTION_REQUIRED)
    await trip.save(refused)


async def _keep(trip: Trip, error: Refused) -> None:
    state = trip.state
    state.kept = True
    events = [Event(code="demand_kept", portal=state.portal, data={"reason": error.code})]
    if not state.followed:  # what is ready and cannot be sent reaches nobody
        for charge in state.charges:
            paid = bool(charge.paid_oid) and not charge.refunded and not charge.voided
            charge.kept = paid and (charge is state.fee or charge.stamp_used)
    if any(charge.kept for charge in state.charges):
        events.append(Event(code="fee_kept", portal=state.portal))
    await trip.save(*events)


async def _ended_there(trip: Trip) -> bool:
    """Whether the filing portal says that the demand has ended without a result, or that there is none."""
    state = trip.state
    try:
        access = (await trip.personal()).access
    except Erased:
        access = {}
    try:
        progress = await trip.call(state.portal, Filing.progress, state.reference, **access)
    except Refused:
        return True
    return progress.status in _UNDONE


async def cancel_booking(trip: Trip) -> None:
    """An appointment that has passed is left as it is, as is one that the portal will not cancel any more: it keeps
    nobody's money."""
    state, meeting = trip.state, trip.state.appointment
    assert meeting is not None
    booking, kept = state.cancelling[0] if state.cancelling else meeting.reference, False
    try:
        await trip.call(meeting.portal, Booking.cancel, booking)
    except Refused as error:
        trip.entry.outcome, trip.entry.code, kept = "refused", error.code, True
    if state.cancelling:
        state.cancelling = state.cancelling[1:]
        await trip.save(Event(code=FORMER[kept], portal=meeting.portal))
        return
    state.appointment = meeting.became("kept" if kept else "cancelled")
    await trip.save(Event(code=f"appointment_{state.appointment.state}", portal=meeting.portal))

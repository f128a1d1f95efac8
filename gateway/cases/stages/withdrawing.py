"""Taking back: withdraw the demand and the booking at their portals, and handle a portal's refusal."""

from __future__ import annotations

from typing import Final

from gateway.cases.model import Event
from gateway.cases.stages.appointment import cancel_replaced, cancelled
from gateway.cases.state import State
from gateway.cases.step_context import DueIn, StepContext
from gateway.cases.withdrawal import being_asked, told_late
from gateway.connectors.contract import CaseStatus, Filing, Refused
from gateway.storage.vault import Erased

DEMAND: Final = "demand"
BOOKING: Final = "booking"

_UNDONE: Final = (CaseStatus.REJECTED, CaseStatus.FAILED, CaseStatus.WITHDRAWN)


def stands(state: State) -> bool:
    """Whether the filing portal may go on with the demand. A demand that became a parcel has left it."""
    end = state.ending
    over = end.closed and end.status is not CaseStatus.WITHDRAWN  # a withdrawal is for the portal to allow
    return bool(state.filing.reference) and not (end.taken_back or over or end.kept or state.shipment.number)


def booking_stands(state: State) -> bool:
    return bool(state.appointment.replaced) or (state.appointment.booked is not None and state.appointment.booked.ahead)


async def take_back(step: StepContext) -> DueIn | None:
    """Withdraw the demand at its portal. If the portal refuses, the demand's state there decides what follows."""
    state = step.state
    if (seconds := being_asked(step.case, step.settings.lease_seconds)) > 0:
        return DueIn(seconds)
    asked = told_late(step.case)
    try:
        await step.call(state.filing.portal, Filing.withdraw, state.filing.reference)
    except Refused as error:
        state.ending.withdrawing = None
        step.entry.outcome, step.entry.code = "refused", error.code
        await _not_taken_back(step, error)
        return None
    state.ending.taken_back, state.ending.withdrawing = True, None
    await step.save(*asked, Event(code="withdrawn_at_portal", portal=state.filing.portal))
    return None


async def _not_taken_back(step: StepContext, error: Refused) -> None:
    """The demand stays, unless it had ended there. A case that was to be withdrawn or was given up goes on as before.
    One that cannot go on ends; if the portal carries the demand out all the same, it keeps the fee."""
    state = step.state
    refused = Event(code="withdrawal_refused", portal=state.filing.portal, data={"reason": error.code})
    if state.ending.status is CaseStatus.WITHDRAWN and not step.case.ended:
        await _go_on(step, refused)
        return
    if await _ended_there(step):
        state.ending.closed = True
        await step.save()
    elif state.ending.reason == "portal_unavailable" and not state.filing.followed and not step.case.ended:
        await _go_on(step, refused)
    else:
        await _keep(step, error)


async def _go_on(step: StepContext, refused: Event) -> None:
    state = step.state
    state.ending.status, state.ending.reason, state.ending.postponed = None, "", []
    if state.action is not None:
        step.case.move(CaseStatus.ACTION_REQUIRED)
    await step.save(refused)


async def _keep(step: StepContext, error: Refused) -> None:
    state = step.state
    state.ending.kept = True
    events = [Event(code="demand_kept", portal=state.filing.portal, data={"reason": error.code})]
    if not state.filing.followed:  # a document that is ready and cannot be sent reaches nobody
        for charge in state.payment.charges:
            paid = bool(charge.paid_oid) and not charge.refunded and not charge.voided
            charge.kept = paid and (charge is state.fee or charge.stamp_used)
    if any(charge.kept for charge in state.payment.charges):
        events.append(Event(code="fee_kept", portal=state.filing.portal))
    await step.save(*events)


async def _ended_there(step: StepContext) -> bool:
    """Whether the filing portal says that the demand has ended without a result, or that there is none."""
    state = step.state
    try:
        access = (await step.personal()).access
    except Erased:
        access = {}
    try:
        progress = await step.call(state.filing.portal, Filing.progress, state.filing.reference, **access)
    except Refused:
        return True
    return progress.status in _UNDONE


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

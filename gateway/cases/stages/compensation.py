"""Compensation: undo, in reverse order, what a case that ends without its result has caused.

First comes what the portal may still refuse, taking the demand back: then the case goes on, and nothing else may be
undone by then. After it come the fees asked for on the way, the appointment, and the service's own fee.
"""

from __future__ import annotations

from typing import Final

import structlog

from gateway.cases import asks
from gateway.cases.appointments import BOOK, booked, not_booked
from gateway.cases.model import Charge, Event, State
from gateway.cases.portals import NotAvailable
from gateway.cases.stages import filing
from gateway.cases.stages.fee import stampless
from gateway.cases.trip import Trip
from gateway.connectors.contract import CaseStatus, Refund, Refused, Unavailable

log = structlog.get_logger()

NOT_CAPTURED: Final = "payment_not_captured"
"""A paying portal's refusal to refund what it has never taken."""


def done(state: State) -> bool:
    return state.ending is None


async def run(trip: Trip) -> None:
    """One undoing a call, so that each is kept before the next begins."""
    state = trip.state
    state.action, state.answer, state.answers = None, "", []
    charge = next((each for each in _in_reverse(state) if _open(each)), None)
    if state.intents:
        await _settle_intents(trip)
    elif state.ending is CaseStatus.WITHDRAWN and state.reference and not state.taken_back:
        await _take_back(trip)
    elif charge is not None and charge is not state.fee:
        await _undo(trip, charge)
    elif state.cancelling or (state.appointment is not None and state.appointment.ahead):
        await _cancel(trip)
    elif charge is not None:
        await _undo(trip, charge)
    else:
        assert state.ending is not None
        trip.case.move(state.ending)
        asks.at_the_end(state, trip.office.pace.offer_seconds)
        await trip.save(Event(code=state.ending.value, data={"reason": state.reason}))


def _in_reverse(state: State) -> list[Charge]:
    return state.charges[::-1]


def _open(charge: Charge) -> bool:
    return _to_void(charge) or bool(charge.paid_oid and not (charge.refunded or charge.refund_refused))


def _to_void(charge: Charge) -> bool:
    return bool(charge.stamp) and not charge.stamp_used and not charge.voided


async def _settle_intents(trip: Trip) -> None:
    """What was perhaps created must be known before it can be undone."""
    state = trip.state
    operation, intent = next(iter(state.intents.items()))
    unstamped = stampless(state)
    portal = {
        "issue": state.charges[unstamped].portal if unstamped is not None else "",
        "file": state.portal,
        "ship": state.delivery_portal,
        BOOK: state.wanted.portal if state.wanted is not None else "",
    }[operation]
    try:
        found = await trip.find(portal, operation, intent)
    except (Unavailable, NotAvailable):
        if operation == "issue" or not trip.gave_up:
            raise
        # The money must not wait for ever for a portal that says nothing.
        log.error("outcome_never_known", case_id=trip.case.id, portal=portal, operation=operation)
        del state.intents[operation]
        found = None
    if found is not None and operation == "file":
        await filing.keep(trip, found)
        return
    if operation == BOOK:
        await trip.save(booked(trip.case, intent.key, found) if found is not None else not_booked(trip.case))
        return
    if found is not None and operation == "issue":
        assert unstamped is not None
        state.charges[unstamped].stamp = found.serial
    elif found is not None:
        state.shipment = found.number
    await trip.save()


async def _take_back(trip: Trip) -> None:
    state = trip.state
    try:
        await trip.call(state.portal, "withdraw", state.reference)
    except Refused as error:
        # The portal no longer allows it: the case goes on as if nothing had been asked.
        state.ending, state.reason = None, ""
        await trip.save(Event(code="withdrawal_refused", portal=state.portal, data={"reason": error.code}))
        return
    state.taken_back = True
    await trip.save(Event(code="withdrawn_at_portal", portal=state.portal))


async def _cancel(trip: Trip) -> None:
    """An appointment that has passed is left as it is, as is one that the portal will not cancel any more: it keeps
    nobody's money."""
    state, meeting = trip.state, trip.state.appointment
    assert meeting is not None
    booking, kept = state.cancelling[0] if state.cancelling else meeting.reference, False
    try:
        await trip.call(meeting.portal, "cancel", booking)
    except Refused as error:
        trip.entry.code, kept = error.code, True
    if state.cancelling:
        state.cancelling = state.cancelling[1:]
        await trip.save()
        return
    state.appointment = meeting.became("kept" if kept else "cancelled")
    await trip.save(Event(code=f"appointment_{state.appointment.state}", portal=meeting.portal))


async def _undo(trip: Trip, charge: Charge) -> None:
    if _to_void(charge):
        await _void(trip, charge)
    else:
        await _refund(trip, charge)


async def _void(trip: Trip, charge: Charge) -> None:
    try:
        await trip.call(charge.portal, "void", charge.stamp)
    except Refused as error:
        trip.entry.code = error.code
    charge.voided = True
    await trip.save(Event(code="stamp_voided", portal=charge.portal))


async def _refund(trip: Trip, charge: Charge) -> None:
    payments = trip.office.payments
    try:
        refund: Refund = await trip.call(charge.portal, "refund", await payments.payment(trip.case, charge))
    except Refused as error:
        await _no_refund(trip, charge, error)
        return
    charge.refunded = refund.reference
    await trip.save(
        Event(code="refunded", portal=charge.portal, data={"amount": charge.amount.amount}),
        also=lambda tx: payments.mark_refunded(tx, charge.paid_oid),
    )


async def _no_refund(trip: Trip, charge: Charge, error: Refused) -> None:
    """The portal's final no: nothing had been taken, or somebody has to see to it."""
    trip.entry.outcome, trip.entry.code = "refused", error.code
    if error.code == NOT_CAPTURED:
        charge.refunded = "not_captured"
        await trip.save(Event(code="payment_not_taken", portal=charge.portal))
        return
    log.error("refund_refused", case_id=trip.case.id, portal=charge.portal, code=error.code)
    charge.refund_refused = error.code
    await trip.save(Event(code="refund_refused", portal=charge.portal, data={"reason": error.code}))

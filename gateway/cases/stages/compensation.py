"""Compensation: undo, in reverse order, what a case that ends without its result has caused."""

from __future__ import annotations

from typing import Final

import structlog

from gateway.cases.model import Event, State
from gateway.cases.portals import NotAvailable
from gateway.cases.stages import filing
from gateway.cases.trip import Trip
from gateway.connectors.contract import CaseStatus, Payment, Refund, Refused, Unavailable

log = structlog.get_logger()

NOT_CAPTURED: Final = "payment_not_captured"
"""A paying portal's refusal to refund what it has never taken."""


def done(state: State) -> bool:
    return state.ending is None


async def run(trip: Trip) -> None:
    """One undoing a call, so that each is kept before the next begins."""
    state = trip.state
    state.action, state.answer = None, ""
    if state.intents:
        await _settle_intents(trip)
    elif state.ending is CaseStatus.WITHDRAWN and state.reference and not state.taken_back:
        await _take_back(trip)
    elif state.stamp and not state.stamp_used and not state.voided:
        await _void(trip)
    elif state.paid_oid and not (state.refunded or state.refund_refused):
        await _refund(trip)
    else:
        assert state.ending is not None
        trip.case.move(state.ending)
        await trip.save(Event(code=state.ending.value, data={"reason": state.reason}))


async def _settle_intents(trip: Trip) -> None:
    """What was perhaps created must be known before it can be undone."""
    state = trip.state
    operation, intent = next(iter(state.intents.items()))
    portal = {"issue": state.fee_portal, "file": state.portal, "ship": state.delivery_portal}[operation]
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
    if found is not None and operation == "issue":
        state.stamp = found.serial
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


async def _void(trip: Trip) -> None:
    state = trip.state
    try:
        await trip.call(state.fee_portal, "void", state.stamp)
    except Refused as error:
        trip.entry.code = error.code
    state.voided = True
    await trip.save(Event(code="stamp_voided", portal=state.fee_portal))


async def _refund(trip: Trip) -> None:
    state = trip.state
    assert state.fee is not None
    payment = Payment(
        case_id=trip.case.id,
        oid=state.paid_oid,
        amount=state.fee,
        transaction=await trip.office.payments.transaction_of(state.paid_oid),
    )
    try:
        refund: Refund = await trip.call(state.fee_portal, "refund", payment)
    except Refused as error:
        await _no_refund(trip, error)
        return
    state.refunded = refund.reference
    await trip.save(
        Event(code="refunded", portal=state.fee_portal, data={"amount": state.fee.amount}),
        also=lambda tx: trip.office.payments.mark_refunded(tx, payment.oid),
    )


async def _no_refund(trip: Trip, error: Refused) -> None:
    """The portal's final no: nothing had been taken, or somebody has to see to it."""
    state = trip.state
    trip.entry.outcome, trip.entry.code = "refused", error.code
    if error.code == NOT_CAPTURED:
        state.refunded = "not_captured"
        await trip.save(Event(code="payment_not_taken", portal=state.fee_portal))
        return
    log.error("refund_refused", case_id=trip.case.id, portal=state.fee_portal, code=error.code)
    state.refund_refused = error.code
    await trip.save(Event(code="refund_refused", portal=state.fee_portal, data={"reason": error.code}))

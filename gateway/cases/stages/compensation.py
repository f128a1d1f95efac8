"""Compensation: undo, in reverse order, what a case that ends without its result has caused."""

from __future__ import annotations

from gateway.cases.model import Event, State
from gateway.cases.trip import Trip
from gateway.connectors.contract import CaseStatus, Payment, Refund, Refused


def done(state: State) -> bool:
    return state.ending is None


async def run(trip: Trip) -> None:
    """One undoing a call, so that each is kept before the next begins."""
    state = trip.state
    state.action = None
    if state.intents:
        await _settle_intents(trip)
    elif state.ending is CaseStatus.WITHDRAWN and state.reference and not state.taken_back:
        await _take_back(trip)
    elif state.stamp and not state.stamp_used and not state.voided:
        await _void(trip)
    elif state.paid_oid and not state.refunded:
        await _refund(trip)
    else:
        assert state.ending is not None
        trip.case.move(state.ending)
        await trip.save(Event(code=state.ending.value, data={"reason": state.reason}))


async def _settle_intents(trip: Trip) -> None:
    """What was perhaps created must be known before it can be undone."""
    state = trip.state
    where = {"issue": state.fee_portal, "file": state.portal, "ship": state.delivery_portal}
    for operation, intent in list(state.intents.items()):
        found = await trip.find(where[operation], operation, intent)
        if found is not None and operation == "issue":
            state.stamp = found.serial
        elif found is not None and operation == "file":
            state.reference = found.reference
            personal = await trip.personal()
            personal.access = found.access
            await trip.save(
                Event(code="filed", portal=state.portal, data={"reference": found.reference}), personal=personal
            )
            return
        elif found is not None and operation == "ship":
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
    refund: Refund = await trip.call(state.fee_portal, "refund", payment)
    state.refunded = refund.reference
    await trip.save(Event(code="refunded", portal=state.fee_portal, data={"amount": state.fee.amount}))

"""Fee: wait for the person to pay, then turn the payment into a stamp."""

from __future__ import annotations

from gateway.cases.model import Event, State, now
from gateway.cases.trip import Trip, Wait
from gateway.connectors.contract import CaseStatus, Payment, Stamp, StampOrder


def done(state: State) -> bool:
    return bool(state.stamp)


async def run(trip: Trip) -> None:
    if not trip.state.paid_oid:
        await _await_payment(trip)
        return
    state = trip.state
    assert state.fee is not None
    order = StampOrder(
        key=f"{trip.case.id}:stamp",
        payment=Payment(
            case_id=trip.case.id,
            oid=state.paid_oid,
            amount=state.fee,
            transaction=await trip.office.payments.transaction_of(state.paid_oid),
        ),
        service=trip.case.service,
    )
    stamp: Stamp = await trip.once(state.fee_portal, "issue", order)
    state.stamp = stamp.serial
    await trip.save(Event(code="stamp_issued", portal=state.fee_portal, data={"stamp": stamp.serial}))


async def _await_payment(trip: Trip) -> None:
    """The callback settles a payment; asking the portal is the safety net for one that never came."""
    if await trip.office.payments.inquire(trip):
        return
    action, wait = trip.state.action, trip.office.pace.poll_seconds
    left = (action.until - now()).total_seconds() if action is not None and action.until is not None else wait
    if left <= 0:
        trip.state.action = None
        trip.state.ending, trip.state.reason = CaseStatus.WITHDRAWN, "payment_not_made"
        await trip.save(Event(code="payment_expired", portal=trip.state.fee_portal))
        return
    raise Wait(min(wait, left))

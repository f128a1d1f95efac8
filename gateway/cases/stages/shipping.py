"""Shipping: hand the parcel over, follow it, and ask the person what to do when it is lost."""

from __future__ import annotations

from typing import Final

from gateway.cases.model import Event
from gateway.cases.poll_wait import poll_again, wait_for_person
from gateway.cases.stages.follow import new_steps
from gateway.cases.state import Action, ActionType, State
from gateway.cases.trip import DueIn, Trip
from gateway.connectors.contract import CaseStatus, Filing, Milestone, Parcel, Refused, Shipping


class ShippingStage:
    name: Final = "shipping"

    def done(self, state: State) -> bool:
        return state.shipment.delivered

    async def run(self, trip: Trip) -> DueIn | None:
        state = trip.state
        if not state.shipment.number:
            return await _ship(trip)
        if state.action is not None and not state.action.asked:  # one that the filing portal asks is about the demand
            return await _after_loss(trip, state.action)
        return await _trace(trip)


async def _ship(trip: Trip) -> DueIn | None:
    state, delivery = trip.state, trip.service.delivery
    assert delivery is not None
    form = (await trip.personal()).form
    parcel = Parcel(
        case_id=trip.case.id,
        key=f"{trip.case.id}:ship:{state.shipment.round}",
        recipient=trip.service.destination(form),
        content=delivery.content,
        sender=delivery.sender,
    )
    shipment = await trip.create_once(state.shipment.portal, Shipping.ship, parcel)
    if isinstance(shipment, DueIn):
        return shipment
    state.shipment.number, state.shipment.steps_seen, state.shipment.milestone = shipment.number, 0, None
    state.changed_at = trip.case.clock()
    await trip.save(Event(code="shipped", portal=state.shipment.portal, data={"number": shipment.number}))
    return None


async def _trace(trip: Trip) -> DueIn | None:
    state = trip.state
    try:
        progress = await trip.call(state.shipment.portal, Shipping.trace, state.shipment.number)
    except Refused as error:
        # The post gave us the number, and shows the parcel only hours later; nor would anything else that it says
        # of it bring the document back. What ends a way is a milestone.
        trip.entry.outcome, trip.entry.code = "refused", error.code
        return _again(trip, heard=False)
    events = new_steps(progress, state.shipment.steps_seen, state.shipment.portal)
    state.shipment.steps_seen = max(state.shipment.steps_seen, len(progress.steps))
    state.shipment.milestone = progress.milestone or state.shipment.milestone
    if progress.milestone is Milestone.DELIVERED and progress.status is CaseStatus.COMPLETED:
        state.shipment.delivered = True
    elif progress.milestone in (Milestone.LOST, Milestone.RETURNED):
        code = f"parcel_{progress.milestone.value}"
        state.action = Action(
            type=ActionType.CONFIRM, code=code, portal=state.shipment.portal, options=["reissue", "refund"]
        )
        trip.case.move(CaseStatus.ACTION_REQUIRED)
        events.append(Event(code=code, portal=state.shipment.portal, data={"number": state.shipment.number}))
    elif not events:
        return _again(trip, hint=progress.check_after)
    state.changed_at, trip.case.checked = trip.case.clock(), True
    await trip.save(*events)
    return _again(trip, hint=progress.check_after) if state.action is None else None


def _again(trip: Trip, *, hint: float | None = None, heard: bool = True) -> DueIn:
    usual = trip.service.delivery.usual_days if trip.service.delivery is not None else None
    return poll_again(trip, trip.state.shipment.portal, Shipping.trace, usual_days=usual, hint=hint, heard=heard)


async def _after_loss(trip: Trip, lost: Action) -> DueIn | None:
    """The person chooses: the office makes the document again, or the fee comes back. It comes back, too, if the office
    does not make it again."""
    state = trip.state
    if state.answer == "":
        return wait_for_person(trip)
    if state.answer != "reissue":
        state.ending.status, state.ending.reason = CaseStatus.FAILED, lost.code
        await trip.save()
        return None
    try:
        await trip.call(
            state.filing.portal, Filing.act, state.filing.reference, "reissue", {"parcel": state.shipment.number}
        )
    except Refused as error:
        state.ending.status, state.ending.reason = CaseStatus.FAILED, lost.code
        await trip.save(Event(code="reissue_refused", portal=state.filing.portal, data={"reason": error.code}))
        return None
    state.action, state.answer, state.shipment.number = None, "", ""
    state.filing.followed, state.ending.closed, state.filing.milestone = False, False, None
    state.shipment.round += 1
    trip.case.move(CaseStatus.IN_PROGRESS)
    await trip.save(Event(code="reissued", portal=state.filing.portal, data={"round": state.shipment.round}))
    return None

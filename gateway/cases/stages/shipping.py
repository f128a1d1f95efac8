"""Shipping: hand the parcel over, follow it, and ask the person what to do when it is lost."""

from __future__ import annotations

from typing import Final

from gateway.cases import portal_steps
from gateway.cases.creation_keys import creation_key
from gateway.cases.model import Event
from gateway.cases.poll_wait import poll_again, wait_for_person
from gateway.cases.state import Action, ActionType, ShipmentPart, State
from gateway.cases.step_context import DueIn, StepContext
from gateway.connectors.contract import CaseStatus, Filing, Milestone, Parcel, Refused, Shipping


class ShippingStage:
    name: Final = "shipping"

    def done(self, state: State) -> bool:
        return state.shipment.delivered

    async def run(self, step: StepContext) -> DueIn | None:
        state = step.state
        if not state.shipment.number:
            return await _ship(step)
        if state.action is not None and not state.action.asked:  # a filing portal's action is about the demand
            return await _after_loss(step, state.action)
        return await _trace(step)


async def _ship(step: StepContext) -> DueIn | None:
    state, delivery = step.state, step.service.delivery
    assert delivery is not None
    form = (await step.personal()).form
    parcel = Parcel(
        case_id=step.case.id,
        key=creation_key(step.case.id, "ship", state.shipment.round),
        recipient=step.service.destination(form),
        content=delivery.content,
        sender=delivery.sender,
    )
    shipment = await step.create_once(state.shipment.portal, Shipping.ship, parcel)
    if isinstance(shipment, DueIn):
        return shipment
    parcel_before = state.shipment
    state.shipment = ShipmentPart(portal=parcel_before.portal, number=shipment.number, round=parcel_before.round)
    state.changed_at = step.case.clock()
    await step.save(Event(code="shipped", portal=state.shipment.portal, data={"number": shipment.number}))
    return None


async def _trace(step: StepContext) -> DueIn | None:
    state = step.state
    try:
        progress = await step.call(state.shipment.portal, Shipping.trace, state.shipment.number)
    except Refused as error:
        # The post gave us the number, and shows the parcel only hours later; nor would anything else that it says
        # of it bring the document back. What ends a way is a milestone.
        step.entry.outcome, step.entry.code = "refused", error.code
        return _again(step, heard=False)
    before = state.shipment.milestone, state.shipment.portal_status
    events = portal_steps.take(state.shipment, progress)
    if progress.milestone is Milestone.DELIVERED and progress.status is CaseStatus.COMPLETED:
        state.shipment.delivered = True
    elif progress.milestone in (Milestone.LOST, Milestone.RETURNED):
        code = f"parcel_{progress.milestone.value}"
        state.action = Action(
            type=ActionType.CONFIRM, code=code, portal=state.shipment.portal, options=["reissue", "refund"]
        )
        step.case.move(CaseStatus.ACTION_REQUIRED)
        events.append(Event(code=code, portal=state.shipment.portal, data={"number": state.shipment.number}))
    elif not events and before == (state.shipment.milestone, state.shipment.portal_status):
        return _again(step, hint=progress.check_after)
    state.changed_at, step.case.checked = step.case.clock(), True
    await step.save(*events)
    return _again(step, hint=progress.check_after) if state.action is None else None


def _again(step: StepContext, *, hint: float | None = None, heard: bool = True) -> DueIn:
    usual = step.service.delivery.usual_days if step.service.delivery is not None else None
    return poll_again(step, step.state.shipment.portal, Shipping.trace, usual_days=usual, hint=hint, heard=heard)


async def _after_loss(step: StepContext, lost: Action) -> DueIn | None:
    """The person chooses between a new document and a refund. The fee is also refunded if the portal refuses to make
    the document again."""
    state = step.state
    if state.answer == "":
        return wait_for_person(step)
    if state.answer != "reissue":
        state.ending.status, state.ending.reason = CaseStatus.FAILED, lost.code
        await step.save()
        return None
    try:
        await step.call(
            state.filing.portal, Filing.act, state.filing.reference, "reissue", {"parcel": state.shipment.number}
        )
    except Refused as error:
        state.ending.status, state.ending.reason = CaseStatus.FAILED, lost.code
        await step.save(Event(code="reissue_refused", portal=state.filing.portal, data={"reason": error.code}))
        return None
    state.action, state.answer, state.shipment.number = None, "", ""
    state.filing.followed, state.ending.closed, state.filing.milestone = False, False, None
    state.shipment.round += 1
    step.case.move(CaseStatus.IN_PROGRESS)
    await step.save(Event(code="reissued", portal=state.filing.portal, data={"round": state.shipment.round}))
    return None

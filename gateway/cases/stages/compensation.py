"""Compensation: when a case ends without its result, undo its effects in reverse order: withdraw, cancel, refund.

It begins when something has set `state.ending.status`: a refusal, a withdrawal, a term that nobody kept, a choice.

The withdrawal of the demand comes first, because the portal may refuse it: then a case that was withdrawn or given up
goes on, and nothing else may be undone yet. The fees asked for on the way, the appointment and the service's own fee
follow. No refund waits for a silent portal: undoing there is postponed until after the end
(`gateway.cases.stages.leftovers`).
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import structlog

from gateway.cases import required_actions
from gateway.cases.actions import drop_answers
from gateway.cases.model import Event, now
from gateway.cases.payments import Payments
from gateway.cases.portals import NotAvailable
from gateway.cases.receipt import Receipts
from gateway.cases.stages import filing
from gateway.cases.stages.appointment import booking_stands, cancel_booking, settle_booking
from gateway.cases.stages.fee import stampless
from gateway.cases.stages.stamps import consume
from gateway.cases.state import BOOKING, DEMAND, Charge, State
from gateway.cases.step_context import DueIn, StepContext
from gateway.cases.withdrawal import stands, take_back
from gateway.connectors.contract import (
    CREATIONS,
    Booking,
    Filed,
    Operation,
    Paying,
    PortalError,
    Refused,
    Shipment,
    Stamp,
)

log = structlog.get_logger()

CANCELLED: Final = "stamp_cancelled"
"""A paying portal's refusal to cancel a stamp that is cancelled already."""
USED: Final = "stamp_already_used"
"""A paying portal's refusal to cancel or use a stamp that another demand has used."""
NOT_CAPTURED: Final = "payment_not_captured"
"""A paying portal's refusal to refund money that it never took."""


@dataclass(frozen=True, slots=True)
class CompensationStage:
    payments: Payments
    receipts: Receipts
    name: ClassVar[str] = "compensation"

    def done(self, state: State) -> bool:
        return state.ending.status is None

    async def run(self, step: StepContext) -> DueIn | None:
        """Undo one thing per call, so that each is committed before the next begins."""
        state = step.state
        if (operation := _unsettled(state)) is not None:
            return await _settle_or_postpone(step, CREATIONS[operation], self.receipts)
        if stands(state) and DEMAND not in state.ending.postponed:
            return await _or_postpone(step, DEMAND, take_back(step))
        if untold := drop_answers(state):
            personal = await step.personal()
            personal.words = {}
            await step.keep(*untold, personal=personal)
            return None
        state.action, state.answer = None, ""
        charge = next((each for each in _in_reverse(state) if _open(each)), None)
        if charge is not None and charge is not state.fee:
            return await _undo(step, charge, self.payments)
        if booking_stands(state) and BOOKING not in state.ending.postponed:
            return await _or_postpone(step, BOOKING, cancel_booking(step))
        if charge is not None:
            return await _undo(step, charge, self.payments)
        assert state.ending.status is not None
        step.case.move(state.ending.status)
        required_actions.at_the_end(state, step.settings.offer_seconds)
        await step.save(Event(code=state.ending.status.value, data={"reason": state.ending.reason}))
        return None


async def _settle_or_postpone(step: StepContext, creation: Operation[..., Any], receipts: Receipts) -> DueIn | None:
    """Resolving a stamp that was perhaps issued is never postponed: the refund depends on it."""
    if creation == Paying.issue:
        return await _settle(step, creation, receipts)
    return await _or_postpone(step, creation.name, _settle(step, creation, receipts))


async def _or_postpone(step: StepContext, what: str, undoing: Awaitable[DueIn | None]) -> DueIn | None:
    """Undo it, or postpone it when its portal has not answered for too long."""
    try:
        return await undoing
    except (PortalError, NotAvailable) as error:
        if not step.gave_up:
            raise
        await _postpone(step, what, getattr(error, "code", "connector_quarantined"))
        return None


async def _postpone(step: StepContext, what: str, code: str) -> None:
    step.entry.outcome, step.entry.code = "unavailable", code
    step.state.ending.postponed.append(what)
    await step.keep(Event(code="undoing_postponed", portal=step.entry.portal))


def _unsettled(state: State) -> str | None:
    return next((each for each in state.intents if each not in state.ending.postponed), None)


def _in_reverse(state: State) -> list[Charge]:
    return state.payment.charges[::-1]


def _open(charge: Charge) -> bool:
    if charge.kept:
        return False
    return _to_void(charge) or bool(charge.paid_oid and not (charge.refunded or charge.refund_refused))


def _to_void(charge: Charge) -> bool:
    return bool(charge.stamp) and not (charge.stamp_used or charge.voided or charge.void_refused)


async def _settle(step: StepContext, creation: Operation[..., Any], receipts: Receipts) -> DueIn | None:
    """Find out whether a creation happened, before it is undone."""
    if creation == Booking.book:
        return await settle_booking(step)
    found = await step.resolve_outcome(creation)
    if isinstance(found, DueIn):
        return found
    if isinstance(found, Filed):
        await filing.keep(step, found, receipts)
        return None
    if isinstance(found, Stamp):
        which = stampless(step.state)
        assert which is not None
        step.state.payment.charges[which].stamp = found.serial
    elif isinstance(found, Shipment):
        step.state.shipment.number = found.number
    await step.save()
    return None


async def _undo(step: StepContext, charge: Charge, payments: Payments) -> DueIn | None:
    await (_void(step, charge) if _to_void(charge) else _refund(step, charge, payments))
    return None


async def _void(step: StepContext, charge: Charge) -> None:
    try:
        await step.call(charge.portal, Paying.void, charge.stamp)
    except Refused as error:
        step.entry.code = error.code
        if error.code != CANCELLED:
            step.entry.outcome = "refused"
            await _not_voided(step, charge, error.code)
            return
    charge.voided = True
    await step.save(Event(code="stamp_voided", portal=charge.portal))


async def _not_voided(step: StepContext, charge: Charge, code: str) -> None:
    """The consequence for the fee: it is refunded if nobody used the stamp, or if this case's demand used it, which
    ended without a result. A stamp that was used for anything else is not refunded: its portal has to investigate."""
    events = [Event(code="stamp_not_voided", portal=charge.portal, data={"reason": code})]
    if code == USED and not await _used_for_this_demand(step, charge):
        log.error("stamp_used_elsewhere", case_id=step.case.id, portal=charge.portal)
        charge.kept = True
        events.append(Event(code="stamp_used_elsewhere", portal=charge.portal, data={"reason": code}))
    charge.void_refused = code
    await step.save(*events)


async def _used_for_this_demand(step: StepContext, charge: Charge) -> bool:
    """The answer to the stamp's consumption may have been lost: consuming it again for the same demand changes
    nothing."""
    if not step.state.filing.reference:
        return False
    try:
        await consume(step, charge)
    except Refused:
        return False
    return True


async def _refund(step: StepContext, charge: Charge, payments: Payments) -> None:
    try:
        refund = await step.call(charge.portal, Paying.refund, await payments.payment(step.case, charge))
    except Refused as error:
        await _no_refund(step, charge, error)
        return
    charge.refunded, charge.refunded_at = refund.reference, now()
    await step.save(
        Event(code="refunded", portal=charge.portal, data={"amount": charge.amount.amount}),
        also=lambda tx: payments.mark_refunded(tx, charge.paid_oid),
    )


async def _no_refund(step: StepContext, charge: Charge, error: Refused) -> None:
    """The portal refuses the refund for good: no money had been taken, or an operator must look into it."""
    step.entry.outcome, step.entry.code = "refused", error.code
    if error.code == NOT_CAPTURED:
        charge.refunded, charge.refunded_at = "not_captured", now()
        await step.save(Event(code="payment_not_taken", portal=charge.portal))
        return
    log.error("refund_refused", case_id=step.case.id, portal=charge.portal, code=error.code)
    charge.refund_refused = error.code
    await step.save(Event(code="refund_refused", portal=charge.portal, data={"reason": error.code}))

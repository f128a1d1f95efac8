"""Fee: wait for the person to pay, then turn the payment into a stamp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gateway.cases.creation_keys import creation_key
from gateway.cases.model import Event, now
from gateway.cases.payments import Payments
from gateway.cases.poll_wait import poll_again
from gateway.cases.stages.payment_inquiry import inquire
from gateway.cases.state import Action, ActionType, QueuedReply, State
from gateway.cases.step_context import DueIn, StepContext
from gateway.connectors.contract import CaseStatus, Paying, PaymentState, StampOrder


@dataclass(frozen=True, slots=True)
class FeeStage:
    payments: Payments
    name: ClassVar[str] = "fee"

    def done(self, state: State) -> bool:
        return state.fee is None or bool(state.fee.stamp)

    async def run(self, step: StepContext) -> DueIn | None:
        which = stampless(step.state)
        return await (
            _await_payment(step, self.payments) if which is None else _issue_stamp(step, which, self.payments)
        )


def stampless(state: State) -> int | None:
    """The charge that is paid and has no stamp yet."""
    return next((n for n, charge in enumerate(state.payment.charges) if charge.stampless), None)


def stamp_key(case_id: str, which: int) -> str:
    return creation_key(case_id, "stamp", which or None)


def hand_over(state: State, which: int) -> None:
    """The portal that asked for this fee gets the stamp. The service's own goes with the filing."""
    charge = state.payment.charges[which]
    if charge is not state.fee:
        pay = Action(type=ActionType.PAY, code=charge.code, portal=charge.portal, amount=charge.amount, asked=True)
        state.answers.append(QueuedReply(action=pay, charge=which))


async def _issue_stamp(step: StepContext, which: int, payments: Payments) -> DueIn | None:
    charge = step.state.payment.charges[which]
    order = StampOrder(
        key=stamp_key(step.case.id, which),
        payment=await payments.payment(step.case, charge),
        service=step.case.service,
    )
    stamp = await step.create_once(charge.portal, Paying.issue, order)
    if isinstance(stamp, DueIn):
        return stamp
    charge.stamp = stamp.serial
    hand_over(step.state, which)
    await step.save(Event(code="stamp_issued", portal=charge.portal, data={"stamp": stamp.serial}))
    return None


async def _await_payment(step: StepContext, payments: Payments) -> DueIn | None:
    """The callback settles a payment; asking the portal is the safety net for one that never came."""
    found = await inquire(step, 0, payments)
    if found is PaymentState.PAID:
        return None
    action = step.state.action
    wait = poll_again(step, step.state.payment.charges[0].portal, Paying.payment, expecting=True, heard=False).seconds
    left = (action.until - now()).total_seconds() if action is not None and action.until is not None else wait
    if found is PaymentState.AUTHORISED:
        left = max(left, wait)  # the person has paid; held money is taken or released before long
    if left <= 0:
        step.state.action = None
        step.state.ending.status, step.state.ending.reason = CaseStatus.WITHDRAWN, "payment_not_made"
        await step.save(Event(code="payment_expired", portal=step.state.payment.charges[0].portal))
        return None
    return DueIn(min(wait, left))

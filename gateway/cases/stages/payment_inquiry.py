"""Payment inquiry: ask the paying portal about open attempts, the safety net for a callback that never came."""

from __future__ import annotations

import structlog

from gateway.cases.payments import TAKEN, Payments
from gateway.cases.step_context import StepContext
from gateway.connectors.contract import Paying, PaymentState

log = structlog.get_logger()


async def inquire(step: StepContext, which: int, payments: Payments) -> PaymentState:
    """`PAID`: an attempt at this charge was paid and is now settled; `AUTHORISED`: money is held until a callback takes
    it; else `PENDING`."""
    charge, found = step.state.payment.charges[which], PaymentState.PENDING
    for oid in await payments.open_attempts(step.case, which):
        said = await step.call(charge.portal, Paying.payment, oid)
        if said is None or said.oid != oid or said.state not in TAKEN:
            continue
        if said.amount != charge.amount:
            log.error("payment_amount_wrong", case_id=step.case.id, portal=charge.portal)
            continue
        if said.state is PaymentState.PAID:
            await payments.settle(step.case, which, said, step.entry)
            return PaymentState.PAID
        found = PaymentState.AUTHORISED
    return found

"""Stamps: each is used up once, for the demand of its case."""

from __future__ import annotations

from typing import Final

from gateway.cases.model import Event
from gateway.cases.state import Charge
from gateway.cases.step_context import StepContext
from gateway.connectors.contract import Paying

FEE: Final = 0
"""The service's own fee among the charges."""


async def use_stamp(step: StepContext, which: int) -> None:
    """Use up the stamp of this charge. An answer for which only this remained is then finished."""
    state, charge = step.state, step.state.payment.charges[which]
    await consume(step, charge)
    charge.stamp_used = True
    state.answers = [each for each in state.answers if not (each.told and each.charge == which)]
    await step.save(Event(code="stamp_used", portal=charge.portal))


async def consume(step: StepContext, charge: Charge) -> None:
    """Tell its portal that the stamp is used for this demand; repeating it changes nothing."""
    await step.call(charge.portal, Paying.consume, charge.stamp, step.state.filing.reference)

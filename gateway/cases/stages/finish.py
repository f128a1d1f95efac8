"""Finish: everything is done, the case is completed."""

from __future__ import annotations

from typing import Final

from gateway.cases import required_actions
from gateway.cases.model import Event
from gateway.cases.state import State
from gateway.cases.step_context import DueIn, StepContext
from gateway.connectors.contract import CaseStatus


class FinishStage:
    name: Final = "finish"

    def done(self, state: State) -> bool:
        return False

    async def run(self, step: StepContext) -> DueIn | None:
        step.case.move(CaseStatus.COMPLETED)
        required_actions.at_the_end(step.state, step.settings.offer_seconds)
        await step.save(Event(code="completed"))
        return None

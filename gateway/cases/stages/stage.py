"""What every stage of a journey is."""

from __future__ import annotations

from typing import Protocol

from gateway.cases.state import State
from gateway.cases.step_context import DueIn, StepContext


class Stage(Protocol):
    """A stage of a journey. It keeps nothing of its own: what it knows is in the case."""

    @property
    def name(self) -> str:
        """As the audit log has it: `journey.<name>`."""

    def done(self, state: State) -> bool:
        """Whether it has nothing left to do."""

    async def run(self, step: StepContext) -> DueIn | None:
        """Do its next thing, and keep that in one transaction. None: go on at once.

        What is returned after something was kept counts only if this stage is also the next one.
        """

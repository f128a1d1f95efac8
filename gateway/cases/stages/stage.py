"""The interface of a stage."""

from __future__ import annotations

from typing import Protocol

from gateway.cases.state import State
from gateway.cases.step_context import DueIn, StepContext


class Stage(Protocol):
    """A stage of a journey. It has no state of its own: all state is in the case."""

    @property
    def name(self) -> str:
        """Its name in the audit log: `journey.<name>`."""

    def done(self, state: State) -> bool:
        """Whether it has nothing left to do."""

    async def run(self, step: StepContext) -> DueIn | None:
        """Do its next thing, and commit it in one transaction.

        None: go on at once. A time returned after a commit counts only if the stage that it names, or else this one, is
        the next one.
        """

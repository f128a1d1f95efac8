"""Finish: everything is done, the case is completed."""

from __future__ import annotations

from typing import Final

from gateway.cases import asks
from gateway.cases.model import Event
from gateway.cases.state import State
from gateway.cases.trip import DueIn, Trip
from gateway.connectors.contract import CaseStatus


class FinishStage:
    name: Final = "finish"

    def done(self, state: State) -> bool:
        return False

    async def run(self, trip: Trip) -> DueIn | None:
        trip.case.move(CaseStatus.COMPLETED)
        asks.at_the_end(trip.state, trip.settings.offer_seconds)
        await trip.save(Event(code="completed"))
        return None

"""Finish: everything is done, the case is completed."""

from __future__ import annotations

from gateway.cases.model import Event, State
from gateway.cases.trip import Trip
from gateway.connectors.contract import CaseStatus


def done(state: State) -> bool:
    return False


async def run(trip: Trip) -> None:
    trip.case.move(CaseStatus.COMPLETED)
    trip.state.offers = [each for each in trip.state.offers if each.asked]
    await trip.save(Event(code="completed"))

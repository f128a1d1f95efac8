"""Finish: everything is done, the case is completed."""

from __future__ import annotations

from gateway.cases import asks
from gateway.cases.model import Event, State
from gateway.cases.trip import Trip
from gateway.connectors.contract import CaseStatus


def done(state: State) -> bool:
    return False


async def run(trip: Trip) -> None:
    trip.case.move(CaseStatus.COMPLETED)
    asks.at_the_end(trip.state, trip.office.pace.offer_seconds)
    await trip.save(Event(code="completed"))

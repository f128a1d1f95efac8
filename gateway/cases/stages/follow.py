"""Follow: ask the portal where the demand stands until it has done its part. It goes on being asked while it waits for
the person: it may no longer need what it asked for."""

from __future__ import annotations

from typing import Any, Final

from gateway.cases import asks, terms
from gateway.cases.model import Event, Part, State
from gateway.cases.trip import Trip, Wait
from gateway.connectors.contract import CaseStatus, Milestone, Progress

NOT_LODGED: Final = frozenset({None, Milestone.CREATED, Milestone.PAID})
"""Milestones before the portal has the file in hand."""


def done(state: State) -> bool:
    return state.followed and not _stamp_waits(state)


async def run(trip: Trip) -> None:
    state = trip.state
    if _stamp_waits(state):
        await use_stamp(trip)
        return
    if (due := state.due) is not None and await trip.office.payments.inquire(trip, due):
        return
    access = (await trip.personal()).access
    before = _seen(state)
    progress: Progress = await trip.call(state.portal, "progress", state.reference, **access)
    events = take(trip, progress)
    if progress.status is CaseStatus.WITHDRAWN:
        state.ending, state.reason, state.taken_back = progress.status, "withdrawn_at_portal", True
        events.append(Event(code="withdrawn_at_portal", portal=state.portal))
    elif progress.status in (CaseStatus.REJECTED, CaseStatus.FAILED):
        if progress.status is CaseStatus.REJECTED:
            terms.answered(state)
        state.ending, state.reason = progress.status, progress.reason or "portal_refused"
        events.append(Event(code="refused", portal=state.portal, data={"reason": state.reason}))
    elif progress.status is CaseStatus.COMPLETED or _ready_to_ship(state):
        state.followed = True
        terms.answered(state)
    elif before == _seen(state):
        raise Wait(trip.office.pace.poll_seconds)
    await trip.save(*events)


async def use_stamp(trip: Trip) -> None:
    """Mark the service's own stamp as used for this demand."""
    charge = trip.state.fee
    assert charge is not None
    await trip.call(charge.portal, "consume", charge.stamp, trip.state.reference)
    charge.stamp_used = True
    await trip.save(Event(code="stamp_used", portal=charge.portal))


def _stamp_waits(state: State) -> bool:
    charge = state.fee
    if charge is None or not charge.on_lodging or charge.stamp_used:
        return False
    return state.followed or state.milestone not in NOT_LODGED


def _ready_to_ship(state: State) -> bool:
    return state.milestone is Milestone.READY and Part.SHIPPING in state.parts and state.action is None


def _seen(state: State) -> tuple[Any, ...]:
    known = (state.steps_seen, state.portal_status, state.milestone, len(state.documents))
    return (*known, state.action, list(state.offers), len(state.charges))


def take(trip: Trip, progress: Progress) -> list[Event]:
    """Copy the filing portal's answer into the case; the timeline entries for what is new in it."""
    state = trip.state
    events = new_steps(progress, state.steps_seen, state.portal)
    state.portal_status = progress.portal_status
    state.milestone = progress.milestone or state.milestone
    state.documents = progress.documents or state.documents
    state.steps_seen = max(state.steps_seen, len(progress.steps))
    return events + asks.take(trip.case, trip.service, progress, trip.office.pace.offer_seconds)


def new_steps(progress: Progress, seen: int, portal: str) -> list[Event]:
    """Timeline entries for the steps of a portal's history beyond the first `seen`."""
    return [
        Event(
            code="portal_step",
            portal=portal,
            data={"label": step.label, "milestone": step.milestone, "portal_time": step.at},
        )
        for step in progress.steps[seen:]
    ]

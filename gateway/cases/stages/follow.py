"""Follow: ask the portal where the demand stands until it has done its part."""

from __future__ import annotations

from typing import Final

import structlog

from gateway.cases.model import Event, Part, State
from gateway.cases.trip import Trip, Wait
from gateway.connectors.contract import CaseStatus, Milestone, Progress

log = structlog.get_logger()

IN_HAND: Final = frozenset({Milestone.PROCESSING, Milestone.READY, Milestone.POSTED, Milestone.DELIVERED})
"""The person has lodged what the portal wanted: a stamp that was held is used up."""


def done(state: State) -> bool:
    return state.followed


async def run(trip: Trip) -> None:
    state = trip.state
    access = (await trip.personal()).access
    before = (state.steps_seen, state.portal_status, state.milestone, len(state.documents))
    progress: Progress = await trip.call(state.portal, "progress", state.reference, **access)
    used = await _use_held_stamp(trip, progress)
    events = used + take(state, progress, state.portal)
    if progress.status is CaseStatus.WITHDRAWN:
        state.ending, state.reason, state.taken_back = progress.status, "withdrawn_at_portal", True
        events.append(Event(code="withdrawn_at_portal", portal=state.portal))
    elif progress.status in (CaseStatus.REJECTED, CaseStatus.FAILED):
        state.ending, state.reason = progress.status, progress.reason or "portal_refused"
        events.append(Event(code="refused", portal=state.portal, data={"reason": state.reason}))
    elif progress.status is CaseStatus.COMPLETED or _ready_to_ship(state):
        state.followed = True
    elif before == (state.steps_seen, state.portal_status, state.milestone, len(state.documents)):
        raise Wait(trip.office.pace.poll_seconds)
    await trip.save(*events)


async def _use_held_stamp(trip: Trip, progress: Progress) -> list[Event]:
    """Before the answer is taken over: should the stamp's portal fail, the same answer comes again."""
    state = trip.state
    if not state.stamp_held or progress.milestone not in IN_HAND:
        return []
    await trip.call(state.fee_portal, "consume", state.stamp, state.reference)
    state.stamp_used, state.stamp_held = True, False
    return [Event(code="stamp_used", portal=state.fee_portal)]


def _ready_to_ship(state: State) -> bool:
    return state.milestone is Milestone.READY and Part.SHIPPING in state.parts


def take(state: State, progress: Progress, portal: str) -> list[Event]:
    """Copy a portal's answer into the case; the timeline entries for what is new in it."""
    events = new_steps(progress, state.steps_seen, portal)
    state.portal_status = progress.portal_status
    state.milestone = progress.milestone or state.milestone
    state.documents = progress.documents or state.documents
    state.steps_seen = max(state.steps_seen, len(progress.steps))
    return events


def new_steps(progress: Progress, seen: int, portal: str) -> list[Event]:
    """Timeline entries for the steps of a portal's history beyond the first `seen`."""
    for warning in progress.warnings:
        log.warning("portal_answer_odd", portal=portal, code=warning)
    return [
        Event(
            code="portal_step",
            portal=portal,
            data={"label": step.label, "milestone": step.milestone, "portal_time": step.at},
        )
        for step in progress.steps[seen:]
    ]

"""Follow: query the portal where the demand stands until it has done its part. The portal is also queried while the
case waits for the person, because it may no longer need the action. A legal term that is near or over is reported only
after a query, because the portal may have answered meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from gateway.cases import portal_steps, portal_words, required_actions, terms
from gateway.cases.model import ENDED, Event, Personal
from gateway.cases.payments import Payments
from gateway.cases.poll_wait import poll_again
from gateway.cases.stages.payment_inquiry import inquire
from gateway.cases.stages.stamps import FEE, use_stamp
from gateway.cases.state import Objection, Part, State
from gateway.cases.step_context import DueIn, StepContext
from gateway.connectors.contract import CaseStatus, Filing, Milestone, PaymentState, Progress
from gateway.storage.vault import Erased

NOT_LODGED: Final = frozenset({None, Milestone.CREATED, Milestone.PAID})
"""Milestones before the portal has the file in hand."""


@dataclass(frozen=True, slots=True)
class FollowStage:
    payments: Payments
    name: ClassVar[str] = "follow"

    def done(self, state: State) -> bool:
        return state.filing.followed and not _stamp_waits(state)

    async def run(self, step: StepContext) -> DueIn | None:
        state = step.state
        if _stamp_waits(state):
            await use_stamp(step, FEE)
            return None
        if (due := state.due) is not None and await inquire(step, due, self.payments) is PaymentState.PAID:
            return None
        before, counted = _seen(state), not state.filing.steps
        progress = await step.progress()
        events = take(step, progress)
        if (end := ended_there(state, progress)) is not None:
            events.append(end)
        elif progress.status is CaseStatus.COMPLETED or _ready_to_ship(state):
            state.filing.followed = True
            terms.answered(state)
        personal = await new_words(step, progress)
        if before != _seen(state) or state.filing.followed or state.ending.status is not None:
            state.changed_at = step.case.clock()
        elif (
            personal is None
            and not (events := terms.check_deadlines(step.case, step.case.clock(), step.settings.reminder_days))
            and not (counted and state.filing.steps)  # those that an earlier version only counted are kept at once
        ):
            return _again(step, progress)
        await step.save(*events, personal=personal)
        return None if _stamp_waits(state) else _again(step, progress)


def after_filing(step: StepContext, progress: Progress) -> DueIn | None:
    """When to query the portal first, if it had nothing more to say at the filing than that it has begun: a query at
    once would bring the same. None: at once."""
    if progress.status in ENDED or _stamp_waits(step.state) or _ready_to_ship(step.state):
        return None
    return replace(_again(step, progress), stage=FollowStage.name)


def _again(step: StepContext, progress: Progress) -> DueIn:
    hint, usual = progress.check_after, step.service.usual_days
    return poll_again(step, step.state.filing.portal, Filing.progress, usual_days=usual, hint=hint)


def ended_there(state: State, progress: Progress) -> Event | None:
    """Set the final status that the filing portal reports, if the demand ended without a result."""
    state.ending.closed = state.ending.closed or progress.status in ENDED
    if progress.status is CaseStatus.WITHDRAWN:
        state.ending.status, state.ending.reason, state.ending.taken_back = progress.status, "withdrawn_at_portal", True
        return Event(code="withdrawn_at_portal", portal=state.filing.portal)
    if progress.status in portal_words.REJECTING:
        if progress.status is CaseStatus.REJECTED:
            terms.answered(state)
        portal, reason = state.filing.portal, progress.reason or "portal_refused"
        state.ending.status, state.ending.reason = progress.status, reason
        state.objection = Objection(portal=portal, code=reason, worded=bool(progress.message))
        return Event(code="refused", portal=portal, data={"reason": reason})
    return None


def only_queries(state: State) -> bool:
    """Whether a step does nothing but query the portal."""
    return not _stamp_waits(state) and state.due is None


def _stamp_waits(state: State) -> bool:
    charge = state.fee
    if charge is None or not charge.on_lodging or charge.stamp_used:
        return False
    return state.filing.followed or state.filing.milestone not in NOT_LODGED


def _ready_to_ship(state: State) -> bool:
    return state.filing.milestone is Milestone.READY and Part.SHIPPING in state.parts and state.action is None


def _seen(state: State) -> tuple[Any, ...]:
    part = state.filing
    steps = max(part.steps_seen, len(part.steps))
    known = (steps, part.portal_status, part.milestone, len(part.documents))
    return (*known, state.action, list(state.offers), len(state.payment.charges))


def take(step: StepContext, progress: Progress) -> list[Event]:
    """Copy the filing portal's answer into the case; returns timeline entries for the news in it."""
    state = step.state
    step.case.checked = True
    events = portal_steps.take(state.filing, progress)
    state.filing.documents = progress.documents or state.filing.documents
    return events + required_actions.take(step.case, step.service, progress, step.settings.offer_seconds)


async def new_words(step: StepContext, progress: Progress) -> Personal | None:
    """The case's sealed part with the portal's own words, if they are others than before."""
    if not portal_words.said_anything(progress):
        return None
    try:
        personal = await step.personal()
    except Erased:
        return None
    return personal if portal_words.keep(personal, progress) else None

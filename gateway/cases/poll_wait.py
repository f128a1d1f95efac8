"""When a step continues: at the next query of a portal or at a person's action, and never after the next legal
announcement."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zlib import crc32

from gateway.cases import terms
from gateway.cases.polling import interval, jittered
from gateway.cases.step_context import DueIn, StepContext
from gateway.connectors.contract import Operation

_LEAST: Final = 1.0
"""Minimum in seconds, so that a time that has just passed does not repeat the step at once."""


def poll_again(
    step: StepContext,
    portal: str,
    operation: Operation[..., Any],
    *,
    usual_days: float | None = None,
    expecting: bool = False,
    hint: float | None = None,
    heard: bool = True,
) -> DueIn:
    """Query `portal` by this again at the computed time, and never later than a legal announcement needs it.

    `heard`: it has just given the state of the case. `hint`: seconds after which the portal asked to be queried again.
    """
    case, state = step.case, step.state
    changed = state.changed_at or state.filing.filed_at or case.created_at
    since = max(changed, case.prompted_at or changed)
    seconds = interval(
        step.settings,
        usual_days=usual_days,
        quiet=max(0.0, (case.clock() - since).total_seconds()),
        expecting=expecting or since > changed,
        hint=hint,
        speed=step.speeds.get(portal, 1.0),
    )
    seconds = jittered(seconds, step.settings.poll_jitter)
    return DueIn(_until_announcement(step, seconds), poll_key_of(portal, operation) if heard else "")


def poll_key_of(portal: str, operation: Operation[..., Any]) -> str:
    """The poll key of cases that wait only for this query."""
    return f"{portal}.{operation.name}"


def wait_for_person(step: StepContext, until: datetime | None = None) -> DueIn:
    """No portal is queried: the person's action makes the case due. `until` is when her time is over."""
    seconds = step.settings.poll_max_seconds
    if until is not None:
        seconds = min(seconds, (until - step.case.clock()).total_seconds())
    return DueIn(_until_announcement(step, seconds))


def _until_announcement(step: StepContext, seconds: float) -> float:
    journeys, case = step.settings, step.case
    announced = terms.next_at(case, journeys.reminder_days)
    if announced is not None:
        own = crc32(case.id.encode()) / 2**32 * journeys.announce_spread_seconds
        seconds = min(seconds, max(_LEAST, (announced - case.clock()).total_seconds() + own))
    return seconds

"""A portal's history in a case's timeline: which steps of an answer are new to the case. Pure.

Portals tell their history in three ways: all of it, the last entries of it, or only how things stand now. So the number
of steps does not say which of them are new; each is compared with those that the case knows. The known ones are kept as
fingerprints of label and time: what a step means to us may change with the connector's tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import crc32

import structlog

from gateway.cases.model import Event, now
from gateway.cases.state import FilingPart, ShipmentPart
from gateway.connectors.contract import Milestone, Progress, Step

log = structlog.get_logger()

MOST_STEPS: Final = 300
"""That the timeline takes of one demand or parcel, so that no portal can fill it without end."""
_DIGITS: Final = 8
"""Of the label's part of a fingerprint. As many are the time's."""
_SAID_ALREADY: Final = frozenset({None, Milestone.CREATED})
"""Milestones of a first word that tells no more than `filed` and `shipped` do."""


def take(part: FilingPart | ShipmentPart, progress: Progress) -> list[Event]:
    """Copy the portal's word, milestone and steps into the case; returns timeline entries for what is new.

    If the answer has no steps, the portal's word is one where it is another than before.
    """
    before, part.portal_status = part.portal_status, progress.portal_status
    part.milestone = progress.milestone or part.milestone
    counted = 0 if part.steps else part.steps_seen  # by an earlier version, until an answer has as many
    known = part.steps or [fingerprint(each) for each in progress.steps[: min(counted, MOST_STEPS)]]
    part.steps_seen = max(part.steps_seen, len(progress.steps))
    steps = progress.steps[:MOST_STEPS]
    if not steps and _is_news(before, progress):
        steps = [Step(at=now(), label=progress.portal_status, milestone=progress.milestone)]
    told = [fingerprint(each) for each in steps]
    new, merged = compare(known, told, same_word=before == progress.portal_status)
    if max(len(merged), len(progress.steps)) > MOST_STEPS:
        log.warning("portal_steps_too_many", portal=part.portal, most=MOST_STEPS)
    if len(merged) > MOST_STEPS:
        new = new[: max(0, MOST_STEPS - len(known))]
        merged = [*known, *(told[each] for each in new)]
    if len(progress.steps) >= counted:
        part.steps = merged
    return [_event(part.portal, steps[each], dated=bool(progress.steps)) for each in new]


def is_of_another(part: FilingPart, progress: Progress) -> bool:
    """Whether an answer has fewer steps than there were, and does not go on from the last of them: perhaps another
    person's."""
    if len(progress.steps) >= part.steps_seen:
        return False
    known, told = part.steps, [fingerprint(each) for each in progress.steps[:MOST_STEPS]]
    return not any(known[place:] == told[: len(known) - place] for place in range(len(known)))


def compare(known: Sequence[str], told: Sequence[str], *, same_word: bool) -> tuple[list[int], list[str]]:
    """The places in `told` of new steps, and what is known with them, each where it stands in the portal's order.

    A step that is not known as it is may be a known one that the portal, or its connector, now words or dates
    otherwise. It is one if it stands where that one stood, and has its label or its time; the time alone does not
    count for the last step when the portal's word is another one (`same_word`), for some portals date by the day.
    """
    places: dict[str, list[int]] = {}
    for place, each in enumerate(known):
        places.setdefault(each, []).append(place)
    match = [found.pop(0) if (found := places.get(each)) else None for each in told]
    taken = {each for each in match if each is not None}
    new: list[int] = []
    merged = [[each] for each in known]
    ahead: list[str] = []
    first = 0
    while first < len(told):
        end = first
        while end < len(told) and match[end] is None:
            end += 1
        if end > first:
            before = match[first - 1] if first else None
            begin = 0 if before is None else before + 1
            stop = next((place for place in range(begin, len(known)) if place in taken), len(known))
            by_time = [same_word or place < len(told) - 1 for place in range(first, end)]
            again = _overlap(known[begin:stop], told[first:end], by_time)
            for back in range(again):
                merged[stop - again + back][0] = told[first + back]
            taken.update(range(stop - again, stop))
            new += range(first + again, end)
            (merged[stop - 1] if stop else ahead).extend(told[first + again : end])
        first = end + 1
    return new, [*ahead, *(each for group in merged for each in group)]


def _overlap(known: Sequence[str], told: Sequence[str], by_time: Sequence[bool]) -> int:
    """How many steps at the beginning of `told` are those at the end of `known`."""
    for count in range(min(len(known), len(told)), 0, -1):
        if all(map(_alike, known[len(known) - count :], told, by_time)):
            return count
    return 0


def _alike(one: str, other: str, by_time: bool) -> bool:
    return one[:_DIGITS] == other[:_DIGITS] or (by_time and one[_DIGITS:] == other[_DIGITS:])


def fingerprint(step: Step) -> str:
    """Of the label, and of the time as an instant: with another offset it is the same."""
    return f"{crc32(step.label.encode()):08x}{crc32(repr(step.at.timestamp()).encode()):08x}"


def _is_news(before: str, progress: Progress) -> bool:
    if not before:
        return bool(progress.portal_status) and progress.milestone not in _SAID_ALREADY
    return progress.portal_status not in ("", before)


def _event(portal: str, step: Step, *, dated: bool) -> Event:
    """`dated`: the portal itself says when."""
    data = {"label": step.label, "milestone": step.milestone, "portal_time": step.at if dated else None}
    return Event(code="portal_step", portal=portal, data=data)

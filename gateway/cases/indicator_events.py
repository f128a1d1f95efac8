"""What a case adds to the public figures, each once: where, in which quarter, how long it took. No person is in it.

Pure. `indicator_store.py` keeps the sums, `indicators.py` makes them fit to be published; what each figure means is
written in `docs/guides/indicators.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from gateway.cases.legal_days import day_of
from gateway.cases.model import Case, StoredEvent
from gateway.connectors.contract import CaseStatus

SCALE: Final = range(1, 6)
"""The rating scale that is counted. Ratings on another scale cannot be added."""

_POST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_QUARTER: Final = re.compile(r"([12][0-9]{3})-Q([1-4])")


class Figure(StrEnum):
    FILED = "filed"
    COMPLETED = "completed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"
    NOT_FILED = "not_filed"
    ANSWERED = "answered"
    IN_TIME = "in_time"
    """Answered up to the last legal day; the others that have one are `late`."""
    LATE = "late"
    DAYS = "days"
    """`value`: days from the filing to the answer."""
    OVERRUN = "overrun"
    """`value`: days from the last legal day to the answer; 0 and less is in time."""
    WAITED = "waited"
    """`value`: whole days in which the answer waited for the person."""
    RATING = "rating"
    """`value`: on the scale."""


class Place(NamedTuple):
    portal: str
    service: str
    post: str
    """Empty where the demand names none."""


class IndicatorEvent(NamedTuple):
    """One more of this. Counts are written in their order, so that two writers never wait for each other."""

    figure: Figure
    quarter: str
    place: Place
    value: int = 0


def take(case: Case, at: datetime, history: Iterable[StoredEvent]) -> list[IndicatorEvent]:
    """The events to count for the case now; marks them in it as counted. `history` is its timeline so far."""
    state, quarter = case.state, quarter_of(at)
    filed = state.filing.filed_at is not None
    place = Place(state.filing.portal, case.service, state.filing.post if filed else "")
    found: dict[str, list[tuple[Figure, int]]] = {}
    if state.filing.filed_at is not None:
        found["filed"] = [(Figure.FILED, 0)]
        if state.filing.answered_at is not None:
            found["answered"] = _delays(state.filing.filed_at, state.filing.answered_at, case.deadline_on, history)
    if case.ended:
        found["ended"] = [(Figure(case.status.value) if filed else Figure.NOT_FILED, 0)]
    if state.filing.rating.isascii() and state.filing.rating.isdigit() and int(state.filing.rating) in SCALE:
        found["rated"] = [(Figure.RATING, int(state.filing.rating))]
    new = [name for name in found if name not in state.counted]
    state.counted = [*state.counted, *new]
    return sorted(IndicatorEvent(figure, quarter, place, value) for name in new for figure, value in found[name])


def due(case: Case) -> bool:
    """Whether `take` would find something, without reading the timeline."""
    state = case.state
    happened = {
        "filed": state.filing.filed_at is not None,
        "answered": state.filing.filed_at is not None and state.filing.answered_at is not None,
        "ended": case.ended,
        "rated": bool(state.filing.rating),
    }
    return any(true and name not in state.counted for name, true in happened.items())


def _delays(
    filed_at: datetime, answered_at: datetime, deadline_on: str | None, history: Iterable[StoredEvent]
) -> list[tuple[Figure, int]]:
    answered = day_of(answered_at)
    delays = [
        (Figure.ANSWERED, 0),
        (Figure.DAYS, (answered - day_of(filed_at)).days),
        (Figure.WAITED, waited(history, filed_at, answered_at).days),
    ]
    if deadline_on is not None:
        overrun = (answered - date.fromisoformat(deadline_on)).days
        delays += [(Figure.OVERRUN, overrun), (Figure.LATE if overrun > 0 else Figure.IN_TIME, 0)]
    return delays


def waited(history: Iterable[StoredEvent], since: datetime, until: datetime) -> timedelta:
    """How long the case stood at `action_required` between two times."""
    total, began = timedelta(), None
    for event in history:
        if began is not None:
            total += max(min(event.at, until) - max(began, since), timedelta())
        began = event.at if event.status is CaseStatus.ACTION_REQUIRED else None
    return total + max(until - max(began, since), timedelta()) if began is not None else total


def post_id(named: object) -> str:
    """A post as a demand names it, if it can be the id of one; else nothing."""
    return named if isinstance(named, str) and _POST.fullmatch(named) else ""


def quarter_of(at: datetime) -> str:
    """The quarter as it is dated in Morocco: `2026-Q4`."""
    day = day_of(at)
    return f"{day.year:04}-Q{(day.month + 2) // 3}"


def shifted(quarter: str, by: int) -> str:
    """The quarter that many later. Raises `ValueError` if it is none."""
    match = _QUARTER.fullmatch(quarter)
    if match is None:
        raise ValueError(quarter)
    year, number = divmod(4 * int(match[1]) + int(match[2]) - 1 + by, 4)
    return f"{year:04}-Q{number + 1}"

"""Legal terms: the person is reminded before one ends, and told how to appeal once it has passed without an answer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import ColumnElement

from gateway.cases.legal_days import beginning, day_of, last_day
from gateway.cases.model import ENDED, Case, Event, now
from gateway.cases.state import Action, ActionType, State, Term
from gateway.connectors.contract import Milestone
from gateway.connectors.services import Service
from gateway.storage.tables import cases

ANSWER: Final = "answer"
OVERDUE: Final = "deadline_passed"

_TRIAGED: Final = frozenset(Milestone) - {Milestone.CREATED, Milestone.PAID}
_NOTICE: Final = 3
"""A short term is not announced before two thirds of it are over."""


def begin(service: Service, filed_at: datetime) -> list[Term]:
    """The terms of a demand that was filed at this time."""
    return [Term(code=code, on=last_day(filed_at, each)) for code, each in allowed(service).items()]


def allowed(service: Service) -> dict[str, int]:
    """The days that the law allows the service's portal, by the term's code."""
    days: dict[str, int] = dict(service.milestones_days)
    if service.deadline_days is not None:
        days[ANSWER] = service.deadline_days
    return days


def answered(state: State) -> None:
    """The filing portal has said yes or no: stop the clock of the legal term, once. A reissued document does not
    restart it."""
    if state.filing.answered_at is None:
        state.filing.answered_at = now()


def late(today: str) -> list[ColumnElement[bool]]:
    """Conditions on `cases`: the last legal day is before `today` (YYYY-MM-DD), and the portal has not said yes or no.

    What goes on has a due time, which the index `ix_cases_late` is about."""
    said: ColumnElement[str | None] = cases.c.state["filing"]["answered_at"].as_string()
    return [
        cases.c.deadline_on < today,
        cases.c.due_at.is_not(None),
        cases.c.status.not_in([each.value for each in ENDED]),
        said.is_(None),
    ]


def check_deadlines(case: Case, at: datetime, reminder_days: int) -> list[Event]:
    """Mark terms that are near or over at this time, each once; returns their timeline entries.

    A term that passed without an answer opens an appeal as an optional action.
    """
    state = case.state
    if case.ended or state.ending.status is not None or not state.filing.terms or state.filing.filed_at is None:
        return []
    today, events = day_of(at), []
    for n, term in enumerate(state.filing.terms):
        if term.passed or _kept(term, state):
            continue
        last = date.fromisoformat(term.on)
        if today > last:
            state.filing.terms[n] = msgspec.structs.replace(term, reminded=True, passed=True)
            events.append(Event(code=OVERDUE, portal=state.filing.portal, data=_about(term)))
            _offer_appeal(state)
        elif not term.reminded and today >= _reminded_on(last, state.filing.filed_at, reminder_days):
            state.filing.terms[n] = msgspec.structs.replace(term, reminded=True)
            events.append(Event(code="deadline_near", portal=state.filing.portal, data=_about(term)))
    return events


def next_at(case: Case, reminder_days: int) -> datetime | None:
    """When `check_deadlines` will next report something, if nothing changes: the beginning of that day in Morocco. It
    may be over already."""
    state = case.state
    if case.ended or state.ending.status is not None or state.filing.filed_at is None:
        return None
    days = []
    for term in state.filing.terms:
        if term.passed or _kept(term, state):
            continue
        last = date.fromisoformat(term.on)
        days.append(
            last + timedelta(days=1) if term.reminded else _reminded_on(last, state.filing.filed_at, reminder_days)
        )
    return beginning(min(days)) if days else None


def _reminded_on(last: date, filed_at: datetime, reminder_days: int) -> date:
    length = (last - day_of(filed_at)).days
    return last - timedelta(days=min(reminder_days, length // _NOTICE))


def _kept(term: Term, state: State) -> bool:
    if term.code == ANSWER:
        return state.filing.followed
    return state.filing.milestone in (_TRIAGED if term.code == "triage" else frozenset(Milestone))


def _offer_appeal(state: State) -> None:
    appeal = Action(type=ActionType.APPEAL, code=OVERDUE, portal=state.filing.portal, optional=True)
    if not any(appeal.same(each) for each in state.offers):
        state.offers = [*state.offers, appeal]


def _about(term: Term) -> dict[str, str]:
    return {"term": term.code, "on": term.on}

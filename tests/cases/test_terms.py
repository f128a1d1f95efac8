"""Legal terms: announced once before their end, told once when they have passed, and then an appeal is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from gateway.cases import terms
from gateway.cases.actions import ActionReply as Given
from gateway.cases.actions import NotOpen, answer, expect, open_offers
from gateway.cases.model import Case
from gateway.cases.state import ActionType, Part, State, Term
from gateway.connectors.contract import CaseStatus, Filing, Milestone, Refused
from tests.database_sessions import transaction

from .conftest import CaseHarness, filed, progress
from .states import put, state_of
from .test_model import case_with

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
FILED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(day: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00")


def waiting(**more: object) -> Case:
    """Filed on 2 March 2026, answer by 1 May, triage by 17 March; the office has not looked at it yet."""
    state = state_of(parts=[Part.FILING, Part.FOLLOW], portal="echo", reference="E1", filed_at=FILED)
    state.filing.terms = [Term(code="triage", on="2026-03-17"), Term(code="answer", on="2026-05-01")]
    for name, value in more.items():
        put(state, name, value)
    return case_with(CaseStatus.IN_PROGRESS, state)


def told(case: Case, *days: str) -> list[tuple[str, str, str]]:
    found = []
    for day in days:
        found += [(day, each.code, each.data["term"]) for each in terms.check_deadlines(case, at(day), 7)]
    return found


def every_day(first: str, days: int) -> list[str]:
    return [(date.fromisoformat(first) + timedelta(days=n)).isoformat() for n in range(days)]


def test_each_term_is_announced_once_and_its_end_told_once(store_url: str) -> None:
    assert told(waiting(), *every_day("2026-03-02", 90)) == [
        ("2026-03-12", "deadline_near", "triage"),
        ("2026-03-18", "deadline_passed", "triage"),
        ("2026-04-24", "deadline_near", "answer"),
        ("2026-05-02", "deadline_passed", "answer"),
    ]


def test_the_last_day_counts_to_its_end_as_it_is_dated_in_morocco(store_url: str) -> None:
    case = waiting(terms=[Term(code="answer", on="2026-05-01", reminded=True)])
    assert terms.check_deadlines(case, at("2026-05-01", 22), 7) == []  # 23:00 in Morocco
    assert [each.code for each in terms.check_deadlines(case, at("2026-05-01", 23), 7)] == ["deadline_passed"]


def test_an_office_that_keeps_its_term_hears_nothing_of_it(store_url: str) -> None:
    assert told(waiting(milestone=Milestone.PROCESSING), *every_day("2026-03-02", 50)) == []
    assert told(waiting(followed=True, milestone=Milestone.READY), *every_day("2026-03-02", 90)) == []


def test_a_journey_that_slept_through_both_days_tells_only_that_it_has_passed(store_url: str) -> None:
    case = waiting()
    assert told(case, "2026-08-01", "2026-08-02") == [
        ("2026-08-01", "deadline_passed", "triage"),
        ("2026-08-01", "deadline_passed", "answer"),
    ]
    assert [each.code for each in case.state.offers] == ["deadline_passed"]


def test_a_case_that_has_ended_or_is_about_to_is_left_alone(store_url: str) -> None:
    assert told(waiting(ending=CaseStatus.WITHDRAWN), "2026-08-01") == []
    ended = waiting()
    ended.status = CaseStatus.COMPLETED
    assert told(ended, "2026-08-01") == []


def test_when_a_term_has_passed_the_person_may_appeal_and_the_case_goes_on(store_url: str) -> None:
    case = waiting()
    with pytest.raises(NotOpen):
        expect(case, ActionType.APPEAL)
    told(case, "2026-08-01")
    (appeal,) = open_offers(case.state)
    assert (appeal.type, appeal.optional, case.status) == (ActionType.APPEAL, True, CaseStatus.IN_PROGRESS)


@pytest.fixture
async def late(harness: CaseHarness) -> CaseHarness:
    """A demand that was filed a hundred days ago and has not been answered."""
    harness.portals.says(Filing.file, filed())
    harness.portals.says(Filing.progress, progress(Milestone.PROCESSING))
    await harness.run()

    def long_ago(state: State) -> None:
        assert state.filing.filed_at is not None
        assert [term.code for term in state.filing.terms] == ["triage", "answer"]
        state.filing.filed_at -= timedelta(days=100)
        state.filing.terms = [
            msgspec.structs.replace(each, on=(date.fromisoformat(each.on) - timedelta(days=100)).isoformat())
            for each in state.filing.terms
        ]

    await harness.change(long_ago)
    return harness


async def test_the_timeline_tells_it_once_however_often_the_journey_comes_by(late: CaseHarness) -> None:
    for _ in range(3):
        await late.run()
    codes = await late.codes()
    assert (codes.count("deadline_near"), codes.count("deadline_passed")) == (0, 1)
    assert (await late.case()).status is CaseStatus.IN_PROGRESS


@pytest.mark.parametrize("takes", [True, False])
async def test_the_appeal_goes_to_the_portal_and_one_that_takes_none_is_told(late: CaseHarness, takes: bool) -> None:
    await late.run()
    case = await late.case()
    personal = await late.services.cases.personal(case)
    said = answer(case, personal, ActionType.APPEAL, Given(text="J'attends toujours."))
    async with transaction(late.services.cases.storage) as tx:
        await tx.run_sync(late.services.cases.save, case, [said], personal)
    late.portals.says(Filing.act, progress(Milestone.PROCESSING) if takes else Refused("action_not_supported"))
    case = await late.run()
    assert (case.status, case.state.offers, case.state.answers) == (CaseStatus.IN_PROGRESS, [], [])
    assert late.portals.called[Filing.act] == 1
    assert (await late.codes())[-1] == ("handed_over" if takes else "answer_refused")
    assert (await late.services.cases.personal(case)).words == {}

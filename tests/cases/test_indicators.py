"""The public figures, from cases written by hand and from journeys: each case counts once, where and when it should."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import delete, select

from gateway.audit.entry import Entry
from gateway.cases import indicator_events, withdrawal
from gateway.cases.indicator_events import Figure, Place, quarter_of, shifted
from gateway.cases.indicator_store import IndicatorStore, add
from gateway.cases.indicators import Indicators, Line, level_of
from gateway.cases.model import Case, StoredEvent, now
from gateway.cases.state import Action, ActionType, Part, QueuedReply
from gateway.cases.store import Conflict
from gateway.connectors.contract import CaseStatus, Filing, Milestone, Refused, RequiredAction
from gateway.settings import Indicators as Limits
from gateway.storage import Storage
from gateway.storage.tables import case_counts, cases
from gateway.storage.vault import Vault
from gateway.time_zones import MOROCCO
from tests.database_sessions import read, transaction

from .conftest import CaseHarness, filed, paid, progress
from .states import put, state_of

DAY = timedelta(days=1)
FILED = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 1, tzinfo=UTC)


def made(status: str, **known: Any) -> Case:
    state = state_of(parts=[Part.FILING, Part.FOLLOW], portal=known.pop("portal", "office"))
    service, deadline_on = known.pop("service", "office.paper"), known.pop("deadline_on", None)
    for name, value in known.items():
        put(state, name, value)
    moment = known.get("filed_at", FILED)
    return Case(
        id="case_1", client="app", subject="p", service=service, status=CaseStatus(status), version=1, language="fr",
        created_at=moment, updated_at=moment, deadline_on=deadline_on, due_at=None, state=state,
    )  # fmt: skip


def lived(days: int | None, status: str = "completed", post: str = "lyon", rating: str = "", **more: Any) -> Case:
    """Filed on 10 January, to be answered by 11 March; answered after so many days, if it was."""
    answered_at = None if days is None else FILED + days * DAY
    known = {"filed_at": FILED, "answered_at": answered_at, "post": post, "rating": rating}
    return made(status, **{**known, "deadline_on": "2026-03-11", **more})


async def keep(storage: Storage, *lives: Case, at: datetime = FILED) -> None:
    async with transaction(storage) as tx:
        for case in lives:
            await tx.run_sync(add, indicator_events.take(case, at, []))


def indicators(storage: Storage, at: datetime = LATER, **limits: Any) -> Indicators:
    return Indicators(IndicatorStore(storage), Limits(**limits), lambda: at)


async def lines(storage: Storage, group_by: str = "", quarter: str = "2026-Q1", minimum: int = 5) -> list[Line]:
    found = indicators(storage, minimum=minimum)
    return await found.lines(quarter, quarter, level_of(group_by.split(",")), {})


def by_hand() -> list[Case]:
    return [
        # 13 in Lyon: 10 completed, their days and ratings; 1 rejected; 1 withdrawn; 1 open
        *(
            lived(days, rating=rating)
            for days, rating in zip(
                [1, 2, 3, 5, 8, 13, 21, 60, 61, 90], ["5", "5", "4", "4", "5", "1", "", "", "", "x"], strict=True
            )
        ),
        lived(30, "rejected"),
        lived(None, "withdrawn"),
        lived(None, "in_progress"),
        # Milan: one failed; one never filed anywhere
        lived(None, "failed", post="milan"),
        made("withdrawn"),
    ]


async def test_the_figures_of_cases_written_by_hand_are_exact(storage: Storage) -> None:
    await keep(storage, *by_hand())
    lyon, milan = (line for line in await lines(storage, "post", minimum=1) if line.post)
    assert lyon == Line(
        quarter="2026-Q1", provisional=False, portal="office", service="office.paper", post="lyon",
        filed=13, completed=10, rejected=1, withdrawn=1, failed=0, not_filed=0, open=1,
        days_median=13, days_p90=61, overrun_median=-47, overrun_p90=1, within_deadline=0.8,
        waited_median=0, waited_p90=0, rated=6, satisfaction=4.0, suppressed=[],
    )  # fmt: skip
    assert (milan.filed, milan.failed, milan.open, milan.days_median, milan.satisfaction) == (1, 1, 0, None, None)
    (all_of_it,) = await lines(storage, minimum=1)
    assert (all_of_it.portal, all_of_it.filed, all_of_it.not_filed, all_of_it.rated) == (None, 14, 1, 6)


async def test_nothing_has_no_lines_and_is_no_error(storage: Storage) -> None:
    assert await lines(storage, "post") == []
    assert await lines(storage) == []


async def test_small_numbers_are_held_back_and_named(storage: Storage) -> None:
    await keep(storage, *by_hand())
    lyon, milan = (line for line in await lines(storage, "post") if line.post)
    assert (lyon.filed, milan.filed, "filed" in lyon.suppressed) == (None, None, True)  # 14 less 13 would be Milan's
    assert (lyon.completed, lyon.rejected, lyon.withdrawn, lyon.failed) == (10, None, None, 0)
    assert (lyon.days_median, lyon.days_p90, lyon.within_deadline) == (13, 61, None)  # two were late
    assert (lyon.rated, lyon.satisfaction, lyon.open) == (6, 4.0, 0)
    assert set(lyon.suppressed) == {"filed", "rejected", "withdrawn", "within_deadline"}
    (everything,) = await lines(storage)
    assert (everything.filed, everything.completed, everything.failed, everything.not_filed) == (14, 10, None, None)


async def test_the_ninetieth_percentile_of_few_is_one_persons_and_held_back(storage: Storage) -> None:
    await keep(storage, *(lived(days) for days in (1, 2, 3, 4, 5, 6, 7, 8, 90)))
    (line,) = await lines(storage)
    assert (line.days_median, line.days_p90, "days_p90" in line.suppressed) == (5, None, True)
    await keep(storage, lived(9))
    (line,) = await lines(storage)
    assert (line.days_median, line.days_p90, line.suppressed) == (5, 9, ["within_deadline"])


@pytest.mark.parametrize(("cases", "ranks"), [(1, (1, 1)), (2, (1, 2)), (10, (5, 9)), (100, (50, 90)), (101, (51, 91))])
async def test_a_percentile_is_the_first_number_of_days_that_so_many_did_not_exceed(
    storage: Storage, cases: int, ranks: tuple[int, int]
) -> None:
    await keep(storage, *(lived(days) for days in range(cases, 0, -1)))
    (line,) = await lines(storage, minimum=1)
    assert (line.days_median, line.days_p90) == ranks


async def test_filters_choose_lines_and_change_no_number(storage: Storage) -> None:
    await keep(
        storage,
        *(lived(days, post=post) for post in ("lyon", "milan", "lille") for days in range(1, 9)),
        lived(3, post="nador"),
        *(lived(days, service="office.card", post="lyon") for days in range(9)),
    )
    found = indicators(storage)
    every = await found.lines("2026-Q1", "2026-Q1", 3, {})
    assert sum(line.filed is None for line in every) == 2
    for name in ("service", "post"):
        for value in {getattr(line, name) for line in every}:
            some = await found.lines("2026-Q1", "2026-Q1", 3, {name: value})
            assert some == [line for line in every if getattr(line, name) == value] != []
    assert await found.lines("2026-Q1", "2026-Q1", 3, {"post": "nowhere"}) == []


async def test_what_is_open_is_carried_from_quarter_to_quarter(storage: Storage) -> None:
    await keep(storage, *(lived(None, "in_progress") for _ in range(12)))
    await keep(storage, *(lived(80, counted=["filed"]) for _ in range(7)), at=FILED + 90 * DAY)
    found = await indicators(storage, minimum=1).lines("2026-Q1", "2026-Q3", 0, {})
    assert [(line.quarter, line.filed, line.completed, line.open) for line in found] == [
        ("2026-Q1", 12, 0, 12),
        ("2026-Q2", 0, 7, 5),
        ("2026-Q3", 0, 0, 5),
    ]
    rounded = await indicators(storage).lines("2026-Q1", "2026-Q2", 0, {})
    assert [line.open for line in rounded] == [10, 5]


def first_moment(quarter: str) -> datetime:
    return datetime(int(quarter[:4]), 3 * int(quarter[-1]) - 2, 1, tzinfo=MOROCCO)


@pytest.mark.parametrize(
    ("at", "quarter"),
    [
        (datetime(2026, 3, 31, 22, 59, 59, tzinfo=UTC), "2026-Q1"),
        (datetime(2026, 3, 31, 23, 0, tzinfo=UTC), "2026-Q2"),  # an hour before UTC
        (datetime(2025, 3, 31, 23, 30, tzinfo=UTC), "2025-Q1"),  # Ramadan: no hour ahead of UTC until 6 April
        (datetime(2025, 4, 1, 0, 0, tzinfo=UTC), "2025-Q2"),
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), "2026-Q1"),
        (datetime(2026, 9, 30, 23, 30, tzinfo=UTC), "2026-Q3"),  # UTC for good since 20 September 2026
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "2026-Q4"),
        (datetime(2027, 1, 1, 0, 0, tzinfo=UTC), "2027-Q1"),
    ],
)
def test_a_quarter_is_that_of_morocco_at_each_offset(at: datetime, quarter: str) -> None:
    assert quarter_of(at) == quarter
    assert first_moment(quarter) <= at < first_moment(shifted(quarter, 1))


async def test_days_are_those_of_morocco_whatever_the_hour(storage: Storage) -> None:
    filed_at = datetime(2026, 1, 10, 22, 59, tzinfo=UTC)  # one minute to midnight there
    await keep(storage, lived(None, filed_at=filed_at, answered_at=filed_at + timedelta(minutes=2)))
    (line,) = await lines(storage, minimum=1)
    assert (line.days_median, line.overrun_median, line.within_deadline) == (1, -59, 1.0)


@pytest.mark.parametrize(("answered", "share", "overrun"), [(date(2026, 3, 11), 1.0, 0), (date(2026, 3, 12), 0.0, 1)])
async def test_the_last_legal_day_is_in_time_and_the_next_is_not(
    storage: Storage, answered: date, share: float, overrun: int
) -> None:
    await keep(storage, lived((answered - FILED.date()).days))
    (line,) = await lines(storage, minimum=1)
    assert (line.within_deadline, line.overrun_median) == (share, overrun)


async def test_a_service_without_a_legal_term_has_delays_and_no_share(storage: Storage) -> None:
    await keep(storage, lived(4, deadline_on=None))
    (line,) = await lines(storage, minimum=1)
    assert (line.days_median, line.overrun_median, line.within_deadline, line.suppressed) == (4, None, None, [])


async def test_waiting_for_the_person_is_told_apart_and_not_subtracted(storage: Storage) -> None:
    def event(day: float, status: str) -> StoredEvent:
        return StoredEvent(seq=1, at=FILED + day * DAY, code="x", status=CaseStatus(status), portal=None, data={})

    history = [
        event(-3, "action_required"), event(-1, "received"),  # before it was filed: the fee
        event(2, "action_required"), event(3, "action_required"), event(7, "in_progress"),
        event(8, "action_required"), event(30, "in_progress"),  # answered meanwhile
    ]  # fmt: skip
    assert indicator_events.waited(history, FILED, FILED + 10 * DAY) == 7 * DAY
    assert indicator_events.waited(history[:-1], FILED, FILED + 10 * DAY) == 7 * DAY
    assert indicator_events.waited([], FILED, FILED + 10 * DAY) == timedelta()
    async with transaction(storage) as tx:
        await tx.run_sync(add, indicator_events.take(lived(10), FILED, history))
    (line,) = await lines(storage, minimum=1)
    assert (line.days_median, line.waited_median) == (10, 7)


@pytest.mark.parametrize("rating", ["0", "6", "good", "-1", "٣", "³", ""])
def test_a_rating_on_another_scale_is_not_counted(rating: str) -> None:
    found = indicator_events.take(lived(1, rating=rating), FILED, [])
    assert [each.figure for each in found if each.figure is Figure.RATING] == []


@pytest.mark.parametrize("named", ["Amina El Fassi", "=1+1", "a" * 65, "", 3, None, "-lyon", "ليون"])
def test_what_cannot_be_the_id_of_a_post_is_not_taken_for_one(named: object) -> None:
    assert indicator_events.post_id(named) == ""
    assert indicator_events.post_id("lyon-2") == "lyon-2"


async def test_a_quarter_is_published_a_day_after_its_end(storage: Storage) -> None:
    end = first_moment("2026-Q2")
    assert indicators(storage, end + DAY - timedelta(seconds=1)).newest() == "2025-Q4"
    assert indicators(storage, end + DAY).newest() == "2026-Q1"
    assert indicators(storage, end + timedelta(hours=1), publish_after_seconds=3600.0).newest() == "2026-Q1"


async def test_a_quarter_that_runs_is_provisional_and_looked_up_anew(storage: Storage) -> None:
    found = indicators(storage, FILED, minimum=1)
    await keep(storage, lived(1))
    (line,) = await found.lines("2026-Q1", "2026-Q1", 0, {})
    await keep(storage, lived(2))
    (again,) = await found.lines("2026-Q1", "2026-Q1", 0, {})
    assert (line.provisional, line.filed, again.filed) == (True, 1, 2)


async def test_writers_that_count_the_same_do_not_lose_each_others_count(storage: Storage) -> None:
    async def one() -> None:
        await keep(storage, lived(5, rating="5"))

    await asyncio.gather(*(one() for _ in range(20)))
    (line,) = await lines(storage)
    assert (line.filed, line.completed, line.rated) == (20, 20, 20)


# --- Journeys -----------------------------------------------------------------------------------------------------


async def figures(harness: CaseHarness) -> Counter[str]:
    sums = await IndicatorStore(harness.services.cases.storage).sums(quarter_of(now()))
    found: Counter[str] = Counter()
    for (place, figure), one in sums.items():
        assert place == Place("echo", "echo.note", "")
        found[figure.value] += one.n
    return found


async def test_a_completed_case_counts_once_for_each_figure_however_often_it_is_saved(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, filed())
    harness.portals.says(Filing.progress, progress(Milestone.PROCESSING))
    assert (await harness.run()).status is CaseStatus.IN_PROGRESS
    assert await figures(harness) == {"filed": 1}
    harness.portals.says(Filing.progress, progress(Milestone.READY, status=CaseStatus.COMPLETED))
    assert (await harness.run()).status is CaseStatus.COMPLETED
    for _ in range(3):
        await harness.change(lambda state: None)
    assert await figures(harness) == {"filed": 1, "completed": 1, "answered": 1, "in_time": 1}


@pytest.mark.parametrize(("named", "post"), [("lyon", "lyon"), ("Amina El Fassi", "")])
async def test_the_post_is_counted_as_the_form_names_it(harness: CaseHarness, named: str, post: str) -> None:
    service = harness.services.catalogue.service("echo.note")
    assert service is not None
    known = replace(service, post="/text")
    catalogue = Mock(spec_set=harness.services.catalogue, **{"service.return_value": known})
    harness = replace(harness, services=replace(harness.services, catalogue=catalogue), case_id="case_2")
    await harness.begin()
    case = await harness.case()
    personal = await harness.services.cases.personal(case)
    personal.form = {"text": named}
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case, personal=personal)
    harness.portals.says(Filing.file, filed())
    await harness.run()
    sums = await IndicatorStore(harness.services.cases.storage).sums(quarter_of(now()))
    assert list(sums) == [(Place("echo", "echo.note", post), Figure.FILED)]


async def test_a_rejection_stops_the_clock_and_a_portals_failure_does_not(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, filed())
    harness.portals.says(Filing.progress, progress(Milestone.REFUSED, status=CaseStatus.REJECTED))
    assert (await harness.run()).status is CaseStatus.REJECTED
    assert await figures(harness) == {"filed": 1, "rejected": 1, "answered": 1, "in_time": 1}
    harness = replace(harness, case_id="case_2")
    await harness.begin()
    harness.portals.says(Filing.progress, progress(Milestone.PROCESSING, status=CaseStatus.FAILED))
    assert (await harness.run()).status is CaseStatus.FAILED
    assert await figures(harness) == {"filed": 2, "rejected": 1, "failed": 1, "answered": 1, "in_time": 1}


async def test_a_final_no_in_place_of_an_answer_is_a_rejection_too(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, filed())
    harness.portals.says(Filing.progress, progress(Milestone.PROCESSING), Refused("demand_refused"))
    harness.portals.says(Filing.withdraw, Refused("too_late"))
    await harness.run()
    assert (await harness.run()).status is CaseStatus.REJECTED
    assert await figures(harness) == {"filed": 1, "rejected": 1, "answered": 1, "in_time": 1}


async def test_a_demand_that_the_portal_never_took_was_not_filed(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, Refused("demand_refused"))
    assert (await harness.run()).status is CaseStatus.REJECTED
    assert await figures(harness) == {"not_filed": 1}


async def test_a_withdrawn_demand_has_no_answer(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, filed())
    harness.portals.says(Filing.withdraw, None)
    await harness.run()
    case = await harness.case()
    events = withdrawal.bind(case, 60.0)
    assert events == []
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case, events)
    await withdrawal.take_back_now(harness.services.cases, harness.portals, case, Entry(call_id="call_1", kind="call"))
    assert (await harness.run()).status is CaseStatus.WITHDRAWN
    assert await figures(harness) == {"filed": 1, "withdrawn": 1}


async def test_a_document_that_is_made_again_was_answered_the_first_time(harness: CaseHarness) -> None:
    first = FILED + DAY
    await harness.become(paid(reference="E00000001", filed_at=FILED, answered_at=first, stamp_used=True, round=2))
    harness.portals.says(Filing.progress, progress(Milestone.READY, status=CaseStatus.COMPLETED))
    assert (await harness.run()).state.filing.answered_at == first


async def test_a_rating_counts_when_the_portal_has_it_though_the_case_has_ended(harness: CaseHarness) -> None:
    rate = Action(type=ActionType.RATE, code="how_was_it", portal="echo", options=["1", "5"], optional=True, asked=True)
    harness.portals.says(Filing.file, filed())
    ask = RequiredAction(type="rate", code="how_was_it", options=["1", "5"], optional=True)
    harness.portals.says(Filing.progress, progress(Milestone.READY, status=CaseStatus.COMPLETED, ask=ask))
    assert (await harness.run()).status is CaseStatus.COMPLETED
    harness.portals.says(Filing.act, progress(Milestone.READY, status=CaseStatus.COMPLETED))
    await answer(harness, rate, "5")
    assert "rating" not in await figures(harness)
    await harness.run()
    assert (await figures(harness))["rating"] == 1
    await answer(harness, rate, "1")
    await harness.run()
    sums = await IndicatorStore(harness.services.cases.storage).sums(quarter_of(now()))
    assert sums[Place("echo", "echo.note", ""), Figure.RATING][:2] == (1, 5)  # one person, one rating: the first


async def answer(harness: CaseHarness, action: Action, choice: str) -> None:
    case = await harness.case()
    case.state.answers, case.due_at = [QueuedReply(action=action, choice=choice)], now()
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case)


async def test_a_change_that_did_not_get_in_is_not_counted(harness: CaseHarness) -> None:
    mine = await harness.case()
    await harness.change(lambda state: None)
    mine.state.filing.reference, mine.state.filing.filed_at = "E00000001", now()
    with pytest.raises(Conflict):
        async with transaction(harness.services.cases.storage) as tx:
            await tx.run_sync(harness.services.cases.save, mine)
    assert await figures(harness) == {}


async def test_the_figures_stay_when_the_case_and_its_person_are_erased(harness: CaseHarness, ring: Any) -> None:
    harness.portals.says(Filing.file, filed())
    harness.portals.says(Filing.progress, progress(Milestone.READY, status=CaseStatus.COMPLETED))
    await harness.run()
    before, storage = await figures(harness), harness.services.cases.storage
    async with transaction(storage) as tx:
        await tx.run_sync(Vault(ring.data_key).erase, (await harness.case()).owner)
        await tx.execute(delete(cases).where(cases.c.id == harness.case_id))
    assert await figures(harness) == before


async def test_no_row_holds_anything_by_which_a_case_or_a_person_could_be_known(harness: CaseHarness) -> None:
    harness.portals.says(Filing.file, filed())
    harness.portals.says(Filing.progress, progress(Milestone.READY, status=CaseStatus.COMPLETED))
    await harness.run()
    async with read(harness.services.cases.storage) as connection:
        rows = (await connection.execute(select(case_counts))).all()
    assert rows
    assert {type(value) for row in rows for value in row} == {str, int}
    said = {value for row in rows for value in row if isinstance(value, str)}
    assert said == {
        "echo",
        "echo.note",
        "",
        quarter_of(now()),
        "filed",
        "completed",
        "answered",
        "in_time",
        "days",
        "overrun",
        "waited",
    }

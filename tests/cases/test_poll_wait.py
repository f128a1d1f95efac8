"""How long a step leaves its case alone, on a real database with portals that follow a script."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from gateway.cases.claims import Claims
from gateway.cases.dispatch import Due
from gateway.cases.model import Case, now
from gateway.cases.state import ActionType, Intent, Part, State
from gateway.connectors.contract import CaseStatus, Filed, Filing, Milestone, Unavailable, Unknown
from gateway.time_zones import MOROCCO
from tests.database_sessions import transaction

from .conftest import CaseHarness, filed, paid, progress
from .states import state_of

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
HOUR, DAY = 3600.0, 86_400.0
FIRST = 0.02 * 2 * DAY
"""Echo says that a note usually takes two days."""


def steady(harness: CaseHarness, **journeys: float) -> CaseHarness:
    """Without jitter, and the longest wait a day."""
    return harness.hurried(poll_max_seconds=DAY, announce_spread_seconds=0.0, **journeys)


async def followed(harness: CaseHarness) -> CaseHarness:
    harness.portals.says(Filing.file, filed())
    await harness.run()
    return harness


async def waited(harness: CaseHarness) -> float:
    rest = await harness.step()
    assert rest is not None
    return rest.seconds


async def quiet_for(harness: CaseHarness, seconds: float) -> None:
    def change(state: State) -> None:
        assert state.changed_at is not None
        state.changed_at -= timedelta(seconds=seconds)

    await harness.change(change)


async def test_first_wait_is_the_service_s_and_grows(harness: CaseHarness, store_url: str) -> None:
    harness = await followed(steady(harness))
    assert await waited(harness) == pytest.approx(FIRST, rel=0.01)
    await quiet_for(harness, 20 * HOUR)
    assert await waited(harness) == pytest.approx(5 * HOUR, rel=0.01)
    await quiet_for(harness, 9 * DAY)
    assert await waited(harness) == DAY


async def test_answer_to_the_filing_spares_the_query(harness: CaseHarness, store_url: str) -> None:
    harness = steady(harness)
    harness.portals.says(Filing.file, filed())
    rest = await harness.step()
    assert rest is not None
    assert (rest.seconds, rest.poll_key) == (pytest.approx(FIRST, rel=0.01), "echo.progress")
    assert harness.portals.called[Filing.progress] == 0


async def test_demand_that_ended_at_the_filing_goes_on(harness: CaseHarness, store_url: str) -> None:
    ended = progress(Milestone.DELIVERED, status=CaseStatus.COMPLETED)
    harness.portals.says(Filing.file, Filed(reference="E00000001", progress=ended))
    harness.portals.says(Filing.progress, ended)
    assert (await harness.run()).status is CaseStatus.COMPLETED


async def test_change_begins_anew_and_costs_one_query(harness: CaseHarness, store_url: str) -> None:
    harness = await followed(steady(harness))
    await quiet_for(harness, 8 * DAY)
    harness.portals.says(Filing.progress, progress(Milestone.CREATED, Milestone.PROCESSING, Milestone.READY))
    before = harness.portals.called[Filing.progress]
    assert await waited(harness) == pytest.approx(FIRST, rel=0.01)
    assert harness.portals.called[Filing.progress] == before + 1


async def test_notice_that_brings_nothing_yet_is_followed_soon(harness: CaseHarness, store_url: str) -> None:
    harness = await followed(steady(harness))
    await quiet_for(harness, 20 * DAY)
    await harness.services.cases.make_due("echo", "E00000001")
    assert await waited(harness) == 300.0


async def test_what_a_person_does_begins_anew(harness: CaseHarness, store_url: str) -> None:
    harness = await followed(steady(harness))
    await quiet_for(harness, 20 * DAY)
    case = await harness.case()
    case.due_at = now()  # as every action does
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case)
    assert await waited(harness) == 300.0


async def test_portal_says_itself_when_to_come_again(harness: CaseHarness, store_url: str) -> None:
    harness = await followed(steady(harness))
    harness.portals.says(Filing.progress, progress(Milestone.PROCESSING, check_after=7 * HOUR))
    await waited(harness)
    assert await waited(harness) == 7 * HOUR


async def test_sandbox_is_queried_as_fast_as_it_lives(harness: CaseHarness, store_url: str) -> None:
    harness = await followed(steady(harness, poll_seconds=0.5))
    harness.services.speeds["echo"] = 86_400.0  # type: ignore[index]
    assert await waited(harness) == 0.5


async def test_wait_ends_in_time_for_a_legal_announcement(harness: CaseHarness, store_url: str) -> None:
    harness = await followed(steady(harness))
    await quiet_for(harness, 20 * DAY)
    tomorrow = datetime.now(MOROCCO).date() + timedelta(days=1)

    def soon(state: State) -> None:
        assert state.filing.filed_at is not None
        state.filing.filed_at -= timedelta(days=40)
        last = (tomorrow + timedelta(days=7)).isoformat()
        state.filing.terms = [
            msgspec.structs.replace(each, on=last) for each in state.filing.terms if each.code == "answer"
        ]

    await harness.change(soon)
    midnight = datetime.combine(tomorrow, datetime.min.time(), MOROCCO)
    until = (midnight - datetime.now(UTC)).total_seconds()
    assert await waited(harness) == pytest.approx(max(until, 1.0), abs=60)


async def long_ago(harness: CaseHarness) -> None:
    """Its terms are over, and nobody has said so."""

    def change(state: State) -> None:
        assert state.filing.filed_at is not None
        state.filing.filed_at -= timedelta(days=100)
        state.filing.terms = [
            msgspec.structs.replace(each, on=(date.fromisoformat(each.on) - timedelta(days=100)).isoformat())
            for each in state.filing.terms
        ]

    await harness.change(change)


async def test_term_is_not_told_as_passed_once_answered(harness: CaseHarness, store_url: str) -> None:
    """The portal has answered since it was last queried: that comes first, and there is nothing left to tell."""
    harness = await followed(steady(harness))
    await long_ago(harness)
    harness.portals.says(Filing.progress, progress(Milestone.PROCESSING, Milestone.READY, status=CaseStatus.COMPLETED))
    await harness.run()
    assert "deadline_passed" not in await harness.codes()


async def test_term_is_told_all_the_same_when_the_portal_is_away(harness: CaseHarness, store_url: str) -> None:
    harness = await followed(steady(harness))
    await long_ago(harness)
    harness.portals.says(Filing.progress, Unavailable("portal_timeout"))
    await harness.step()
    codes = await harness.codes()
    assert codes.count("deadline_passed") == 1
    assert "portal_unavailable" in codes


async def test_case_says_when_the_portal_last_spoke(harness: CaseHarness, store_url: str) -> None:
    harness = await followed(steady(harness))
    cases = harness.services.cases

    async def last() -> datetime | None:
        return (await harness.case()).checked_at

    at_filing = await last()
    assert at_filing is not None
    claims = Claims(cases.storage, "one", 60.0)
    (taken,) = [await claims.claim([Due(harness.case_id, now(), "echo", "client:app")])]
    assert taken
    version = (await harness.case()).version
    await claims.rest(harness.case_id, version, 60.0)
    assert await last() == at_filing
    await cases.make_due("echo", "E00000001")
    await claims.claim([Due(harness.case_id, now(), "echo", "client:app")])
    rest = await harness.step()
    assert rest is not None
    assert rest.poll_key == "echo.progress"
    await claims.rest(harness.case_id, rest.version, rest.seconds, rest.poll_key)
    again = await last()
    assert again is not None
    assert again > at_filing
    assert (await harness.case()).version == rest.version


async def test_outcome_that_is_not_known_is_looked_into_soon(harness: CaseHarness, store_url: str) -> None:
    harness = steady(harness)
    harness.portals.says(Filing.file, Unknown())
    harness.portals.says(Filing.find, None)
    assert await waited(harness) <= 5.0
    await harness.change(lambda state: state.intents.update(file=Intent(portal="echo", key="case_1:file", at=now())))
    assert await waited(harness) <= 5.0


async def test_withdrawal_is_carried_on_soon(harness: CaseHarness, store_url: str) -> None:
    harness = await followed(steady(harness))
    await quiet_for(harness, 20 * DAY)

    def bound(state: State) -> None:
        state.ending.status, state.ending.reason = CaseStatus.WITHDRAWN, "withdrawn_by_person"

    await harness.change(bound)
    harness.portals.says(Filing.withdraw, Unavailable("portal_timeout"))
    assert await waited(harness) <= 5.0


async def test_person_who_has_to_choose_costs_no_steps(harness: CaseHarness, store_url: str) -> None:
    """Nobody is queried meanwhile, so that nothing is done until her time is over."""
    harness = steady(harness, appointment_seconds=0.5 * DAY)
    parts = [Part.APPOINTMENT, Part.FILING, Part.FOLLOW]
    service = harness.services.catalogue.service("echo.meeting") or harness.services.catalogue.service("echo.visit")
    assert service is not None
    await harness.become(state_of(parts=parts, portal="echo"))
    case: Case = await harness.case()
    case.service = service.id
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case)
    await harness.step()
    case = await harness.case()
    assert case.state.action is not None
    assert case.state.action.type is ActionType.CHOOSE_SLOT
    assert await waited(harness) == pytest.approx(0.5 * DAY, abs=60)


async def test_fee_is_looked_for_less_and_less(harness: CaseHarness, store_url: str) -> None:
    harness = steady(harness)
    await harness.become(paid(paid_oid="", stamp=""))
    assert await waited(harness) == 300.0
    case = await harness.case()
    case.created_at -= timedelta(days=2)
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case)
    assert await waited(harness) == pytest.approx(12 * HOUR, rel=0.01)

"""One request about many cases: who is in it, and whose answer is believed. On a real database, by a script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from gateway.audit.entry import Hop
from gateway.cases.batches import matched
from gateway.cases.claims import Claims, Lease
from gateway.cases.dispatch import Due
from gateway.cases.journey import Journey
from gateway.cases.model import Case, Contact, Personal, now
from gateway.cases.portal_steps import fingerprint
from gateway.cases.state import Part
from gateway.connectors.contract import CaseStatus, DemandRef, Filing, Milestone, Progress, Refused, Unavailable
from tests.database_sessions import transaction

from .conftest import CaseHarness, Damage, progress
from .states import state_of

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
KEY = "echo.progress"
NEWS = (Milestone.CREATED, Milestone.PROCESSING)


class Many(Filing):
    progress_many_most = 4


@pytest.fixture
def many(harness: CaseHarness) -> CaseHarness:
    """Six cases at Echo, `case_1` to `case_6`, all of which wait for nothing but its word."""
    harness.portals.implements = lambda portal, method: method is Filing.progress_many  # type: ignore[attr-defined]
    harness.portals.connector = lambda portal: Many()  # type: ignore[attr-defined]
    return harness


def reference(number: int) -> str:
    return f"E{number:08d}"


def said(number: int, *milestones: Milestone) -> Progress:
    return msgspec.structs.replace(progress(*(milestones or NEWS)), reference=reference(number))


@asynccontextmanager
async def held(harness: CaseHarness, *numbers: int) -> AsyncIterator[tuple[Journey, Claims, dict[str, Lease]]]:
    """Cases that were followed for a while, leased to one worker."""
    for number in numbers:
        state = state_of(
            parts=[Part.FILING, Part.FOLLOW],
            portal="echo",
            reference=reference(number),
            filed_at=now() - timedelta(days=3),
            milestone=Milestone.CREATED,
            portal_status="created",
            steps_seen=1,
            steps=[fingerprint(each) for each in said(number, Milestone.CREATED).steps],
        )
        case = Case(
            id=f"many_{number}",
            client="app",
            subject="",
            service="echo.note",
            status=CaseStatus.IN_PROGRESS,
            version=1,
            language="fr",
            created_at=now(),
            updated_at=now(),
            deadline_on=None,
            due_at=now(),
            state=state,
        )
        contact = Contact(name="Amina", email="amina@example.org")
        personal = Personal(form={"text": "Bonjour"}, contact=contact, access={"pin": str(number)})
        async with transaction(harness.services.cases.storage) as tx:
            await tx.run_sync(harness.services.cases.insert, case, personal, [])
    claims = Claims(harness.services.cases.storage, "one", 60.0)
    leases = await claims.claim([Due(f"many_{number}", now(), "echo", "client:app") for number in numbers])
    yield harness.services.journey(), claims, leases


async def codes(harness: CaseHarness, number: int) -> list[str]:
    return [event.code for event in await harness.services.cases.events(f"many_{number}")]


def test_each_is_matched_by_its_reference_alone(store_url: str) -> None:
    three = [said(3), said(1), said(2)]
    found = matched([reference(n) for n in (1, 2, 3)], three)
    assert found == {reference(1): three[1], reference(2): three[2], reference(3): three[0]}


def test_reference_that_is_missing_or_doubled_is_left_out(store_url: str) -> None:
    found = matched([reference(n) for n in (1, 2, 3)], [said(1), said(2), said(2, Milestone.READY)])
    assert set(found or {}) == {reference(1)}


def test_nothing_is_believed_beside_what_nobody_named(store_url: str) -> None:
    assert matched([reference(1), reference(2)], [said(1), said(9)]) is None


async def test_one_request_serves_all_and_each_is_stepped(many: CaseHarness, store_url: str) -> None:
    named: list[DemandRef] = []

    async def answer(demands: list[DemandRef]) -> list[Progress]:
        named.extend(demands)
        return [said(3), said(1), said(2, Milestone.CREATED)]

    many.portals.says(Filing.progress_many, answer)
    async with held(many, 1, 2, 3) as (journey, _, leases):
        prepared = await journey.batches.query(KEY, leases)
        rests = {case_id: await journey.advance(case_id, lease, prepared[case_id]) for case_id, lease in leases.items()}
    assert [(each.reference, each.key, each.access) for each in named] == [
        (reference(n), f"many_{n}:file", {"pin": str(n)}) for n in (1, 2, 3)
    ]
    assert many.portals.called[Filing.progress_many] == 1
    assert many.portals.called[Filing.progress] == 0
    assert [rest.poll_key for rest in rests.values() if rest] == [KEY] * 3
    assert [await codes(many, n) for n in (1, 2, 3)] == [["portal_step"], [], ["portal_step"]]


async def test_record_of_the_request_names_the_cases(many: CaseHarness, store_url: str) -> None:
    """A record of the request, and one of each case that it changed: the others have none of their own."""

    async def answer(demands: list[DemandRef]) -> list[Progress]:
        many.portals.entry.hops.append(Hop(attempt=1, portal="echo", operation="progress_many", method="POST"))
        return [said(1), said(2, Milestone.CREATED)]

    many.portals.says(Filing.progress_many, answer)
    async with held(many, 1, 2) as (journey, _, leases):
        prepared = await journey.batches.query(KEY, leases)
        for case_id, lease in leases.items():
            await journey.advance(case_id, lease, prepared[case_id])
    batch, changed = many.records.entries
    assert (batch.operation, batch.cases, len(batch.hops)) == ("journey.follow_many", ["many_1", "many_2"], 1)
    assert (changed.operation, changed.case_id, changed.batch) == ("journey.follow", "many_1", batch.call_id)
    assert not changed.hops


@pytest.mark.parametrize(
    ("answer", "alone"),
    [
        ([said(1), said(2)], {3}),
        ([said(1), said(2), said(3), said(3)], {3}),
        ([said(1), said(2), said(3), said(9)], {1, 2, 3}),
        ([said(1), said(2), progress(Milestone.CREATED)], {3}),
    ],
    ids=["missing", "doubled", "not named", "less than before"],
)
async def test_strange_answer_leaves_its_cases_to_be_queried_alone(
    many: CaseHarness, store_url: str, answer: list[Progress], alone: set[int]
) -> None:
    if alone == {3} and len(answer) == 3:  # under the right reference, with no history at all
        answer = [*answer[:2], msgspec.structs.replace(said(3), steps=[])]
    many.portals.says(Filing.progress_many, answer)
    async with held(many, 1, 2, 3) as (journey, _, leases):
        prepared = await journey.batches.query(KEY, leases)
        assert {f"many_{n}" for n in (1, 2, 3)} - set(prepared) == {f"many_{n}" for n in alone}
        for number in sorted(alone):
            many.portals.says(Filing.progress, said(number))
            await journey.advance(f"many_{number}", leases[f"many_{number}"], None)
    assert many.portals.called[Filing.progress] == len(alone)


async def test_case_that_changed_meanwhile_queries_for_itself(many: CaseHarness, store_url: str) -> None:
    many.portals.says(Filing.progress_many, [said(1), said(2)])
    many.portals.says(Filing.progress, said(1, Milestone.CREATED, Milestone.READY))
    async with held(many, 1, 2) as (journey, _, leases):
        prepared = await journey.batches.query(KEY, leases)
        await many.services.cases.make_due("echo", reference(1))
        await journey.advance("many_1", leases["many_1"], prepared["many_1"])
    assert many.portals.called[Filing.progress] == 1
    case = await many.services.cases.get("many_1")
    assert case is not None
    assert case.state.filing.milestone is Milestone.READY


async def test_only_cases_that_this_worker_holds_are_named(many: CaseHarness, store_url: str) -> None:
    named: list[str] = []

    async def answer(demands: list[DemandRef]) -> list[Progress]:
        named.extend(each.reference for each in demands)
        return []

    many.portals.says(Filing.progress_many, answer)
    async with held(many, 1, 2, 3) as (journey, claims, leases):
        await claims.rest("many_2", 1, 60.0, KEY)
        await Claims(many.services.cases.storage, "two", 60.0).claim_polled(KEY, 1, 120.0)
        await journey.batches.query(KEY, leases)
    assert named == [reference(1), reference(3)]


async def test_others_are_taken_as_they_fall_due(many: CaseHarness, store_url: str) -> None:
    """No more than are wanted, those first that are due first, and none whose time is far."""
    async with held(many, 1, 2, 3, 4, 5) as (_, claims, _leases):
        for number, seconds in ((1, 40.0), (2, 30.0), (3, 20.0), (4, 3600.0)):
            await claims.rest(f"many_{number}", 1, seconds, KEY)
        await claims.rest("many_5", 1, 10.0)  # has something else to do
        other = Claims(many.services.cases.storage, "two", 60.0)
        assert set(await other.claim_polled(KEY, 2, 60.0)) == {"many_3", "many_2"}
        assert set(await other.claim_polled(KEY, 9, 60.0)) == {"many_1"}
        assert set(await claims.claim_polled(KEY, 9, 60.0)) == set()


async def test_portal_that_is_away_is_away_for_all(many: CaseHarness, store_url: str) -> None:
    many.portals.says(Filing.progress_many, Unavailable("portal_timeout"))
    async with held(many, 1, 2) as (journey, _, leases):
        prepared = await journey.batches.query(KEY, leases)
        for case_id, lease in leases.items():
            rest = await journey.advance(case_id, lease, prepared[case_id])
            assert rest is not None
            assert rest.seconds <= 5.0
    assert many.portals.called[Filing.progress] == 0
    assert await codes(many, 1) == await codes(many, 2) == ["portal_unavailable"]
    assert journey.batches.at_once(KEY) == 1


@pytest.mark.parametrize("error", [Unavailable("portal_answer_unexpected"), Refused("not_found_at_portal")])
async def test_request_that_only_fails_for_many_hurts_no_case(
    many: CaseHarness, store_url: str, error: Exception
) -> None:
    many.portals.says(Filing.progress_many, error)
    async with held(many, 1, 2) as (journey, _, leases):
        assert journey.batches.at_once(KEY) == 4
        assert await journey.batches.query(KEY, leases) == {}
        assert journey.batches.at_once(KEY) == 1
    assert await codes(many, 1) == []
    hurried = many.hurried(poll_alone_seconds=0.001).services.journey()
    assert hurried.batches.at_once(KEY) == 4


async def test_answer_to_less_than_two_cases_is_not_sought(many: CaseHarness, store_url: str) -> None:
    async with held(many, 1) as (journey, _, leases):
        assert await journey.batches.query(KEY, leases) == {}
    assert many.portals.called[Filing.progress_many] == 0


async def test_operator_may_say_less_than_the_connector(many: CaseHarness, store_url: str) -> None:
    sizes = [many.hurried(poll_at_once=most).services.journey().batches.at_once(KEY) for most in (1, 3, 100)]
    assert sizes == [1, 3, 4]
    assert many.services.journey().batches.at_once("barid.trace") == 1


async def test_two_cases_of_one_reference_are_not_told_apart(many: CaseHarness, store_url: str) -> None:
    """So neither is in the request."""
    many.portals.says(Filing.progress_many, [said(1), said(2), said(3)])
    async with held(many, 1, 2, 3) as (journey, _, leases):
        case = await many.services.cases.get("many_3")
        assert case is not None
        case.state.filing.reference = reference(2)
        async with transaction(many.services.cases.storage) as tx:
            await tx.run_sync(many.services.cases.save, case)
        assert await journey.batches.query(KEY, leases) == {}  # one is left: that is no request for many
    assert many.portals.called[Filing.progress_many] == 0


async def test_damaged_case_is_not_named(many: CaseHarness, damage: Damage, store_url: str) -> None:
    named: list[DemandRef] = []

    async def answer(demands: list[DemandRef]) -> list[Progress]:
        named.extend(demands)
        return [said(1), said(3)]

    async with held(many, 1, 2, 3) as (journey, _, leases):
        await damage(replace(many, case_id="many_2"))
        many.portals.says(Filing.progress_many, answer)
        assert set(await journey.batches.query(KEY, leases)) == {"many_1", "many_3"}
    assert [each.reference for each in named] == [reference(1), reference(3)]

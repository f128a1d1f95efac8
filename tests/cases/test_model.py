"""The case's states, and the rule that an ended case never changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cases import actions
from gateway.cases.claims import Claims
from gateway.cases.model import ENDED, TRANSITIONS, Case, Contact, Personal
from gateway.cases.state import Action, ActionType, Part, State
from gateway.connectors.contract import CaseStatus, RequiredAction
from tests.database_sessions import transaction

from .conftest import CaseHarness
from .states import state_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = st.sampled_from(CaseStatus)


def case_with(status: CaseStatus = CaseStatus.RECEIVED, state: State | None = None) -> Case:
    return Case(
        id="case_1", client="app", subject="p_1", service="echo.note", status=status, version=1, language="fr",
        created_at=NOW, updated_at=NOW, deadline_on=None, due_at=NOW, state=state or state_of(parts=[], portal="echo"),
    )  # fmt: skip


@given(st.lists(STATUSES, max_size=12))
def test_once_ended_a_case_keeps_its_status_and_it_is_never_received_again(wishes: list[CaseStatus]) -> None:
    case = case_with()
    left, end = False, None
    for wish in wishes:
        try:
            case.move(wish)
        except ValueError:
            assert case.status is not wish
        left = left or case.status is not CaseStatus.RECEIVED
        end = end or (case.status if case.ended else None)
        assert end is None or case.status is end
        assert not (left and case.status is CaseStatus.RECEIVED)


@given(STATUSES, STATUSES)
def test_an_open_case_can_end_in_every_way_and_an_ended_one_in_none(before: CaseStatus, after: CaseStatus) -> None:
    allowed = after in TRANSITIONS[before]
    if before in ENDED:
        assert not allowed
    elif after in ENDED:
        assert allowed


def test_every_status_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(CaseStatus)


def waiting(*options: str) -> State:
    action = Action(type=ActionType.CONFIRM, code="parcel_lost", options=list(options))
    return state_of(parts=[Part.SHIPPING], portal="echo", action=action)


def choose(case: Case, choice: str) -> None:
    personal = Personal(form={}, contact=Contact(name="Amina", email="amina@example.org"))
    actions.answer(case, personal, ActionType.CONFIRM, actions.ActionReply(choice=choice))


@given(status=st.sampled_from(sorted(ENDED)), choice=st.text(max_size=10))
def test_nobody_can_act_on_an_ended_case(status: CaseStatus, choice: str) -> None:
    case = case_with(status, waiting(choice))
    for act in (lambda: choose(case, choice), lambda: actions.expect(case, ActionType.CONFIRM)):
        with pytest.raises(actions.Ended):
            act()


@given(st.text(max_size=12))
def test_a_choice_is_taken_letter_by_letter_or_not_at_all(choice: str) -> None:
    case = case_with(CaseStatus.ACTION_REQUIRED, waiting("reissue", "refund"))
    if choice in ("reissue", "refund"):
        choose(case, choice)
        assert (case.state.answer, case.status) == (choice, CaseStatus.IN_PROGRESS)
        return
    with pytest.raises(actions.NotAnOption) as refused:
        choose(case, choice)
    assert refused.value.options == ["reissue", "refund"]
    assert (case.state.answer, case.status) == ("", CaseStatus.ACTION_REQUIRED)


def test_a_choice_is_made_once() -> None:
    case = case_with(CaseStatus.ACTION_REQUIRED, waiting("reissue", "refund"))
    choose(case, "refund")
    with pytest.raises(actions.NotOpen):
        choose(case, "reissue")
    assert case.state.answer == "refund"


async def claimed(harness: CaseHarness) -> Claims:
    """A worker's leases; it holds the case."""
    cases = harness.services.cases
    claims = Claims(cases.storage, "worker", 60.0)
    assert set(await claims.claim(await cases.due(1))) == {harness.case_id}
    return claims


async def test_when_the_journey_goes_on_is_moved_only_by_whoever_means_to(harness: CaseHarness) -> None:
    """A save of something else, read before, does not bring an old time back."""
    read = await harness.case()
    assert read.due_at is not None
    claims = await claimed(harness)
    await claims.rest(harness.case_id, read.version, 3600.0)
    await claims.rest(harness.case_id, read.version, 1.0)  # it no longer holds the case
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, read)
    postponed = (await harness.case()).due_at
    assert postponed is not None
    assert postponed > read.due_at + timedelta(minutes=50)
    assert await harness.services.cases.due(10) == []


async def test_a_choice_makes_the_journey_due_even_while_it_is_about_to_rest(harness: CaseHarness) -> None:
    rested = await harness.case()
    assert rested.due_at is not None
    claims = await claimed(harness)
    await harness.change(lambda state: setattr(state, "action", waiting("refund").action))
    chosen = await harness.case()
    choose(chosen, "refund")
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, chosen)
    await claims.rest(harness.case_id, rested.version, 300.0)
    assert [each.case_id for each in await harness.services.cases.due(10)] == [harness.case_id]


async def test_an_ended_case_is_never_due(harness: CaseHarness) -> None:
    case = await harness.case()
    case.move(CaseStatus.COMPLETED)
    async with transaction(harness.services.cases.storage) as tx:
        await tx.run_sync(harness.services.cases.save, case)
    assert (await harness.case()).due_at is None
    assert await harness.services.cases.due(10) == []
    assert await harness.step() is None


def test_portals_can_ask_for_every_action() -> None:
    asked = get_args(get_type_hints(RequiredAction)["type"])
    assert sorted(asked) == sorted(each.value for each in ActionType if each is not ActionType.WITHDRAW)

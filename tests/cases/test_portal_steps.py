"""What of a portal's history is new to a case: of all of it, of its end, and of a portal that only knows now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from gateway.cases import portal_steps
from gateway.cases.portal_steps import MOST_STEPS, fingerprint
from gateway.cases.state import FilingPart, Part, ShipmentPart
from gateway.connectors.contract import CaseStatus, Filing, Milestone, Progress, Shipping, Step

from .conftest import CaseHarness, filed
from .states import state_of

DAY = datetime(2027, 6, 2, tzinfo=UTC)
ON_SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def steps(*told: str) -> list[Step]:
    """Of `label` or `label@hour`; by themselves they are an hour apart."""
    made = []
    for place, each in enumerate(told):
        label, _, hour = each.partition("@")
        made.append(Step(at=DAY + timedelta(hours=int(hour or place)), label=label))
    return made


def says(*told: str, word: str | None = None, milestone: Milestone | None = None) -> Progress:
    history = steps(*told)
    word = history[-1].label if word is None else word
    status = CaseStatus.IN_PROGRESS
    return Progress(reference="E1", status=status, portal_status=word, milestone=milestone, steps=history)


def told_by(*answers: Progress, part: FilingPart | ShipmentPart | None = None) -> list[list[str]]:
    """The labels of the timeline entries that each answer makes."""
    part = part or FilingPart(portal="echo")
    return [[event.data["label"] for event in portal_steps.take(part, each)] for each in answers]


@pytest.mark.parametrize(
    ("first", "then", "new"),
    [
        (["a", "b"], ["a", "b"], []),
        (["a", "b"], ["a", "b", "c"], ["c"]),
        (["a", "b", "c"], ["b@1", "c@2", "d@3"], ["d"]),
        (["a", "b", "c"], ["a"], []),
        (["a@0", "c@2"], ["a@0", "b@1", "c@2", "d@3"], ["b", "d"]),
        (["a@0", "b@0"], ["b@0", "a@0"], []),
        (["a", "a", "b"], ["a", "a", "b", "a"], ["a"]),
        (["late@0", "b@1", "c@2"], ["b@1", "c@2", "late@3"], ["late"]),
        (["a@0", "b@1"], ["a@0", "b@2", "c@3"], ["c"]),
        (["a@0", "b@1"], ["a@5", "b@6", "c@7"], ["c"]),
        (["A@0", "B@1"], ["a@0", "b@1", "c@2"], ["c"]),
        (["a@0", "b@1"], ["x@7", "a@0", "b@1"], ["x"]),
        (["a@0"], [], []),
    ],
    ids=[
        "the same again",
        "longer",
        "the last three only",
        "cut short",
        "one put between",
        "in another order",
        "the same label again",
        "dropped and come again",
        "one dated otherwise",
        "all dated otherwise",
        "all worded otherwise",
        "one put before",
        "none at all",
    ],
)
def test_only_new_steps_are_told(first: list[str], then: list[str], new: list[str]) -> None:
    assert told_by(says(*first, word="w"), says(*then, word="w"), says(*then, word="w"))[1:] == [new, []]


def test_portal_that_tells_only_its_present_state() -> None:
    told = told_by(says("filed@9"), says("checked@11"), says("checked@11"), says("granted@15"), says("granted@15"))
    assert told == [["filed"], ["checked"], [], ["granted"], []]


def test_history_that_was_cut_for_a_time_is_not_told_twice() -> None:
    answers = [says(*each, word="w") for each in ("abc", "a", ["c@2"], "abc", "abcd")]
    assert told_by(*answers)[1:] == [[], [], [], ["d"]]
    assert told_by(says(*"abc"), says("a", word="c"), says("b@3", "c@4", word="c")) == [["a", "b", "c"], [], []]


def test_known_steps_are_kept_as_the_portal_last_told_them() -> None:
    put_between = [says(*each, word="w") for each in (["a@0", "c@2"], ["a@0", "b@1", "c@2"], ["a@5", "b@6", "c@7"])]
    assert told_by(*put_between) == [["a", "c"], ["b"], []]
    otherwise = [says(*each, word="w") for each in (["a@0", "b@1"], ["a@5", "b@6"], ["A@5", "B@6"])]
    assert told_by(*otherwise) == [["a", "b"], [], []]


def test_state_of_the_same_day_is_told() -> None:
    assert told_by(says("filed@0"), says("checked@0"), says("granted@0")) == [["filed"], ["checked"], ["granted"]]


def test_state_entered_again_is_told() -> None:
    assert told_by(says("checked@1"), says("frozen@2"), says("checked@3")) == [["checked"], ["frozen"], ["checked"]]


def test_time_that_moves_with_each_query_is_no_news() -> None:
    told = told_by(says("filed@1"), says("checked@2"), *(says(f"checked@{hour}") for hour in range(3, 9)))
    assert told == [["filed"], ["checked"], *([[]] * 6)]


def test_another_offset_is_the_same_time() -> None:
    there = DAY.astimezone(timezone(timedelta(hours=1)))
    assert fingerprint(Step(at=DAY, label="a")) == fingerprint(Step(at=there, label="a"))


def test_word_is_an_entry_where_there_is_no_history() -> None:
    told = told_by(says(word="DEPOSEE"), says(word="EN_CONTROLE"), says(word="EN_CONTROLE"), says(word=""))
    assert told == [[], ["EN_CONTROLE"], [], []]


def test_word_comes_again_after_another() -> None:
    assert told_by(*(says(word=each) for each in "ABAB")) == [[], ["B"], ["A"], ["B"]]


@pytest.mark.parametrize(
    ("milestone", "told"),
    [(None, []), (Milestone.CREATED, []), (Milestone.OUT_FOR_DELIVERY, ["w"]), (Milestone.READY, ["w"])],
)
def test_first_word_is_told_if_it_is_news(milestone: Milestone | None, told: list[str]) -> None:
    assert told_by(says(word="w", milestone=milestone), part=ShipmentPart(portal="barid")) == [told]


def test_word_and_its_later_step_are_one_entry() -> None:
    """A portal whose history has the state a little later than its word."""
    assert told_by(says("A"), says(word="B"), says("A", "B")) == [["A"], ["B"], []]


def test_word_is_dated_by_us_and_a_step_by_its_portal() -> None:
    part = FilingPart(portal="echo", portal_status="A")
    (word,) = portal_steps.take(part, says(word="B", milestone=Milestone.PROCESSING))
    (step,) = portal_steps.take(part, says("C@3"))
    assert word.data == {"label": "B", "milestone": Milestone.PROCESSING, "portal_time": None}
    assert step.data["portal_time"] == DAY + timedelta(hours=3)


def test_case_of_an_earlier_version_counts_once() -> None:
    """It has a number alone; nothing that it was told is told again."""
    part = FilingPart(portal="echo", steps_seen=2, portal_status="b")
    assert told_by(says("a", "b"), says("a", "b", "c"), says("c@2", "d@3"), part=part) == [[], ["c"], ["d"]]


def test_case_of_an_earlier_version_waits_for_as_many() -> None:
    part = FilingPart(portal="echo", steps_seen=2, portal_status="b")
    told = told_by(says("a", word="b"), says(word="c"), says("a", "b", word="c"), says("a", "b", "c"), part=part)
    assert told == [[], ["c"], [], ["c"]]


def test_number_of_steps_is_bounded_and_the_bound_logged() -> None:
    part = FilingPart(portal="echo")
    flood = [says(*(f"{n}-{each}@{n}" for each in range(80)), word="w") for n in range(9)]
    with capture_logs() as logs:
        told = told_by(*flood, part=part)
    assert sum(map(len, told)) == len(part.steps) == MOST_STEPS
    assert {each["event"] for each in logs} == {"portal_steps_too_many"}
    assert told_by(says(word="other"), part=part) == [[]]


def test_one_answer_beyond_the_bound_is_logged() -> None:
    with capture_logs() as logs:
        told = told_by(says(*(f"{n}@{n}" for n in range(MOST_STEPS + 1)), word="w"))
    assert len(told[0]) == MOST_STEPS
    assert [each["event"] for each in logs] == ["portal_steps_too_many"]


async def labels(harness: CaseHarness) -> list[str]:
    events = await harness.services.cases.events(harness.case_id)
    return [event.data["label"] for event in events if event.code == "portal_step"]


async def query(harness: CaseHarness, operation: Any, *answers: Progress) -> None:
    for each in answers:
        harness.portals.says(operation, msgspec.structs.replace(each, reference="E00000001"))
        await harness.step()


@ON_SQLITE
@pytest.mark.parametrize("with_steps", [True, False])
async def test_case_of_a_portal_without_history(harness: CaseHarness, with_steps: bool, store_url: str) -> None:
    at_first = says("DEPOSEE@9") if with_steps else says(word="DEPOSEE", milestone=Milestone.CREATED)
    harness.portals.says(Filing.file, msgspec.structs.replace(filed(), progress=at_first))
    await harness.step()
    checked = says("EN_CONTROLE@11") if with_steps else says(word="EN_CONTROLE")
    await query(harness, Filing.progress, checked, checked)
    end = says("ACCORDEE@15") if with_steps else says(word="ACCORDEE")
    harness.portals.says(Filing.progress, msgspec.structs.replace(end, status=CaseStatus.COMPLETED))
    assert (await harness.run()).status is CaseStatus.COMPLETED
    assert await labels(harness) == [*(["DEPOSEE"] if with_steps else []), "EN_CONTROLE", "ACCORDEE"]


@ON_SQLITE
async def test_step_without_any_other_change_is_stored(harness: CaseHarness, store_url: str) -> None:
    """A portal that shows its last steps: their number, its word and our milestone stay as they are."""
    harness.portals.says(Filing.file, filed())
    await harness.step()
    await query(harness, Filing.progress, says("a@1", "b@2", word="w"), says("b@2", "c@3", word="w"))
    assert await labels(harness) == ["created", "a", "b", "c"]


@ON_SQLITE
async def test_case_of_an_earlier_version_learns_its_steps_at_once(harness: CaseHarness, store_url: str) -> None:
    """Of a portal that shows its last steps: its next answer has as many, and a new one among them."""
    harness.portals.says(Filing.file, filed())
    await harness.step()
    await query(harness, Filing.progress, says("created@0", "b@2", word="w"))
    await harness.change(lambda state: state.filing.steps.clear())
    changed_at = (await harness.case()).state.changed_at
    await query(harness, Filing.progress, says("created@0", "b@2", word="w"))
    assert (await harness.case()).state.changed_at == changed_at, "no news"
    await query(harness, Filing.progress, says("b@2", "c@3", word="w"), says("c@3", "d@4", word="w"))
    assert await labels(harness) == ["created", "b", "c", "d"]


@ON_SQLITE
async def test_parcel_without_history_is_told_too(harness: CaseHarness, store_url: str) -> None:
    state = state_of(parts=[Part.SHIPPING], portal="echo", reference="E00000001", followed=True)
    state.shipment = ShipmentPart(portal="barid", number="RR1")
    await harness.become(state)
    on_its_way = [
        says(word="ACCEPTE", milestone=Milestone.CREATED),
        says(word="EN_ROUTE", milestone=Milestone.IN_TRANSIT),
        says(word="EN_ROUTE", milestone=Milestone.IN_TRANSIT),
        says(word="EN_TOURNEE", milestone=Milestone.OUT_FOR_DELIVERY),
    ]
    await query(harness, Shipping.trace, *on_its_way)
    assert await labels(harness) == ["EN_ROUTE", "EN_TOURNEE"]
    assert (await harness.case()).state.shipment.milestone is Milestone.OUT_FOR_DELIVERY


@pytest.mark.parametrize(
    ("then", "another"),
    [
        (["b@1", "c@2"], False),
        (["c@2", "d@3"], False),
        (["a@0", "b@1", "c@2", "d@3"], False),
        (["x@7", "y@8", "z@9"], False),
        (["a@0"], True),
        (["a@0", "b@1"], True),
        (["a@0", "d@3"], True),
        (["c@2", "d@3", "b@1"], False),
        (["x@7"], True),
        ([], True),
    ],
)
def test_fewer_steps_that_do_not_go_on_may_be_anothers(then: list[str], another: bool) -> None:
    """In an answer about several demands: the case is then queried alone."""
    part = FilingPart(portal="echo")
    portal_steps.take(part, says("a@0", "b@1", "c@2", word="w"))
    assert portal_steps.is_of_another(part, says(*then, word="w")) is another


def test_of_a_case_without_known_steps_fewer_are_anothers() -> None:
    assert portal_steps.is_of_another(FilingPart(portal="echo", steps_seen=2), says("a")) is True
    assert portal_steps.is_of_another(FilingPart(portal="echo"), says("a")) is False

"""Each law can be broken: a violation is planted for each, and found by that law and no other."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from .laws import LAWS, Broken, Case, Found, judge

PAID = {"capture": 1, "stamp": 1, "stamp_consumed": 1, "order": 1, "shipment": 1}
SAYS = ("received", "paid", "stamp_issued", "filed", "stamp_used", "shipped", "completed")
DONE = Case(
    id="case_1", service="watiqa.birth-extract", status="completed", timeline=SAYS, paid=1, stamps_used=1,
    effects=Counter(PAID),
)  # fmt: skip
BACK = Case(
    id="case_2", service="watiqa.birth-extract", status="withdrawn",
    timeline=("received", "filed", "withdrawn_at_portal", "withdrawn"), effects=Counter(order=1, cancellation=1),
)  # fmt: skip
EFFECTS = Counter({("watiqa", "order"): 2, ("etimbre", "stamp"): 1, ("etimbre", "stamp_consumed"): 1})
HOPS = Counter({("watiqa", "file"): 3, ("etimbre", "issue"): 1, ("etimbre", "consume"): 1})
WELL = Found(seed=7, steps=("files", "pays"), cases=(DONE, BACK), effects=EFFECTS, hops=HOPS)


def with_case(**changes: object) -> Found:
    return replace(WELL, cases=(DONE, replace(BACK, **changes)))


PLANTED = {
    "money_and_effects_balance": [
        replace(WELL, cases=(replace(DONE, paid=0),)),
        replace(WELL, cases=(replace(DONE, stamps_voided=1),)),
        with_case(effects=Counter(order=2, cancellation=1)),
        with_case(held=1),
    ],
    "no_effect_is_without_a_record": [
        replace(WELL, hops=Counter({("watiqa", "file"): 1})),
        replace(WELL, hops=HOPS - Counter({("watiqa", "file"): 2}), killed=True),
    ],
    "nothing_is_alive_for_an_ended_case": [with_case(demand_alive=True), with_case(booking_alive=True)],
    "no_case_is_stuck": [with_case(status="in_progress")],
    "what_is_offered_is_possible": [replace(WELL, refused_offers=("pay: action_not_open",))],
    "replays_are_identical": [replace(WELL, replays=(("POST /v1/cases", (201, b"a"), (201, b"b")),))],
    "receipts_and_log_verify": [
        replace(WELL, receipts_wrong=("case_1",)),
        replace(WELL, log_says="record 3 is not the one that was signed"),
    ],
    "the_timeline_says_only_what_happened": [
        with_case(timeline=("received", "filed", "withdrawn_at_portal", "withdrawn"), effects=Counter(order=1)),
        replace(WELL, cases=(replace(DONE, timeline=(*SAYS, "appointment_cancelled")),)),
    ],
}


def test_a_walk_in_which_all_is_well_breaks_no_law() -> None:
    judge(WELL)


def test_an_effect_that_was_found_after_a_kill_has_a_record() -> None:
    judge(replace(WELL, hops=HOPS - Counter({("watiqa", "file"): 2}) + Counter({("watiqa", "find"): 1}), killed=True))


def test_a_violation_is_planted_for_each_law() -> None:
    assert set(PLANTED) == {law.__name__ for law in LAWS}


@pytest.mark.parametrize(("law", "found"), [(law, found) for law, each in PLANTED.items() for found in each])
def test_a_planted_violation_is_found_by_its_law(law: str, found: Found) -> None:
    with pytest.raises(Broken, match=f"seed 7, {law}: .*\n"):
        judge(found)
    for other in LAWS:
        if other.__name__ != law:
            other(found)

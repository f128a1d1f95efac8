"""When a portal is queried again, and how often that makes: on a clock that the test gives."""

from __future__ import annotations

import heapq
import random

import pytest

from gateway.cases.polling import DAY, OpenCases, interval, jittered, load, queries
from gateway.settings import Journeys

HOUR = 3600.0
RULES = Journeys()


def waits(rules: Journeys, usual_days: float | None, until: float) -> list[float]:
    """The waits of a case of which there is no news, without jitter."""
    at, found = 0.0, []
    while at < until:
        found.append(interval(rules, usual_days=usual_days, quiet=at))
        at += found[-1]
    return found


def test_first_wait_is_a_share_of_what_the_service_takes() -> None:
    assert interval(RULES, usual_days=3, quiet=0) == pytest.approx(0.02 * 3 * DAY)
    assert interval(RULES, usual_days=30, quiet=0) == pytest.approx(0.02 * 30 * DAY)
    assert interval(RULES, usual_days=None, quiet=0) == pytest.approx(0.02 * 7 * DAY)


def test_waits_grow_while_nothing_changes_up_to_the_longest() -> None:
    found = waits(RULES, 1, 40 * DAY)
    assert found == sorted(found)
    assert found[0] == pytest.approx(0.48 * HOUR)
    assert found[-1] == DAY
    assert interval(RULES, usual_days=1, quiet=10 * HOUR) == 2.5 * HOUR


def test_no_wait_is_shorter_than_the_shortest() -> None:
    assert interval(RULES, usual_days=0.01, quiet=0) == 300
    assert interval(RULES, usual_days=3, quiet=0, hint=1.0) == 300
    assert interval(Journeys(poll_seconds=600, poll_max_seconds=60), usual_days=90, quiet=9e9) == 600


def test_expected_news_is_looked_for_soon_and_then_less_and_less() -> None:
    assert interval(RULES, usual_days=60, quiet=0, expecting=True) == 300
    assert interval(RULES, usual_days=60, quiet=HOUR, expecting=True) == 900
    assert interval(RULES, usual_days=60, quiet=0) == DAY


def test_what_the_portal_says_comes_before_our_own_reckoning() -> None:
    assert interval(RULES, usual_days=60, quiet=20 * DAY, hint=2 * HOUR) == 2 * HOUR
    assert interval(RULES, usual_days=1, quiet=0, hint=9 * HOUR) == 9 * HOUR
    assert interval(RULES, usual_days=1, quiet=0, hint=90 * DAY) == DAY


@pytest.mark.parametrize("hint", [-1.0, float("nan"), float("inf")])
def test_hint_that_is_no_time_is_passed_over(hint: float) -> None:
    assert interval(RULES, usual_days=1, quiet=0, hint=hint) == pytest.approx(0.48 * HOUR)


def test_time_of_a_sandbox_runs_as_fast_as_its_portal_lives() -> None:
    assert interval(RULES, usual_days=30, quiet=0, speed=864.0) == 300
    assert interval(Journeys(poll_seconds=0.5), usual_days=30, quiet=0, speed=8640.0) == pytest.approx(6.0)
    assert interval(Journeys(poll_seconds=0.5), usual_days=30, quiet=9e9, speed=8640.0) == pytest.approx(10.0)


def test_jitter_only_shortens() -> None:
    assert jittered(100.0, 0.1, lambda low, high: low) == 100.0
    assert jittered(100.0, 0.1, lambda low, high: high) == pytest.approx(90.0)


def test_cases_filed_together_drift_apart() -> None:
    """A thousand cases of one moment: after three days no tenth of an hour has more than 3 % of them."""
    draw = random.Random(7)
    ends = []
    for _ in range(1000):
        at = 0.0
        while at < 3 * DAY:
            at += jittered(interval(RULES, usual_days=7, quiet=at), RULES.poll_jitter, draw.uniform)
        ends.append(at)
    slots = [int(each // 360) for each in ends]
    assert max(slots.count(each) for each in set(slots)) < 30


def simulated(rules: Journeys, cases: OpenCases, days: float, seed: int = 1) -> float:
    """Queries a second, counted over the last half of `days` on a simulated clock. Portals have news of each case at
    even distances, whether we look or not; a case that has ended is replaced by another one."""
    draw = random.Random(seed)
    stretch = cases.open_days * DAY / cases.changes
    heap: list[tuple[float, int, float, float]] = []
    for number in range(cases.number):
        changed = -draw.uniform(0, stretch)
        heapq.heappush(heap, (draw.uniform(0, 600), number, changed, changed + stretch))
    counted, half, end = 0, days * DAY / 2, days * DAY
    while heap and (entry := heapq.heappop(heap))[0] < end:
        at, number, seen, following = entry
        counted += at >= half
        if at >= following:
            seen = at  # news: everything begins anew
            following += stretch * (1 + (at - following) // stretch)
        wait = jittered(interval(rules, usual_days=cases.usual_days, quiet=at - seen), rules.poll_jitter, draw.uniform)
        heapq.heappush(heap, (at + wait, number, seen, following))
    return counted / half


@pytest.mark.parametrize(
    "cases",
    [
        OpenCases(number=2000, usual_days=3, open_days=4, changes=2),
        OpenCases(number=2000, usual_days=15, open_days=20, changes=4),
        OpenCases(number=2000, usual_days=60, open_days=45, changes=2),
    ],
    ids=["days", "weeks", "months"],
)
def test_load_is_what_a_simulated_clock_counts(cases: OpenCases) -> None:
    """What is computed is a little more: what happens while nobody looks is found out later, by fewer queries."""
    found = simulated(RULES, cases, days=cases.open_days * 3)
    assert found * 0.98 <= load(RULES, cases) <= found * 1.2


def test_load_follows_the_number_of_cases_and_falls_with_quiet() -> None:
    one = load(RULES, OpenCases(number=1000, usual_days=7, open_days=14))
    assert load(RULES, OpenCases(number=300_000, usual_days=7, open_days=14)) == pytest.approx(300 * one)
    assert load(RULES, OpenCases(number=1000, usual_days=7, open_days=60)) < one * 0.75
    every_five_minutes = 1000 / 300
    assert one < every_five_minutes / 50


def test_one_request_for_many_divides_the_load_by_how_many_fall_due_together() -> None:
    many = OpenCases(number=300_000, usual_days=3, open_days=4)
    alone = load(RULES, many)
    assert load(RULES, many, at_once=50) == pytest.approx(alone / 50)
    assert load(RULES, many, at_once=5000) == pytest.approx(alone / RULES.poll_at_once)
    few = OpenCases(number=50, usual_days=3, open_days=4)
    assert load(RULES, few, at_once=50) == pytest.approx(load(RULES, few), rel=0.2)


def test_queries_are_counted_by_hand() -> None:
    """Half a day each, growing from the second day: 0.5, 1.0, 1.5, 2.0, 2.5, 3.125, 3.906, 4.88."""
    rules = Journeys(poll_share=0.5, poll_jitter=0.0)
    assert queries(rules, usual_days=1, quiet_days=2) == 4
    assert queries(rules, usual_days=1, quiet_days=4) == 8

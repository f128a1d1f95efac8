"""Counting what happened lately."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound.window import Window
from tests.outbound.raw import Clock


def test_what_is_old_is_forgotten():
    clock = Clock()
    window = Window(10, counters=2, clock=clock)
    window.add(0)
    clock.now += 5
    window.add(1)
    assert window.totals() == [1, 1]
    clock.now += 5
    assert window.totals() == [0, 1]
    clock.now += 100
    assert window.totals() == [0, 0]


@given(st.lists(st.tuples(st.floats(0, 4), st.integers(0, 1)), max_size=60))
def test_the_totals_are_those_of_the_last_seconds_give_or_take_a_tenth(steps):
    clock, events = Clock(), []
    window = Window(10, counters=2, clock=clock)
    for pause, counter in steps:
        clock.now += pause
        window.add(counter)
        events.append((clock.now, counter))
        for each in (0, 1):
            surely = sum(1 for at, kind in events if kind == each and at > clock.now - 9)
            perhaps = sum(1 for at, kind in events if kind == each and at > clock.now - 10.001)
            assert surely <= window.totals()[each] <= perhaps

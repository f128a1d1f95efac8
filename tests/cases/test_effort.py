"""The hourly budget of inspecting, by a clock that the test turns."""

from __future__ import annotations

from gateway.cases.effort import Effort


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def test_what_was_spent_is_paid_back_over_the_hour() -> None:
    clock = Clock()
    effort = Effort(30.0, clock)
    effort.charge("amina", 29.0)
    assert not effort.spent("amina")
    effort.charge("amina", 2.0)
    assert effort.spent("amina")
    assert not effort.spent("youssef")
    clock.at = 121.0  # a thirtieth of the hour pays one second
    assert not effort.spent("amina")


def test_a_killed_file_costs_an_hour_and_no_more() -> None:
    clock = Clock()
    effort = Effort(30.0, clock)
    for _ in range(100):
        effort.charge_all("mallory")
    clock.at = 3599.0
    assert effort.spent("mallory")
    clock.at = 3601.0
    assert not effort.spent("mallory")


def test_nothing_is_kept_of_who_owes_nothing() -> None:
    clock = Clock()
    effort = Effort(30.0, clock)
    for number in range(1000):
        effort.charge(f"person {number}", 60.0)
    clock.at = 7201.0
    effort.charge("amina", 1.0)
    assert len(effort) == 1

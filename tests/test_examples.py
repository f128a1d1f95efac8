"""Examples that Hypothesis draws fail for what they are, never for how busy the machine is."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def test_examples_have_no_clock_and_are_the_same_each_time() -> None:
    now = settings()
    assert (now.deadline, now.derandomize, HealthCheck.too_slow in now.suppress_health_check) == (None, True, True)

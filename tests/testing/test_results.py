from __future__ import annotations

import pytest

from gateway.testing.checks.base import Check, Notes
from gateway.testing.findings import Finding
from gateway.testing.results import CheckResult, Report, earned


def result(level, status="passed", **more):
    return CheckResult(id=level, level=level, status=status, examined=1, **more)


@pytest.mark.parametrize(
    ("statuses", "level"),
    [
        (("passed", "passed", "passed"), "exemplary"),
        (("passed", "not_applicable", "passed"), "exemplary"),
        (("passed", "passed", "failed"), "dependable"),
        (("passed", "passed", "empty"), "dependable"),
        (("passed", "exempt", "passed"), "connected"),
        (("passed", "passed", "exempt"), "dependable"),
        (("passed", "failed", "passed"), "connected"),
        (("failed", "passed", "passed"), None),
        (("empty", "passed", "passed"), None),
    ],
)
def test_a_level_needs_every_check_up_to_it(statuses, level):
    levels = ("connected", "dependable", "exemplary")

    assert earned([result(*each) for each in zip(levels, statuses, strict=True)]) == level


def test_a_level_without_checks_is_not_earned():
    assert earned([result("connected"), result("exemplary")]) == "connected"


async def nothing(exam, notes):
    return


@pytest.mark.parametrize(
    ("notes", "status"),
    [
        (Notes("x", examined=1), "passed"),
        (Notes("x"), "empty"),
        (Notes("x", spared="it takes no demands"), "not_applicable"),
        (Notes("x", spared="it takes no demands", examined=1), "passed"),
        (Notes("x", findings=[Finding(rule="x", severity="error", where="", message="", remedy="")]), "failed"),
    ],
)
def test_a_check_that_examined_nothing_has_not_passed(notes, status):
    check = Check(id="x", level="connected", proves="", example="", run=nothing)

    assert check.result(notes).status == status


def test_what_is_exempt_is_told_as_a_warning():
    found = Finding(rule="x", severity="error", where="", message="", remedy="")
    report = Report(plugin="alpha", seed=1, results=[result("dependable", "exempt", findings=[found])])

    assert [each.severity for each in report.findings] == ["warning"]
    assert not report.reaches("connected")

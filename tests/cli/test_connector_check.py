"""What `connector check` tells besides the findings themselves."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway import testing
from gateway.cli import main
from gateway.testing.results import LEVELS, NO_STAND_IN, CheckResult, Report

RESULTS = [CheckResult(id=level, level=level, status="passed", examined=1) for level in LEVELS]


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One whose checks find nothing."""
    monkeypatch.setattr(testing, "run_checks", lambda *_, **__: Report(plugin="hello", seed=1, results=RESULTS))
    folder = tmp_path / "my-plugins" / "hello"
    (folder / "tests").mkdir(parents=True)
    (folder / "plugin.toml").touch()
    return folder


@pytest.mark.parametrize("inside", [True, False])
def test_names_the_tests_as_its_reader_would_type_them(
    plugin: Path, inside: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the README shows it, from the folder in which one works; from anywhere else by the whole path."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(tmp_path if inside else elsewhere)
    done = CliRunner().invoke(main, ["connector", "check", str(plugin)])
    assert done.exit_code == 0, done.output
    typed = "my-plugins/hello/tests" if inside else str(plugin / "tests")
    assert f"(its own tests were not run: pytest {typed})" in done.output


def test_what_costs_the_level_without_a_finding_is_told(plugin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that examined nothing, and an exemption; not what could not run, of which another check tells."""
    lost = [
        CheckResult(
            id="documents", level="dependable", status="empty", examined=0, reason="none came", remedy="let one come"
        ),
        CheckResult(id="ends", level="dependable", status="empty", examined=0, reason=NO_STAND_IN),
        CheckResult(
            id="codes", level="connected", status="exempt", examined=3, reason="it is new", until=date(2027, 1, 31)
        ),
        CheckResult(id="words", level="exemplary", status="empty", examined=0, reason="nobody asked"),
    ]
    report = Report(plugin="hello", seed=1, results=[*RESULTS, *lost])
    monkeypatch.setattr(testing, "run_checks", lambda *_, **__: report)
    done = CliRunner().invoke(main, ["connector", "check", str(plugin)])
    assert done.exit_code == 1
    told = [line for line in done.output.splitlines() if line.startswith("why not ")]
    assert told == [
        "why not dependable: documents examined nothing: none came",
        "why not connected: codes is exempt until 2027-01-31: it is new",
    ]
    assert "none came\n    let one come\n" in done.output


def test_a_level_that_is_reached_is_not_explained(plugin: Path) -> None:
    assert "why not" not in CliRunner().invoke(main, ["connector", "check", str(plugin)]).output

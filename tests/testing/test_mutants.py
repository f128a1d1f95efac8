"""The kit is itself tested: connectors that are wrong in one way each. The check for it fails, and no other."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.testing import run_checks
from gateway.testing.checks import CHECKS

FOLDER: Final = Path(__file__).parent / "mutants"
MUTANTS: Final = {
    (check, each["name"]): each
    for check, mutants in tomllib.loads((FOLDER / "mutants.toml").read_text(encoding="utf-8")).items()
    for each in mutants
}
FIRST: Final = dict(reversed(MUTANTS))
"""One of each check, which `make test` runs; the others are run with the long tests."""


def spoilt(folder: Path, mutant: dict[str, Any]) -> None:
    for edit in (mutant, mutant.get("also")):
        if edit is None:
            continue
        if "delete" in edit:
            path = folder / edit["delete"]
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            continue
        path = folder / edit["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert edit.get("old", "") in text, f"{edit['file']} has no {edit['old']!r}"
        changed = text.replace(edit.get("old", "\0"), edit.get("new", ""))
        path.write_text(changed + edit.get("add", ""), encoding="utf-8")


@pytest.fixture
def sample(tmp_path: Path, in_process: None) -> Path:
    """The sample in a folder of its own."""
    return Path(shutil.copytree(FOLDER / "sample", tmp_path / "plugins" / "sample"))


def test_the_sample_holds_every_check(sample: Path) -> None:
    report = run_checks(sample)

    assert [(each.id, each.status, each.findings) for each in report.results if not each.holds] == []
    assert report.level == "exemplary"


@pytest.mark.parametrize(
    ("check", "name"),
    [
        pytest.param(*each, marks=() if FIRST[each[0]] == each[1] else pytest.mark.soak, id=": ".join(each))
        for each in MUTANTS
    ],
)
def test_a_mutant_fails_its_check_and_no_other(sample: Path, check: str, name: str) -> None:
    spoilt(sample, MUTANTS[check, name])

    report = run_checks(sample)

    failed = {each.id: [found.message for found in each.findings] for each in report.results if each.status == "failed"}
    assert list(failed) == [check], failed
    assert all(each.where and each.remedy for each in report.findings)


def test_every_check_has_a_mutant() -> None:
    assert {check for check, _ in MUTANTS} == {each.id for each in CHECKS}
    assert len(MUTANTS) >= 80

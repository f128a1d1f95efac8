"""Each threat of docs/security.md names what stands against it and the test that shows it, and both are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
THREATS = [
    line for line in TEXT.partition("| threat |")[2].partition("\n\n")[0].splitlines()[2:] if line.startswith("|")
]
NAMED = re.compile(r"`((?:gateway|plugins|tests)/[^` ]+)`")


def test_threats_are_found() -> None:
    assert len(THREATS) > 45
    assert all(line.count(" | ") == 2 for line in THREATS)


@pytest.mark.parametrize("line", THREATS, ids=lambda line: line[2:50])
def test_threat_names_a_test_that_is_there(line: str) -> None:
    named = NAMED.findall(line)
    assert [each for each in named if not list(ROOT.glob(each))] == []
    tests = [path for each in named if "tests/" in each for path in ROOT.glob(each)]
    assert tests
    assert all(re.search(r"^(async )?def test_", path.read_text(encoding="utf-8"), re.MULTILINE) for path in tests)

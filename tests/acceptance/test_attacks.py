"""Each attack for a minute, and what an innocent client notices. `benchmarks/attacks.py` says what is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.attacks import measure, registered

SECONDS = 60.0


@pytest.mark.soak
@pytest.mark.parametrize("name", registered())
def test_an_attack_costs_the_innocent_little(name: str, tmp_path: Path) -> None:
    result = measure(registered()[name], seconds=SECONDS, folder=tmp_path)
    assert result.held, result


def test_every_attack_has_a_description() -> None:
    assert all(each.what and each.name == name for name, each in registered().items())

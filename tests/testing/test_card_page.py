"""A card page that production opens for nobody keeps a connector from its level. The mutants of a connector that takes
payments: the sample takes none."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.testing import run_checks
from gateway.testing.scaffold import create_plugin

MUTANTS = {
    "another host": ("f\"{base.rstrip('/')}/card\"", '"https://bank.example/card"', "https://bank.example/card"),
    "a fragment": ('}/card"', '}/card#x"', "https://alpha.invalid/card#x"),
    "a letter": ('}/card"', '}/card?a=é"', "https://alpha.invalid/card?a=é"),
}


@pytest.fixture
def paying(tmp_path: Path, in_process: None) -> Path:
    return create_plugin("alpha", tmp_path / "plugins", ("paying",))


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def failed(folder: Path) -> list[str]:
    return [each.rule for each in run_checks(folder).findings if each.rule != "own_words"]


@pytest.mark.parametrize("name", MUTANTS)
def test_a_page_that_nobody_is_sent_to_fails_its_check(paying: Path, name: str) -> None:
    old, new, url = MUTANTS[name]
    changed(paying / "connector.py", old, new)
    changed(paying / "exchanges" / "checkout-card-page.json", "https://alpha.invalid/card", url)
    assert set(failed(paying)) == {"amounts"}


def test_a_page_at_a_host_that_is_declared_is_right(paying: Path) -> None:
    old, new, url = MUTANTS["another host"]
    changed(paying / "connector.py", old, new)
    changed(paying / "exchanges" / "checkout-card-page.json", "https://alpha.invalid/card", url)
    changed(paying / "plugin.toml", 'hosts = ["portal.invalid"', 'hosts = ["portal.invalid", "bank.example"')
    assert failed(paying) == []

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.connectors import loader
from gateway.testing import Finding, check_plugin
from gateway.testing.scaffold import create_plugin


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A plugin that conforms, to be spoilt. Its README is its own."""
    folder = create_plugin("alpha", tmp_path / "plugins")
    (folder / "README.md").write_text("# Alpha\n\n## Known\n\n## Assumed\n\n## What an agreement must settle\n")
    return folder


@pytest.fixture
def spoil(plugin: Path) -> Callable[[str, str, str], None]:
    """Replace `old` in one file of it, and fail if it is not there."""

    def change(file: str, old: str, new: str) -> None:
        path = plugin / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plugins are loaded in this process at once: what a process of its own would show is tested with the loader."""
    monkeypatch.setattr(loader, "import_failures", lambda *_: {})


@pytest.fixture
def findings(plugin: Path, in_process: None) -> Callable[[], list[tuple[str, str, str]]]:
    def check() -> list[tuple[str, str, str]]:
        found: list[Finding] = check_plugin(plugin)
        assert all(each.remedy for each in found)
        return [(each.rule, each.where, each.message) for each in found]

    return check

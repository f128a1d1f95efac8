"""What `connector check` tells besides the findings themselves."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from gateway import testing
from gateway.cli import main


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One whose checks find nothing."""
    nothing = SimpleNamespace(plugin="hello", findings=[], results=[], level="exemplary", reaches=lambda _: True)
    monkeypatch.setattr(testing, "run_checks", lambda *_, **__: nothing)
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

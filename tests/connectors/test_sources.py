"""Plugins by path: bare folders, packages inside a distribution, installed or not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from gateway.connectors import loader, sources
from gateway.settings import Plugins, Settings, SettingsError
from gateway.testing.scaffold import create_plugin

PROJECT = '[project]\nname = "acme-portals"\n[project.entry-points."mre_gateway.connectors"]\nalpha = "acme.first"\n'


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return create_plugin("alpha", tmp_path / "mine")


@pytest.fixture
def distribution(tmp_path: Path) -> Path:
    """Its plugin `alpha` is the package `acme.first`."""
    made = create_plugin("alpha", tmp_path)
    (tmp_path / "dist" / "src" / "acme").mkdir(parents=True)
    made.rename(tmp_path / "dist" / "src" / "acme" / "first")
    (tmp_path / "dist" / "pyproject.toml").write_text(PROJECT)
    return tmp_path / "dist"


def test_a_bare_folder_is_found_by_its_name(tmp_path: Path) -> None:
    source = sources.at(create_plugin("alpha", tmp_path))
    assert (source.id, source.package, source.packaged) == ("alpha", "plugins.alpha", False)


@pytest.mark.parametrize("below", ["", "src/acme/first"])
def test_a_distribution_says_what_its_plugin_is_called(distribution: Path, below: str) -> None:
    source = sources.at(distribution / below)
    assert (source.id, source.package, source.packaged) == ("alpha", "acme.first", True)
    assert source.folder == distribution / "src/acme/first"


def test_a_distribution_without_a_plugin_says_so(distribution: Path) -> None:
    (distribution / "pyproject.toml").write_text(PROJECT.replace("acme.first", "acme.other"))
    with pytest.raises(sources.NoPlugin, match="no entry point"):
        sources.at(distribution)


def test_of_several_plugins_in_one_distribution_one_is_named(distribution: Path) -> None:
    create_plugin("beta", distribution / "src")
    (distribution / "pyproject.toml").write_text(f'{PROJECT}beta = "beta"\n')
    with pytest.raises(sources.NoPlugin, match=r"several plugins: give one of .*first, .*beta"):
        sources.at(distribution)


@pytest.mark.parametrize("kind", ["bare", "distribution"])
def test_a_path_in_one_line_of_the_settings_is_loaded(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = request.getfixturevalue(kind)
    monkeypatch.setitem(sys.modules, "plugins.alpha", sys)  # another of its name is there already
    settings = Settings.model_validate({"state_dir": tmp_path / "state", "plugins": {"added": (str(path),)}})
    registry = loader.load(settings)
    assert registry.quarantined == []
    assert registry.connectors["alpha"].folder.is_relative_to(path)


@pytest.mark.parametrize("kind", ["bare", "distribution", "name"])
def test_what_is_added_can_be_isolated(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    added = "echo" if kind == "name" else str(request.getfixturevalue(kind))
    plugins = {"added": (added,), "isolate": ("echo" if kind == "name" else "alpha",)}
    registry = loader.load(Settings.model_validate({"state_dir": tmp_path / "state", "plugins": plugins}))
    assert list(registry.connectors) == list(plugins["isolate"])


def test_only_what_is_enabled_can_be_isolated(tmp_path: Path) -> None:
    plugins = {"enabled": ("echo",), "added": (str(tmp_path / "none"),), "isolate": ("echo", "none", "ecko")}
    settings = Settings.model_validate(
        {"state_dir": tmp_path / "state", "plugins": plugins, "portals": {"echo": {"enabled": False}}}
    )
    with pytest.raises(SettingsError, match=r"^plugins\.isolate: ecko: not among the enabled plugins$"):
        loader.load(settings)


def test_a_path_does_not_take_a_bundled_ones_place(tmp_path: Path) -> None:
    path = create_plugin("alpha", tmp_path / "made").rename(tmp_path / "echo")
    registry = loader.load(Settings.model_validate({"state_dir": tmp_path, "plugins": {"added": (str(path),)}}))
    assert registry.connectors["echo"].folder != path
    assert [(each.id, each.stage) for each in registry.quarantined] == [("echo", "collision")]


def test_a_path_to_what_is_found_already_is_one_candidate(tmp_path: Path) -> None:
    path = create_plugin("alpha", tmp_path / "mine")
    plugins = Plugins(folders=(str(path.parent),), enabled=("alpha",), added=(str(path),))
    assert [each.folder for each in sources.enabled(plugins)["alpha"]] == [path]


def test_a_path_to_nothing_is_quarantined_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    added = (str(tmp_path / "empty"), str(tmp_path / "none"))
    found = loader.load(Settings.model_validate({"state_dir": tmp_path, "plugins": {"added": added}})).quarantined
    assert [(each.id, each.stage) for each in found] == [("empty", "manifest"), ("none", "manifest")]
    assert all("plugin.toml" in each.reason for each in found), json.dumps([each.reason for each in found])

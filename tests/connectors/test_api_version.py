"""Versions of the connector contract: bounds, frozen samples that must keep working, warnings before something goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.connectors import api_version, loader, sources
from gateway.connectors.api_version import OLDEST, Deprecation, NotARange, versions
from gateway.connectors.contract import API_VERSION, Filing, Submission
from gateway.connectors.manifest import ApiMismatch, ManifestError, read_manifest
from gateway.telemetry import logging
from gateway.testing import check_plugin, harness
from gateway.testing.exchanges import recordings, replay
from gateway.testing.scaffold import create_plugin

FROZEN = Path(__file__).parent / "frozen"
KNOWN = range(1, 6)
OURS = {"event", "log_level"}


@pytest.mark.parametrize(
    ("said", "means"),
    [
        (2, [2]),
        (9, []),
        (">=1,<3", [1, 2]),
        (">= 2", [2, 3, 4, 5]),
        (">1,<=3", [2, 3]),
        ("==4", [4]),
        ("<1", []),
        (">=3, <3", []),
    ],
)
def test_bounds_mean_versions(said: int | str, means: list[int]) -> None:
    assert versions(said, KNOWN) == means


@pytest.mark.parametrize("said", ["", "1", "~=1", ">=1;<3", ">=1,", ">=0", ">=1.0", "!=2", ">=٢"])
def test_what_are_no_bounds_is_an_error(said: str, tmp_path: Path) -> None:
    with pytest.raises(NotARange):
        versions(said)
    path = create_plugin("alpha", tmp_path) / "plugin.toml"
    path.write_text(path.read_text().replace("api = 1\n", f'api = "{said}"\n'))
    with pytest.raises(ManifestError, match="api"):
        read_manifest(path)


@pytest.mark.parametrize(("said", "fits"), [('">=1,<3"', True), ('">=2"', False)])
def test_a_manifest_may_give_bounds(said: str, fits: bool, tmp_path: Path) -> None:
    path = create_plugin("alpha", tmp_path) / "plugin.toml"
    path.write_text(path.read_text().replace("api = 1\n", f"api = {said}\n"))
    if fits:
        assert read_manifest(path).api == ">=1,<3"
    else:
        with pytest.raises(ApiMismatch, match="written for version >=2, this gateway has version 1"):
            read_manifest(path)


@pytest.mark.parametrize("version", range(OLDEST, API_VERSION + 1))
async def test_a_connector_of_each_version_keeps_working(version: int) -> None:
    """Nobody changes the frozen one: if this fails, it is the contract that has changed."""
    source = sources.at(FROZEN / f"frozen_{version}")
    plugin = loader.load_one(source)
    assert plugin is not None
    assert plugin.manifest.api == version
    paths = recordings(source.folder)
    assert len(paths) >= 4
    assert [finding for path in paths for finding in await replay(plugin, path)] == []
    (service,) = plugin.services.values()
    async with harness(plugin) as found:
        filing = Submission(case_id="case_1", key="key_1", service=service.id, form=service.example)
        made = await found.call(Filing.file, filing)
        assert (await found.call(Filing.progress, made.reference)).status == "received"
        assert (await found.call(Filing.find, "key_1")).reference == made.reference


def test_what_goes_away_is_told_when_it_is_loaded_and_checked(tmp_path: Path) -> None:
    made = create_plugin("alpha", tmp_path)
    code = made / "__init__.py"
    code.write_text(code.read_text().replace("gateway.connectors.authoring", "gateway.connectors.hookspecs"))
    with capture_logs() as lines:
        loader.load_one(sources.at(made))
    (told,) = [each for each in lines if each["event"] == "plugin_uses_deprecated"]
    assert (told["portal"], told["code"]) == ("alpha", "gateway.connectors.hookspecs")
    assert (told["location"], told["instead"]) == ("__init__.py:5", "gateway.connectors.authoring")
    assert told["version"] == "2"
    assert all(
        logging.FIELDS[name] is None or logging.FIELDS[name].fullmatch(told[name]) for name in told.keys() - OURS
    )
    (finding,) = [each for each in check_plugin(made) if each.rule == "imports"]
    assert (finding.severity, finding.where) == ("warning", "__init__.py:5")
    assert "gone in version 2" in finding.message


def test_what_goes_away_is_a_name_that_is_there_today() -> None:
    """A module that is gone already would be told of for ever."""
    root = Path(api_version.__file__).parents[2]
    for each in api_version.DEPRECATIONS:
        assert each.gone_in > API_VERSION, each
        path = root / each.name.replace(".", "/")
        assert path.with_suffix(".py").is_file() or path.is_dir(), each


def test_a_single_name_can_go_away(tmp_path: Path) -> None:
    made = create_plugin("alpha", tmp_path)
    gone = Deprecation(name="gateway.connectors.authoring.in_address", since="0.3.0", gone_in=2, instead="x")
    (use,) = api_version.deprecated_uses(made, (gone,))
    assert (use.file, use.line) == ("connector.py", 8)


def test_no_plugin_of_ours_uses_what_goes_away() -> None:
    folders = [path.parent for path in (FROZEN.parents[2] / "plugins").glob("*/plugin.toml")]
    assert len(folders) > 8
    assert [use for folder in folders for use in api_version.deprecated_uses(folder)] == []

"""A copy of the reference connector under another name, as folder and package: one line of configuration is all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .conftest import world_in

ROOT = Path(__file__).parents[2]
PROJECT = '[project]\nname = "agency-portals"\n[project.entry-points."mre_gateway.connectors"]\n{0} = "agency_{0}"\n'


def copied(name: str, folder: Path) -> Path:
    """`echo` as somebody else's: its id, and where it stands among its own words."""
    shutil.copytree(ROOT / "plugins" / "echo", folder, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    for file, old in (("plugin.toml", 'id = "echo"'), ("mapping.py", '"echo."')):
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, old.replace("echo", name)), encoding="utf-8")
    return folder


async def test_one_line_of_configuration_is_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copied("mirror", tmp_path / "mirror")
    package = tmp_path / "project"
    copied("glass", package / "src" / "agency_glass")
    (package / "pyproject.toml").write_text(PROJECT.format("glass"))
    monkeypatch.setenv("MRE_GATEWAY__PLUGINS__ADDED", json.dumps([str(folder), str(package)]))
    async with world_in(tmp_path / "state", "") as world:
        cases = {name: await world.order(f"{name}.note") for name in ("mirror", "glass")}
        for name, case in cases.items():
            ended = await world.ended(case["id"])
            assert (ended["status"], ended["filing"]["portal"]) == ("completed", name)
            assert await world.effects(name) == ["demand"]
        assert await world.effects("echo") == []

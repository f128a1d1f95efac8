"""Each plugin has the same files, and each stand-in is a folder whose files are named after what they simulate."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PLUGINS: Final = sorted(path.parent for path in (ROOT / "plugins").glob("*/plugin.toml"))
SKELETON: Final = ROOT / "gateway/testing/skeleton"
RIDDLES: Final = re.compile(r"office|acquirer|courier|desk|stand_in|counter|sandbox")
"""Words that are not the name of anything that a portal has."""


def modules(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.py") if "tests" not in path.relative_to(folder).parts)


@pytest.mark.parametrize("folder", [*PLUGINS, SKELETON], ids=lambda path: path.name)
def test_stand_in_is_a_package_of_its_own(folder: Path) -> None:
    """`sandbox/__init__.py` gives the host what it asks for and holds nothing else; nothing of it lies outside."""
    tree = ast.parse((folder / "sandbox/__init__.py").read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert "sandbox" in {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert not [path.name for path in folder.iterdir() if path.name.startswith("sandbox") and path.name != "sandbox"]


@pytest.mark.parametrize("folder", [*PLUGINS, SKELETON], ids=lambda path: path.name)
def test_files_of_a_stand_in_say_what_they_simulate(folder: Path) -> None:
    named = [path.name for path in (folder / "sandbox").iterdir() if path.suffix in (".py", ".toml")]
    assert not [name for name in named if RIDDLES.search(name)]


@pytest.mark.parametrize("folder", [*PLUGINS, SKELETON], ids=lambda path: path.name)
def test_connector_knows_nothing_of_its_stand_in(folder: Path) -> None:
    """In production there is no stand-in: what goes to the portal may not hang on it."""
    for path in modules(folder):
        if "sandbox" in path.relative_to(folder).parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = [f"{node.module or ''}.{alias.name}" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                    for alias in node.names]  # fmt: skip
        assert not [name for name in imported if "sandbox" in name.split(".")[:-1] and "gateway" not in name], path


SHARED: Final = {("barid", "s10")}
"""What a stand-in takes from its connector: a public standard (UPU S10) that the tests know by examples of others."""


@pytest.mark.parametrize("folder", [*PLUGINS, SKELETON], ids=lambda path: path.name)
def test_stand_in_has_its_own_view_of_the_protocol(folder: Path) -> None:
    """What both sides read from one function is wrong on both sides at once, and no test sees it."""
    for path in (folder / "sandbox").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        taken = [
            node.module or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.level == 2
            for alias in node.names
        ]
        assert {(folder.name, name) for name in taken} <= SHARED, path

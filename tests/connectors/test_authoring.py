"""Authors have one face to import, plugins use it in one style, and none says twice what another one says."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PLUGINS: Final = sorted(path.parent for path in (ROOT / "plugins").glob("*/plugin.toml"))
SKELETON: Final = ROOT / "gateway/testing/skeleton"

CONNECTOR: Final = re.compile(r"gateway\.connectors\.authoring(\.xml)?")
STAND_IN: Final = re.compile(r"gateway\.sandbox\.authoring|gateway\.connectors\.authoring\.xml")
SMALLEST: Final = 25
"""Nodes of a syntax tree: what is shorter is a line that calls something else."""


def modules(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if "tests" not in path.relative_to(folder).parts)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Level and module of each import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


@pytest.mark.parametrize("folder", [*PLUGINS, SKELETON], ids=lambda path: path.name)
def test_plugin_imports_the_authors_face_alone(folder: Path) -> None:
    """Of the gateway a connector imports one face, its stand-in the other one."""
    odd = [
        f"{path.relative_to(folder)}: {module}"
        for path in modules(folder)
        for level, module in imports(ast.parse(path.read_text(encoding="utf-8")))
        if level == 0
        and module.partition(".")[0] in ("gateway", "plugins")
        and not (STAND_IN if "sandbox" in path.relative_to(folder).parts else CONNECTOR).fullmatch(module)
    ]
    assert not odd


@pytest.mark.parametrize("folder", [*PLUGINS, SKELETON], ids=lambda path: path.name)
def test_plugin_imports_its_own_modules_by_relative_names(folder: Path) -> None:
    """So that a copy under another name works, and nobody reaches into another plugin."""
    for path in modules(folder):
        most = len(path.relative_to(folder).parts)
        levels = [level for level, _ in imports(ast.parse(path.read_text(encoding="utf-8")))]
        assert max(levels, default=0) <= most, path


class Normal(ast.NodeTransformer):
    """Names that a function chose by itself become numbers: parameters and local variables."""

    def __init__(self, own: set[str]) -> None:
        self._own = own
        self._order: dict[str, str] = {}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id in self._own:
            node.id = self._order.setdefault(node.id, f"_{len(self._order)}")
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._order.setdefault(node.arg, f"_{len(self._order)}")
        node.annotation = None
        return node


def body_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, int]:
    """A function's text without its name, annotations, docstring and choice of names; and how large it is."""
    function = ast.parse(ast.unparse(function)).body[0]  # type: ignore[assignment]
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:]
    function.name, function.returns, function.decorator_list = "_", None, []
    size = sum(1 for statement in function.body for _ in ast.walk(statement))
    stored = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    given = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return ast.dump(Normal(stored | given).visit(function)), size


def repeated(folders: list[Path]) -> list[list[str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for folder in folders:
        for path in modules(folder):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
                    text, size = body_of(node)
                    if size >= SMALLEST:
                        found[text].setdefault(folder.name, f"{folder.name}/{path.relative_to(folder)}: {node.name}")
    return [list(places.values()) for places in found.values() if len(places) > 1]


def test_no_two_plugins_say_the_same() -> None:
    assert repeated(PLUGINS) == []


def test_repeated_function_is_found_under_other_names(tmp_path: Path) -> None:
    """The check itself: names, annotations and docstrings do not hide a copy; another constant is another function."""
    for plugin, name, word in (("one", "first", "a"), ("two", "second", "a"), ("three", "third", "b")):
        (tmp_path / plugin).mkdir()
        (tmp_path / plugin / "mapping.py").write_text(
            f'def {name}({name}_in: int) -> int:\n    """{name}"""\n    x{name} = {name}_in + len("{word}") * 3\n'
            f"    if x{name} > 4 and {name}_in:\n        raise ValueError(x{name})\n    return x{name} * 2\n"
        )
    assert repeated([tmp_path / each for each in ("one", "two", "three")]) == [
        ["one/mapping.py: first", "two/mapping.py: second"]
    ]


def test_face_of_authors_is_typed() -> None:
    """PEP 561: without the mark a type checker ignores the package's types."""
    assert (ROOT / "gateway/py.typed").is_file()

"""The tables that a plugin's code calls the toolbox with, whatever they are called and wherever they stand."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from gateway.connectors.authoring import answers
from gateway.connectors.contract import check
from gateway.connectors.registry import LoadedPlugin
from gateway.testing.shape import NOT_PARSED, own_modules

_TAKES: Final[Mapping[Callable[..., Any], tuple[int, str]]] = {
    # function                place and name of its table
    check: (1, "refusals"),
    answers.check_findings: (1, "refusals"),
    answers.motive: (0, "motives"),
    answers.progress_by: (0, "statuses"),
}


class TableCall(NamedTuple):
    """One call with a table."""

    where: str
    """`mapping.py:80`."""
    function: str
    """Of the toolbox: `motive`."""
    name: str
    """The table as it is written there: `mapping.WHY`."""
    value: Mapping[str, Any] | None
    """What it holds; None if that is known only when the call is made."""


def tables_in_calls(plugin: LoadedPlugin) -> Iterator[TableCall]:
    """Every call of the toolbox with a table, in the plugin's own modules."""
    for path in own_modules(plugin.folder):
        below = path.relative_to(plugin.folder)
        module = sys.modules.get(module_name(plugin.package, below))
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except NOT_PARSED:
            continue  # the check `imports` says so
        for node in ast.walk(tree):
            if module is not None and isinstance(node, ast.Call):
                yield from _of_call(node, module, below)


def module_name(package: str, below: Path) -> str:
    """The module of a file, by its path in the plugin's folder."""
    return ".".join((package, *below.with_suffix("").parts)).removesuffix(".__init__")


def _of_call(node: ast.Call, module: ModuleType, below: Path) -> Iterator[TableCall]:
    function, given = held(node.func, module), node.args
    if function is partial and given:
        function, given = held(given[0], module), given[1:]
    try:
        place, name = _TAKES[function]
    except (KeyError, TypeError):  # a value that is no key is no function of the toolbox
        return
    table = next((each.value for each in node.keywords if each.arg == name), None)
    if table is None and len(given) > place:
        table = given[place]
    if table is None or (isinstance(table, ast.Constant) and table.value is None):
        return
    found = _mapping(table, module)
    yield TableCall(f"{below.as_posix()}:{node.lineno}", function.__name__, ast.unparse(table), found)


def held(node: ast.expr, module: ModuleType) -> Any:
    """What a name holds once the module is imported; None if that is not known."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return vars(module).get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(held(node.value, module), node.attr, None)
    return None


def _mapping(node: ast.expr, module: ModuleType) -> Mapping[str, Any] | None:
    """A table by its name, or one that is put together on the spot from such."""
    if isinstance(node, ast.Dict):
        made: dict[str, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                inner = _mapping(value, module)
                if inner is None:
                    return None
                made |= inner
            else:
                word, code = held(key, module), held(value, module)
                if word is None or code is None:
                    return None
                made[word] = code
        return made
    found = held(node, module)
    return found if isinstance(found, Mapping) else None

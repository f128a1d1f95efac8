"""Every call that a plugin's own modules write, with the module in which its names have their values."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from gateway.connectors.registry import LoadedPlugin
from gateway.testing.shape import NOT_PARSED, own_modules


class OwnCall(NamedTuple):
    where: str
    """`mapping.py:80`."""
    node: ast.Call
    module: ModuleType


def own_calls(plugin: LoadedPlugin) -> Iterator[OwnCall]:
    """Of the modules that are imported and can be parsed: of the others the check `imports` tells."""
    for path in own_modules(plugin.folder):
        below = path.relative_to(plugin.folder)
        module = sys.modules.get(module_name(plugin.package, below))
        if module is None:
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except NOT_PARSED:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield OwnCall(f"{below.as_posix()}:{node.lineno}", node, module)


def module_name(package: str, below: Path) -> str:
    """The module of a file, by its path in the plugin's folder."""
    return ".".join((package, *below.with_suffix("").parts)).removesuffix(".__init__")


def held(node: ast.expr, module: ModuleType) -> Any:
    """What a name holds once the module is imported; None if that is not known."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return vars(module).get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(held(node.value, module), node.attr, None)
    return None

"""The project's own source as syntax trees, each file parsed once a process."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All of them, in the order of `ast.walk`."""
    return list(ast.walk(parsed(path)))

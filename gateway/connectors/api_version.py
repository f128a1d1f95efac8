"""Versions of the connector contract: which a plugin says it works with, which this gateway has, and what goes away.

The policy is in `docs/reference/connector-api.md`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from pathlib import Path
from typing import Final

from gateway.connectors.contract import API_VERSION

OLDEST: Final = 1
"""Plugins of the versions from this one to `API_VERSION` work."""
_BOUND: Final = re.compile(r"(>=|<=|==|>|<)\s*([1-9][0-9]{0,3})")
_COMPARED: Final[dict[str, Callable[[int, int], bool]]] = {">=": ge, "<=": le, "==": eq, ">": gt, "<": lt}


class NotARange(ValueError):
    """Not versions of the contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """Something that a later version of the contract has no more."""

    name: str
    """Of the module, or of what is imported from one: `gateway.connectors.contract.Name`."""
    since: str
    """The release that said so first."""
    gone_in: int
    """The version of the contract without it."""
    instead: str


@dataclass(frozen=True, slots=True)
class Use:
    """Where a plugin uses something that goes away."""

    deprecation: Deprecation
    file: str
    line: int


def _behind_a_face(module: str, face: str) -> Deprecation:
    return Deprecation(name=module, since="0.2.0", gone_in=2, instead=face)


DEPRECATIONS: Final = (
    *(
        _behind_a_face(f"gateway.{name}", "gateway.connectors.authoring")
        for name in (
            "connectors.hookspecs",
            "foreign_text",
            "national_id",
            "partial_date",
            "phone_number",
            "safe_xml",
            "typed_text",
        )
    ),
    _behind_a_face("gateway.sandbox.context", "gateway.sandbox.authoring"),
    _behind_a_face("gateway.sandbox.pdf", "gateway.sandbox.authoring"),
)
"""The modules by which plugins imported before `gateway.connectors.authoring` and `gateway.sandbox.authoring`."""


def versions(said: int | str, known: range = range(OLDEST, API_VERSION + 1)) -> list[int]:
    """Of the versions that this gateway works with those that a manifest's `api` means: a number, or bounds as in
    `">=1,<3"`. Raises `NotARange`."""
    if isinstance(said, int):
        return [version for version in known if version == said]
    bounds = [_BOUND.fullmatch(part.strip()) for part in said.split(",")]
    if not all(bounds):
        raise NotARange(f'{said!r} is neither a version nor bounds, such as ">=1,<3"')
    tests = [(_COMPARED[bound[1]], int(bound[2])) for bound in bounds if bound is not None]
    return [version for version in known if all(compared(version, number) for compared, number in tests)]


def deprecated_uses(folder: Path, deprecations: tuple[Deprecation, ...] = DEPRECATIONS) -> Iterator[Use]:
    """What a plugin imports that goes away. Its tests are its author's affair."""
    for path in sorted(folder.rglob("*.py")):
        below = path.relative_to(folder)
        if below.parts[0] == "tests":
            continue
        try:
            if not path.is_file():
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # importing it says so
        for line, name in _imported(tree):
            for each in deprecations:
                if name == each.name or name.startswith(f"{each.name}."):
                    yield Use(each, str(below), line)


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

"""Checks that read a plugin's files and run none of its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.connectors.api_version import deprecated_uses
from gateway.connectors.form_vocabulary import lint
from gateway.connectors.services import FILENAME, Service
from gateway.testing.findings import Finding, error, warning

FILES: Final = (
    "__init__.py",
    "plugin.toml",
    "connector.py",
    "mapping.py",
    "services.toml",
    "sandbox/__init__.py",
    "README.md",
)
FOLDERS: Final = ("exchanges", "tests")
"""A distribution has its tests where it likes."""
ALLOWED: Final = (
    "gateway.connectors.authoring",
    "gateway.sandbox.authoring",
    "gateway.connectors.contract",
    "gateway.connectors.hookspecs",
    "gateway.foreign_text",
    "gateway.national_id",
    "gateway.partial_date",
    "gateway.phone_number",
    "gateway.safe_xml",
    "gateway.secret",
    "gateway.typed_text",
    "gateway.sandbox.context",
    "gateway.sandbox.pdf",
    "gateway.testing",
)
"""What a plugin may import of the gateway: the authors' faces, and the modules behind them, by which plugins imported
before there were faces."""
IMPURE: Final = (
    "aiohttp",
    "asyncio",
    "http",
    "httpx",
    "os",
    "random",
    "requests",
    "secrets",
    "socket",
    "time",
    "urllib3",
)
"""What `mapping.py` has no use for: it is a function of its input."""
SECTIONS: Final = ("known", "assumed", "agreement")


def files(folder: Path, *, packaged: bool = False) -> Iterator[Finding]:
    """The same file names in each plugin, so that a reader knows where to look. `packaged`: a distribution's."""
    for name in FILES:
        if not (folder / name).is_file():
            yield error("files", name, "is missing", "every plugin has it, even if it is short")
    for name in FOLDERS[:1] if packaged else FOLDERS:
        if not (folder / name).is_dir():
            yield error("files", f"{name}/", "is missing", "every plugin has it")


def readme(folder: Path) -> Iterator[Finding]:
    """What is known of the portal, what we assumed, what an agreement must settle: nobody may take one for another."""
    path = folder / "README.md"
    if not path.is_file():
        return
    headings = re.findall(r"^#{1,6}\s+(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    for word in SECTIONS:
        if not any(word in heading.lower() for heading in headings):
            yield error(
                "readme", "README.md", f"no heading with the word {word!r}", f"add a section `## {word.title()}`"
            )


def imports(folder: Path) -> Iterator[Finding]:
    """A plugin stands on the contract alone, so that the core may change under it."""
    for path in sorted(folder.rglob("*.py")):
        where = str(path.relative_to(folder))
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError) as problem:
            yield error("imports", where, f"cannot be parsed: {problem}", "correct the file")
            continue
        tests = "tests" in path.relative_to(folder).parts
        depth = len(path.relative_to(folder).parts)
        for line, level, module in _relative(tree):
            if level > depth:
                remedy = "relative imports are for the plugin's own modules"
                yield error("imports", f"{where}:{line}", f"imports {'.' * level}{module}", remedy)
            if depth == 1 and module.partition(".")[0] == "sandbox":
                remedy = "in production there is no stand-in"
                yield error("imports", f"{where}:{line}", f"imports {'.' * level}{module}", remedy)
        for line, module in _imported(tree):
            top = module.partition(".")[0]
            if top == "gateway" and not tests and not _within(module, ALLOWED):
                remedy = "import gateway.connectors.authoring, and in sandbox/ gateway.sandbox.authoring"
                yield error("imports", f"{where}:{line}", f"imports {module}", remedy)
            if top == "plugins" and not _within(module, (f"plugins.{folder.name}",)):
                yield error("imports", f"{where}:{line}", f"imports {module}", "a plugin does not know another one")
            if where == "mapping.py" and top in IMPURE:
                yield error("imports", f"{where}:{line}", f"imports {module}", "do I/O in connector.py")


def deprecations(folder: Path) -> Iterator[Finding]:
    """What the plugin uses that a later version of the contract has no more."""
    for use in deprecated_uses(folder):
        goes = use.deprecation
        message = (
            f"imports {goes.name}, deprecated since {goes.since} and gone in version {goes.gone_in} of the contract"
        )
        yield warning("imports", f"{use.file}:{use.line}", message, f"import {goes.instead}")


def services(found: dict[str, Service]) -> Iterator[Finding]:
    for service in found.values():
        if not service.example:
            remedy = f"add [{service.id.partition('.')[2]}.example] with a form that is valid"
            yield error("services", f"{FILENAME} {service.id}", "has no example", remedy)
        for at, problem in lint.form(service.form):
            where = f"{FILENAME} {service.id}.form{at}"
            yield error("forms", where, problem, "see docs/reference/form-vocabulary.md")
        for at, texts in lint.texts_of(service.texts):
            for problem in lint.wording(texts):
                yield error("forms", f"{FILENAME} {service.id}.{at}", problem, "write it for the person who reads it")
        if service.fee is not None and service.fee.unit_amount == 0:
            yield warning("services", f"{FILENAME} {service.id}", "has a fee of 0", "leave the fee out")


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _relative(tree: ast.AST) -> Iterator[tuple[int, int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            before = f"{node.module}." if node.module else ""
            yield from ((node.lineno, node.level, f"{before}{alias.name}") for alias in node.names)


def _within(module: str, allowed: tuple[str, ...]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in allowed)

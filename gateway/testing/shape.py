"""Checks that read a plugin's files and run none of its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.connectors.api_version import deprecated_uses
from gateway.connectors.form_vocabulary import lint
from gateway.connectors.levels import UnfitFiles, digest_of, is_cache
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
ASIDE: Final = {
    "sandbox": "in production there is no stand-in",
    "tests": "in production there are no tests",
}
"""Folders beside the connector, and why nothing of it imports them: what it may not do is not looked for in there."""
_COMPILED: Final = (".pyc", ".pyd", ".so")
_IMPORTERS: Final = ("__import__", "find_spec", "import_module", "run_module")
NOT_PARSED: Final = (OSError, SyntaxError, ValueError, RecursionError, MemoryError)
"""What `ast.parse` and reading a file for it raise."""
SECTIONS: Final = ("known", "assumed", "agreement")


def own_modules(folder: Path) -> Iterator[Path]:
    """The connector's own source files, subpackages included."""
    for path in sorted(folder.rglob("*.py")):
        if path.relative_to(folder).parts[0] not in ASIDE and path.is_file():
            yield path


def files(folder: Path, *, packaged: bool = False) -> Iterator[Finding]:
    """The same file names in each plugin, so that a reader knows where to look, and files that have a digest.
    `packaged`: a distribution's."""
    for name in FILES:
        if not (folder / name).is_file():
            yield error("files", name, "is missing", "every plugin has it, even if it is short")
    for name in FOLDERS[:1] if packaged else FOLDERS:
        if not (folder / name).is_dir():
            yield error("files", f"{name}/", "is missing", "every plugin has it")
    try:
        digest_of(folder)
    except UnfitFiles as problem:
        yield error("files", folder.name, problem.reason, problem.remedy)


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


def imports(folder: Path, package: str) -> Iterator[Finding]:
    """A plugin stands on the contract alone, so that the core may change under it. `package`: its import name."""
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        if path.suffix in _COMPILED and not is_cache(path):
            yield error("imports", str(below), "is compiled, so that nobody can read it", "bring its source instead")
        if path.suffix != ".py" or not path.is_file():
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except NOT_PARSED as problem:
            yield error("imports", str(below), f"cannot be parsed: {problem}", "correct the file")
            continue
        for line, module, remedy in _wrong_imports(tree, below, package):
            yield error("imports", f"{below}:{line}", f"imports {module}", remedy)


def _wrong_imports(tree: ast.AST, below: Path, package: str) -> Iterator[tuple[int, str, str]]:
    """Line, module and remedy. `below`: the file in the plugin's folder."""
    inside = below.parts[:-1]
    aside = inside[0] if inside and inside[0] in ASIDE else ""
    for line, level, module in _relative(tree):
        above = level - 1
        if above > len(inside):
            yield line, f"{'.' * level}{module}", "relative imports are for the plugin's own modules"
        elif remedy := _aside((*inside[: len(inside) - above], *module.split(".")), aside):
            yield line, f"{'.' * level}{module}", remedy
    for line, module in _named(tree):
        if remedy := next(filter(None, (_aside((each,), aside) for each in module.split("."))), ""):
            yield line, module, remedy
    for line, module in _imported(tree):
        top = module.partition(".")[0]
        if top == "gateway" and aside != "tests" and not _within(module, ALLOWED):
            yield line, module, "import gateway.connectors.authoring, and in sandbox/ gateway.sandbox.authoring"
        own = _within(module, (package,))
        if top == "plugins" and not own:
            yield line, module, "a plugin does not know another one"
        if own and (remedy := _aside(tuple(module.removeprefix(package).split(".")[1:]), aside)):
            yield line, module, remedy
        if str(below) == "mapping.py" and top in IMPURE:
            yield line, module, "do I/O in connector.py"


def _aside(module: tuple[str, ...], aside: str) -> str:
    """Why a file beside the connector (`aside`), or of it (empty), does not import this module of the plugin's; empty
    if it may. The tests may import everything."""
    allowed = aside == "tests" or not module or module[0] == aside
    return "" if allowed else ASIDE.get(module[0], "")


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


def _named(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Modules that are imported by a function, as far as they are written there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [*node.args, *(each.value for each in node.keywords)] if called in _IMPORTERS else []
            for part in (part for each in given for part in ast.walk(each)):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield node.lineno, part.value


def _relative(tree: ast.AST) -> Iterator[tuple[int, int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            before = f"{node.module}." if node.module else ""
            yield from ((node.lineno, node.level, f"{before}{alias.name}") for alias in node.names)


def _within(module: str, allowed: tuple[str, ...]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in allowed)

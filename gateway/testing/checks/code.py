"""Checks of what a plugin's code does beside its contract: other ways out, waiting, talking, work at import."""

from __future__ import annotations

import ast
import contextlib
import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from gateway.testing.attacks import GivenAnswer, play
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination
from gateway.testing.shape import NOT_PARSED, own_modules

WAYS_OUT: Final = frozenset(
    {
        "aiohttp", "asyncio.subprocess", "concurrent.futures", "ctypes", "ftplib", "http.client", "importlib",
        "marshal", "multiprocessing", "pkgutil", "requests", "runpy", "smtplib", "socket", "sqlite3", "ssl",
        "subprocess", "tempfile", "threading", "urllib.request", "urllib3", "zipimport",
    }
)  # fmt: skip
"""Modules by which a connector would go around `self.http`, or keep state of its own."""
_CALLS_OUT: Final = frozenset(
    {
        "os.system", "os.popen", "os.getenv", "os.environ", "httpx.AsyncClient", "httpx.Client", "httpx.get",
        "httpx.post", "httpx.request", "httpx.stream", "open", "eval", "exec", "compile", "__import__",
        "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "asyncio.open_connection",
        "sys.meta_path", "sys.modules", "sys.path", "sys.path_hooks",
    }
)  # fmt: skip
_WAITS: Final = frozenset({"time.sleep", "asyncio.sleep"})
_TALKS: Final = frozenset({"print", "pprint.pprint", "warnings.warn", "sys.stdout.write", "sys.stderr.write"})
_LOGGERS: Final = frozenset({"logging", "structlog", "loguru"})
_READS: Final = frozenset({"read_text", "read_bytes", "open", "connect", "urlopen", "getenv", "now", "today"})
"""Functions that have no place outside of one: what they give stays the same as long as the process lives."""
_EVENTS: Final = frozenset({"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.posix_spawn"})

_watching: list[list[str]] = []
_hooked = False


def _modules(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    """The connector's own modules, in subpackages too: those of the stand-in and the tests run elsewhere."""
    for path in own_modules(folder):
        with contextlib.suppress(*NOT_PARSED):  # `imports` says so
            yield path.relative_to(folder).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _names(tree: ast.Module) -> dict[str, str]:
    """Local name -> what it was imported as: `sleep` -> `time.sleep`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    """`time.sleep` for what this expression names; empty if it names nothing."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value, names)
        return f"{before}.{node.attr}" if before else ""
    return ""


def _uses(tree: ast.Module, wanted: frozenset[str]) -> Iterator[tuple[int, str]]:
    names = _names(tree)
    seen = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            dotted = _dotted(node, names)
            if dotted in wanted and (node.lineno, dotted) not in seen:
                seen.add((node.lineno, dotted))
                yield node.lineno, dotted


async def _side_doors(exam: Examination, notes: Notes) -> None:
    for name, tree in _modules(exam.folder):
        notes.count()
        for node in ast.walk(tree):
            for module in _imports(node):
                if any(module == each or module.startswith(f"{each}.") for each in WAYS_OUT):
                    notes.error(f"{name}:{node.lineno}", f"imports {module}", _DOORS)  # type: ignore[attr-defined] # a statement
        for line, used in _uses(tree, _CALLS_OUT):
            notes.error(f"{name}:{line}", f"uses {used}", _DOORS)
    if exam.load() is None:
        return
    for scene in await exam.scenes():
        with _watched() as seen:
            await play(exam.plugin, scene, exam.secrets)
        notes.count()
        for event in sorted(set(seen)):
            notes.error("connector.py", f"`{scene.operation}` does {event} by itself", _DOORS)


_DOORS: Final = (
    "a portal is reached by `self.http` alone; settings come in `portal.options`, secrets in `portal.secrets`"
)


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


@contextmanager
def _watched() -> Iterator[list[str]]:
    """What the interpreter tells of connections and processes meanwhile (PEP 578). A hook can never be taken out."""
    global _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)


def _hook(event: str, _: tuple[Any, ...]) -> None:
    if _watching and event in _EVENTS:
        for seen in _watching:
            seen.append(event)


async def _sleeping(exam: Examination, notes: Notes) -> None:
    for name, tree in _modules(exam.folder):
        notes.count()
        for line, used in _uses(tree, _WAITS):
            remedy = "do not wait: say in `check_after` when to ask again, and let the gateway retry"
            notes.error(f"{name}:{line}", f"uses {used}", remedy)


async def _import_work(exam: Examination, notes: Notes) -> None:
    for name, tree in _modules(exam.folder):
        notes.count()
        for node in _at_import(tree):
            what = _work(node)
            if what:
                remedy = "do it when it is first needed, in a method or a cached function"
                notes.error(f"{name}:{node.lineno}", f"{what} when it is imported", remedy)


def _at_import(node: ast.AST) -> Iterator[Any]:
    """What runs while the module is imported: all but the bodies of functions. Their default values do."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            found: list[ast.AST] = [*inner.decorator_list, *inner.args.defaults, *filter(None, inner.args.kw_defaults)]
        elif isinstance(inner, ast.Lambda):
            found = [*inner.args.defaults, *filter(None, inner.args.kw_defaults)]
        else:
            found = [inner]
        for each in found:
            yield each
            yield from _at_import(each)


def _work(node: ast.AST) -> str:
    if isinstance(node, ast.While):
        return "goes around a loop"
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in _READS:
            return f"calls {called}"
    return ""


async def _quiet(exam: Examination, notes: Notes) -> None:
    for name, tree in _modules(exam.folder):
        notes.count()
        for line, used in _uses(tree, _TALKS):
            notes.error(f"{name}:{line}", f"uses {used}", _TALK)
        for node in ast.walk(tree):
            for module in _imports(node):
                if module.partition(".")[0] in _LOGGERS:
                    notes.error(f"{name}:{node.lineno}", f"imports {module}", _TALK)  # type: ignore[attr-defined] # a statement
    if exam.load() is None:
        return
    for scene in await exam.scenes():
        for after in (None, GivenAnswer(status=404, body=b"{}")):
            first = scene.answers if after is None else ()
            with _heard(exam.folder) as said:
                await play(exam.plugin, scene, exam.secrets, first=first, after=after)
            notes.count()
            if said:
                notes.error("connector.py", f"`{scene.operation}` says {said[0][:60]!r} beside its result", _TALK)


_TALK: Final = "say it in the result or the error: what a plugin prints or logs may hold personal data"


@contextmanager
def _heard(folder: Path) -> Iterator[list[str]]:
    """What is printed meanwhile, and logged from the plugin's folder."""
    said: list[str] = []
    out = io.StringIO()

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if Path(record.pathname).is_relative_to(folder):
                said.append(record.getMessage())

    handler, root = Handler(logging.DEBUG), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            yield said
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        if text := out.getvalue().strip():
            said.append(text)


CHECKS: Final = (
    Check(
        id="side_doors",
        level="dependable",
        proves="The connector opens no connection, process, file or environment of its own.",
        example="connector.py:12: imports subprocess.run",
        run=_side_doors,
        unloaded=True,
    ),
    Check(
        id="sleeping",
        level="dependable",
        proves="The connector does not wait by itself.",
        example="connector.py:31: uses time.sleep",
        run=_sleeping,
        unloaded=True,
    ),
    Check(
        id="import_work",
        level="dependable",
        proves="Nothing is read, asked or computed when a module of the connector is imported.",
        example="mapping.py:14: calls read_text when it is imported",
        run=_import_work,
        unloaded=True,
    ),
    Check(
        id="quiet",
        level="dependable",
        proves="The connector prints and logs nothing, whatever it is answered.",
        example="connector.py:20: uses print",
        run=_quiet,
        unloaded=True,
    ),
)

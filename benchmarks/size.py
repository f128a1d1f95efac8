"""How much code there is in each room, and how much of it runs: docs/explanation/size.md says what came out.

    python -m benchmarks.size                     # lines of code, without blank ones, comments and docstrings
    python -m benchmarks.size coverage.json       # and of these, those of functions that ran

The second wants what `coverage json` writes in the folder that it is called in, which may be a checkout of another
commit: `python .../benchmarks/size.py coverage.json`. A function counts whole as soon as one statement of its body ran.
"""

from __future__ import annotations

import ast
import io
import json
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOTS: Final = ("gateway", "plugins", "window", "clients")
_NO_CODE: Final = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER
}  # fmt: skip

Function = ast.FunctionDef | ast.AsyncFunctionDef


def code_lines(text: str, tree: ast.Module) -> set[int]:
    """The numbers of the lines that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.difference_update(_lines(node))
    return lines


def run_lines(tree: ast.Module, code: set[int], executed: set[int]) -> int:
    """How many lines of code the functions have of whose bodies something ran; those inside of others count alone."""
    found = 0
    for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
        own = set(_lines(function))
        for inner in (node for node in ast.walk(function) if isinstance(node, Function) and node is not function):
            own.difference_update(_lines(inner))
        body = {node.lineno for each in function.body for node in ast.walk(each) if isinstance(node, ast.stmt)}
        if body & own & executed:
            found += len(own & code)
    return found


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _files() -> Iterator[Path]:
    for root in ROOTS:
        yield from (path for path in sorted(Path(root).rglob("*.py")) if "tests" not in path.parts)


def main(executed: Mapping[str, set[int]]) -> None:
    everything: Counter[str] = Counter()
    ran: Counter[str] = Counter()
    for path in _files():
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        code = code_lines(text, tree)
        room = path.parts[0] if path.parts[0] != "gateway" else "/".join(path.parts[: min(2, len(path.parts) - 1)])
        everything[room] += len(code)
        ran[room] += run_lines(tree, code, executed.get(str(path), set()))
    for room, lines in [*sorted(everything.items()), ("total", everything.total())]:
        print(f"{room:<24}{lines:>8}{ran.total() if room == 'total' else ran[room]:>8}")


if __name__ == "__main__":
    files = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["files"] if len(sys.argv) > 1 else {}
    main({name: set(each["executed_lines"]) for name, each in files.items()})

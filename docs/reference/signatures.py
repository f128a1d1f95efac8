"""Python code as rows of a table: signatures, members of classes, values, each with what its docstring says. For the
pages of the toolbox and of the contract."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any


def parsed(named: Any) -> ast.stmt:
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(named))).body
    return node


def class_of(named: type) -> ast.ClassDef:
    node = parsed(named)
    assert isinstance(node, ast.ClassDef)
    return node


def explained(body: Sequence[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """Each statement with the text below it, if there is one."""
    for node, below in zip(body, (*body[1:], None), strict=True):
        yield node, text(below)


def text(node: ast.stmt | None) -> str:
    """The text that an assignment has below it."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return inspect.cleandoc(node.value.value)
    return ""


def signature(node: ast.stmt) -> str:
    """Without `self`, as it is called."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    return f"{node.name}({arguments(node)}){returns}"


def arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return ast.unparse(node.args).removeprefix("self").removeprefix(", ").removeprefix("/, ")


def made_by(of: type) -> str:
    """The arguments by which it is made: those of its own `__init__`; else the classes that it is derived from."""
    node = class_of(of)
    made = next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)
    taken = arguments(made) if made is not None else ""
    return taken or ", ".join(ast.unparse(each) for each in node.bases)


def first_paragraph(told: str | None) -> str:
    return (told or "").split("\n\n")[0]


def row(code: str, told: str | None) -> str:
    """With the first paragraph of the text."""
    return "| `{}` | {} |".format(*(cell(each) for each in (code, first_paragraph(told))))


def cell(told: str) -> str:
    """On one line."""
    return " ".join(told.split()).replace("|", "\\|")

"""A test that some text is absent must look for one that cannot come about by itself: answers hold random ids."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.source import nodes

ROOT = Path(__file__).parents[1]
LONG_ENOUGH = 5
"""Of `p1` there is one in every fifty ids; of a word of five characters one in a million."""
TEXTS = frozenset({"text", "body", "content", "stdout", "stderr", "output", "html"})
MADE = frozenset({"str", "repr", "dumps", "join", "read_text", "read_bytes", "lower", "decode"})


def is_text(node: ast.expr) -> bool:
    """Whether it is a whole answer, page or file, as far as its name says."""
    match node:
        case ast.Attribute(attr=name):
            return name in TEXTS
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in MADE
        case ast.BinOp(left=left, right=right):
            return is_text(left) or is_text(right)
    return False


def short(node: ast.expr) -> list[str]:
    """The texts in it that random letters and digits may spell."""
    match node:
        case ast.Constant(value=str() | bytes() as value):
            text = value if isinstance(value, str) else value.decode("latin-1")
            return [text] if text.isascii() and text.isalnum() and len(text) < LONG_ENOUGH else []
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return [found for element in elements for found in short(element)]
    return []


def sought(node: ast.AST) -> list[str]:
    """What is too short to be sought in a text: of `"p1" not in page.text`, `any(x in page.text for x in ("p1",))`."""
    match node:
        case ast.Compare(left=left, ops=[ast.NotIn()], comparators=[where]) if is_text(where):
            return short(left)
        case ast.GeneratorExp(elt=ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[where]), generators=[each]):
            return short(each.iter) if is_text(where) else []
    return []


def test_an_absent_text_is_none_that_random_ids_may_spell() -> None:
    files = [*ROOT.glob("tests/**/*.py"), *ROOT.glob("plugins/*/tests/**/*.py"), *ROOT.glob("examples/*/tests/**/*.py")]
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {text!r}"
        for path in files
        for node in nodes(path)
        for text in sought(node)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('assert "p1" not in page.text', ["p1"]),
        ('assert b"p1" not in received[0].body', ["p1"]),
        ('assert not any(each in told.body for each in (b"p1", b"Amina"))', ["p1"]),
        ('assert all(each not in str(found) for each in ["ab", "long enough"])', ["ab"]),
        ('assert "<b>" not in page.text', []),
        ('assert "Amina" not in page.text', []),
        ('assert "p1" not in page.json()', []),
        ('assert "p1" in page.text', []),
    ],
)
def test_the_rule_finds_what_it_should(source: str, found: list[str]) -> None:
    assert [text for node in ast.walk(ast.parse(source)) for text in sought(node)] == found

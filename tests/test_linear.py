"""Nothing that a stranger's text goes through takes longer than in proportion to the text.

The patterns are all there are: those that are written out in the code, and those of the services' forms.
"""

from __future__ import annotations

import ast
import re._constants as _constants  # type: ignore[import-untyped]
import re._parser as _parser  # type: ignore[import-untyped]
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway import typed_text
from gateway.auth.claim_match import name_words
from gateway.connectors.authoring import fold as label_fold
from gateway.connectors.text_folding import fold
from gateway.testing import service_tables

from .linear import BOUND, growth
from .source import nodes

ROOT = Path(__file__).parent.parent
CODE = ("gateway/**/*.py", "plugins/*/*.py", "plugins/*/sandbox/*.py")
SIZE = 1_500
PILES = {
    "two marks": "\u0301\u0323",
    "one sign that is two marks": "\u0f73",
    "marks over letters": "a\u0301\u0323\u0301",
    "a ligature": "\ufdfa",
}

SEPARATED = {"^(/[^/]+)+$", "(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+"}
"""Patterns whose rounds each begin with what the inner repetition cannot hold."""


@pytest.mark.parametrize("pile", PILES)
@pytest.mark.parametrize("work", [fold, label_fold, name_words, typed_text.line, typed_text.decomposed])
def test_folding_takes_time_in_proportion(work: Callable[[str], object], pile: str) -> None:
    assert growth(work, lambda size: "a" + PILES[pile] * size, SIZE) < BOUND


def test_marks_that_are_made_of_marks_are_piled_too() -> None:
    assert typed_text.acceptable("a" + "\u0f73" * 30)
    assert not typed_text.acceptable("a" + "\u0f73" * 31)


def in_code() -> Iterator[tuple[str, str]]:
    """Place and text of every pattern that is written out in the code."""
    for path in sorted(path for pattern in CODE for path in ROOT.glob(pattern)):
        for node in nodes(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                of_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
                if of_re and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.args[0].value


def in_meta() -> Iterator[tuple[str, str]]:
    """...and of those that shapes of requests name."""
    for path in sorted(ROOT.glob("gateway/**/*.py")):
        for node in nodes(path):
            if isinstance(node, ast.keyword) and node.arg == "pattern" and isinstance(node.value, ast.Constant):
                yield f"{path.relative_to(ROOT)}:{node.value.lineno}", str(node.value.value)


def in_forms() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.glob("plugins/*/services.toml")):
        yield from ((str(path.relative_to(ROOT)), each) for each in patterns_of(service_tables(path.parent)))


def patterns_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        for inner in value.values():
            yield from patterns_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from patterns_of(inner)


def all_patterns() -> dict[str, str]:
    """Each once, with a place where it stands."""
    return {text: place for place, text in [*in_code(), *in_meta(), *in_forms()]}


def nested(text: str) -> bool:
    """Whether something without end is repeated without end: the one shape that tries a text in exponentially many
    ways, unless each round begins with what the inner one cannot hold."""
    return _nested(_parser.parse(text), inside=False)


def _nested(parsed: Any, *, inside: bool) -> bool:
    for kind, value in parsed:
        if kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            _, most, body = value
            endless = most == _constants.MAXREPEAT
            if (endless and inside) or _nested(body, inside=inside or endless):
                return True
        elif kind is _constants.SUBPATTERN:
            if _nested(value[-1], inside=inside):
                return True
        elif kind is _constants.BRANCH:
            if any(_nested(each, inside=inside) for each in value[1]):
                return True
        elif kind in (_constants.ASSERT, _constants.ASSERT_NOT) and _nested(value[1], inside=inside):
            return True
    return False


def test_nested_repetition_is_recognised() -> None:
    assert all(map(nested, ("(a+)+b", "(?:a*b?)*c", "(x|(y+,?)+)", "((?:ab)+)+")))
    assert not any(map(nested, ("a+b+", "(?:a{1,3})+", "(a|b)*c", "(?:a+){2}")))


def test_no_pattern_repeats_a_repetition() -> None:
    patterns = all_patterns()
    assert len(patterns) > 60
    assert {text for text in patterns if nested(text)} == SEPARATED

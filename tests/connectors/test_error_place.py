"""Where an error of a plugin's code comes from, for its author."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gateway.connectors.error_place import as_raised, place

HERE = Path(__file__)


async def finds_nothing() -> None:
    next(iter(()))


async def reads_nonsense() -> None:
    json.loads("{")


async def caught(function: Callable[[], Coroutine[Any, Any, None]]) -> Exception:
    with pytest.raises(Exception) as failed:  # noqa: PT011 # of whatever kind
        await function()
    return failed.value


async def test_stop_of_an_iteration_in_a_coroutine_is_told_as_what_it_is() -> None:
    error = await caught(finds_nothing)
    assert type(error) is RuntimeError
    assert type(as_raised(error)) is StopIteration
    assert place(error, HERE.parent) == (HERE, finds_nothing.__code__.co_firstlineno + 1)


async def test_place_is_the_plugins_own_line_where_it_passed_there() -> None:
    error = await caught(reads_nonsense)
    assert place(error, HERE.parent) == (HERE, reads_nonsense.__code__.co_firstlineno + 1)
    for elsewhere in (HERE.parent / "other", None):
        found = place(error, elsewhere)
        assert found is not None
        assert found[0].name == "decoder.py"


def test_any_other_error_is_as_it_was_raised() -> None:
    error = RuntimeError("x")
    error.__cause__ = ValueError()
    assert as_raised(error) is error
    assert place(error, None) is None
    assert place(SyntaxError("x", ("/a/connector.py", 3, 1, "")), None) == (Path("/a/connector.py"), 3)

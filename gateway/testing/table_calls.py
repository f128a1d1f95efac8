"""The tables that a plugin's code calls the toolbox with, whatever they are called and wherever they stand."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import ModuleType
from typing import Any, Final, NamedTuple

from gateway.connectors.authoring import answers
from gateway.connectors.contract import check
from gateway.connectors.registry import LoadedPlugin
from gateway.testing.own_calls import OwnCall, held, own_calls

_TAKES: Final[Mapping[Callable[..., Any], tuple[int, str]]] = {
    # function                place and name of its table
    check: (1, "refusals"),
    answers.check_findings: (1, "refusals"),
    answers.motive: (0, "motives"),
    answers.progress_by: (0, "statuses"),
}
_FIELDS: Final[Mapping[Callable[..., Any], tuple[int, str]]] = {
    check: (2, "fields"),
    answers.check_findings: (2, "fields"),
}


class TableCall(NamedTuple):
    """One call with a table."""

    where: str
    """`mapping.py:80`."""
    function: str
    """Of the toolbox: `motive`."""
    name: str
    """The table as it is written there: `mapping.WHY`."""
    value: Mapping[str, Any] | None
    """What it holds; None if that is known only when the call is made."""


def tables_in_calls(plugin: LoadedPlugin) -> Iterator[TableCall]:
    """Every call of the toolbox with a table of words, in the plugin's own modules."""
    for call in own_calls(plugin):
        yield from _of_call(call, _TAKES)


def fields_in_calls(plugin: LoadedPlugin) -> Iterator[TableCall]:
    """Those with a table of a portal's names of a form's members."""
    for call in own_calls(plugin):
        yield from _of_call(call, _FIELDS)


def _of_call(call: OwnCall, takes: Mapping[Callable[..., Any], tuple[int, str]]) -> Iterator[TableCall]:
    node, module = call.node, call.module
    function, given = held(node.func, module), node.args
    if function is partial and given:
        function, given = held(given[0], module), given[1:]
    try:
        place, name = takes[function]
    except (KeyError, TypeError):  # a value that is no key is no function of the toolbox
        return
    table = next((each.value for each in node.keywords if each.arg == name), None)
    if table is None and len(given) > place:
        table = given[place]
    if table is None or (isinstance(table, ast.Constant) and table.value is None):
        return
    found = _mapping(table, module)
    yield TableCall(call.where, function.__name__, ast.unparse(table), found)


def _mapping(node: ast.expr, module: ModuleType) -> Mapping[str, Any] | None:
    """A table by its name, or one that is put together on the spot from such."""
    if isinstance(node, ast.Dict):
        made: dict[str, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                inner = _mapping(value, module)
                if inner is None:
                    return None
                made |= inner
            else:
                word, code = held(key, module), held(value, module)
                if word is None or code is None:
                    return None
                made[word] = code
        return made
    found = held(node, module)
    return found if isinstance(found, Mapping) else None

"""What a plugin's code tells people by a code or a title: the values of the contract, and where it makes them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, Final, NamedTuple

from gateway.connectors.contract import CheckFinding, DocumentRef, Refused, RequiredAction
from gateway.connectors.registry import LoadedPlugin
from gateway.testing.own_calls import held, own_calls

_TELLS: Final[Mapping[type, str]] = {
    # made                name of the argument, which is also the first one
    RequiredAction: "code",
    CheckFinding: "code",
    Refused: "code",
    DocumentRef: "title",
}


class Told(NamedTuple):
    """A code or a title that people may be told."""

    where: str
    """`mapping.py:80`."""
    by: type
    """`RequiredAction`, `CheckFinding`, `Refused` or `DocumentRef`."""
    text: str


def told_in_calls(plugin: LoadedPlugin) -> Iterator[Told]:
    """Every one that the plugin's own modules write, as far as it is known before the call: a constant, the values of a
    table, the ways of a condition."""
    for call in own_calls(plugin):
        made = held(call.node.func, call.module)
        name = _TELLS.get(made) if isinstance(made, type) else None
        given = [each.value for each in call.node.keywords if each.arg == name] if name else []
        for each in given or (call.node.args[:1] if made is Refused else []):
            for text in dict.fromkeys(_texts(each, call.module)):
                yield Told(call.where, made, text)


def _texts(node: ast.expr, module: ModuleType) -> Iterator[str]:
    """Every text that the expression may come to."""
    match node:
        case ast.IfExp():
            yield from _texts(node.body, module)
            yield from _texts(node.orelse, module)
        case ast.BoolOp():
            for each in node.values:
                yield from _texts(each, module)
        case ast.Subscript():
            yield from _values(held(node.value, module))
        case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[_, *otherwise]):
            yield from _values(held(table, module))
            for each in otherwise:
                yield from _texts(each, module)
        case _:
            found = held(node, module)
            if isinstance(found, str):
                yield found


def _values(table: Any) -> Iterator[str]:
    for each in table.values() if isinstance(table, Mapping) else ():
        if isinstance(each, str):
            yield each

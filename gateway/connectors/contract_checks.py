"""Does a connector class keep what its capabilities promise? Asked at load time, so that no person finds out first."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from gateway.connectors.contract import CAPABILITIES, Connector, Filing, Operation, operations

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def contract_violations(connector: type[Connector]) -> Iterator[str]:
    """One sentence for each method that is missing or cannot be called the way the core calls it."""
    if not connector.capabilities:
        names = ", ".join(each.__name__ for each in CAPABILITIES)
        yield f"{connector.__name__} has no capability; it must inherit one of {names}"
    for capability in connector.capabilities:
        methods = dict(_methods(capability))
        own = {name for name in methods if overridden(connector, capability, name)}
        if capability is Filing and _number_missing(connector):
            yield f"{connector.__name__}.progress_many_most must say how many demands one request may name"
        if not own:
            yield f"{connector.__name__} inherits {capability.__name__} and overrides none of its methods"
            continue
        for name, method in methods.items():
            where = f"{connector.__name__}.{name}"
            if name in own:
                yield from (
                    f"{where} {problem}" for problem in _differences(inspect.getattr_static(connector, name), method)
                )
            elif must_be_overridden(method):
                yield f"{where} is missing: {capability.__name__} has no default for it"


def _methods(capability: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """What a connector may override, as the contract has it."""
    for name, each in vars(capability).items():
        method = each.method if isinstance(each, Operation) else each
        if inspect.isfunction(method):
            yield name, method


def _number_missing(connector: type[Connector]) -> bool:
    if not issubclass(connector, Filing):
        return False
    return implements(connector, Filing.progress_many) and connector.progress_many_most < 2


def overridden(connector: type[Connector], capability: type, name: str) -> bool:
    return inspect.getattr_static(connector, name) is not inspect.getattr_static(capability, name)


def implements(connector: type[Connector], operation: Operation[..., Any]) -> bool:
    """Whether the connector has this operation of the contract, with code of its own for it."""
    name = operation.name
    return name in operations(connector) and inspect.getattr_static(connector, name) is not operation


def implemented(connector: type[Connector]) -> list[str]:
    """The operations that the connector has code of its own for."""
    return [
        name
        for capability in connector.capabilities
        for name in operations(connector)
        if name in vars(capability) and overridden(connector, capability, name)
    ]


def must_be_overridden(method: Callable[..., Any]) -> bool:
    """A capability method without a default says so by raising `NotImplementedError`."""
    return "NotImplementedError" in method.__code__.co_names


def _differences(own: Any, promised: Callable[..., Any]) -> Iterator[str]:
    if not inspect.isfunction(own):
        yield "must be a plain method"
        return
    if inspect.iscoroutinefunction(promised) != inspect.iscoroutinefunction(own):
        yield "must be `async def`" if inspect.iscoroutinefunction(promised) else "must not be `async def`"
    wanted, given = (list(inspect.signature(each).parameters.values())[1:] for each in (promised, own))
    wanted_names = [p.name for p in wanted if p.kind in _POSITIONAL]
    given_names = [p.name for p in given if p.kind in _POSITIONAL]
    if given_names[: len(wanted_names)] != wanted_names:
        yield f"must take ({', '.join(['self', *wanted_names])}), not ({', '.join(['self', *given_names])})"
        return
    open_ended = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in wanted)
    for extra in given:
        named = extra.kind in (*_POSITIONAL, inspect.Parameter.KEYWORD_ONLY) and extra.name not in wanted_names
        if named and extra.default is inspect.Parameter.empty and not open_ended:
            yield f"asks for {extra.name!r}, which the core never gives"
    takes_words = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in given) or len(given) > len(wanted_names)
    if open_ended and not takes_words:
        yield "must take further words by name (**)"

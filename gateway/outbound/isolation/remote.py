"""The connector of an isolated portal as the gateway sees it: the same class, whose operations run elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from gateway.connectors.contract import Connector, Paying, Portal, Reply, Unavailable, Verdict, operations
from gateway.connectors.contract_checks import implemented
from gateway.outbound.isolation.process import IsolatedProcess


def remote_class(connector: type[Connector], process: IsolatedProcess) -> type[Connector]:
    """A subclass that has all its capabilities and class attributes, and none of its code."""
    own: dict[str, Any] = {"__init__": _init, "__module__": connector.__module__}
    own |= {name: _elsewhere(connector, name, process) for name in implemented(connector)}
    if issubclass(connector, Paying):
        own["answer"] = _answer(process)
    return type(connector.__name__, (connector,), own)


def _init(self: Connector, portal: Portal) -> None:
    Connector.__init__(self, portal)


def _elsewhere(
    connector: type[Connector], name: str, process: IsolatedProcess
) -> Callable[..., Coroutine[Any, Any, Any]]:
    operation = operations(connector)[name]

    async def method(_: Connector, /, *args: Any, **kwargs: Any) -> Any:
        return await process.call(operation, args, kwargs)

    method.__name__ = name
    return method


def _answer(process: IsolatedProcess) -> Callable[[Connector, Verdict], Reply]:
    def answer(_: Connector, verdict: Verdict) -> Reply:
        reply = process.replies.get(verdict.value)
        if reply is None:
            raise Unavailable("connector_failed")
        return reply

    return answer

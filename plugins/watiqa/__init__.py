"""Civil-status documents from watiqa.ma: birth extracts, full copies, consular registration certificates."""

from __future__ import annotations

from collections.abc import Callable

from gateway.connectors.contract import Connector
from gateway.connectors.hookspecs import hookimpl

from .connector import Watiqa


@hookimpl
def gateway_register_connectors(register: Callable[[type[Connector]], None]) -> None:
    register(Watiqa)

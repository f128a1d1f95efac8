"""Digital civil status at alhalalmadania.ma: copies of records, pre-declarations of births, marriages and the like."""

from __future__ import annotations

from collections.abc import Callable

from gateway.connectors.contract import Connector
from gateway.connectors.hookspecs import hookimpl

from .connector import Alhalalmadania


@hookimpl
def gateway_register_connectors(register: Callable[[type[Connector]], None]) -> None:
    register(Alhalalmadania)

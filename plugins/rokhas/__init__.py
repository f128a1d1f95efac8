"""Permits of the communes through rokhas.ma: building, repair, demolition, occupancy, business, public domain."""

from __future__ import annotations

from collections.abc import Callable

from gateway.connectors.contract import Connector
from gateway.connectors.hookspecs import hookimpl

from .connector import Rokhas


@hookimpl
def gateway_register_connectors(register: Callable[[type[Connector]], None]) -> None:
    register(Rokhas)

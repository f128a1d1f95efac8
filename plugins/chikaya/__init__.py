"""Complaints, observations and suggestions to the administrations: chikaya.ma."""

from __future__ import annotations

from collections.abc import Callable

from gateway.connectors.contract import Connector
from gateway.connectors.hookspecs import hookimpl

from .connector import Chikaya


@hookimpl
def gateway_register_connectors(register: Callable[[type[Connector]], None]) -> None:
    register(Chikaya)

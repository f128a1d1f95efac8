"""Passports from passeport.ma: pre-applications with the e-stamp reserved first, and tracking."""

from __future__ import annotations

from collections.abc import Callable

from gateway.connectors.contract import Connector
from gateway.connectors.hookspecs import hookimpl

from .connector import Passeport


@hookimpl
def gateway_register_connectors(register: Callable[[type[Connector]], None]) -> None:
    register(Passeport)

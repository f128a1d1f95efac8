"""Consular fees and fee stamps: eTimbre, with card payment through CMI."""

from __future__ import annotations

from collections.abc import Callable

from gateway.connectors.contract import Connector
from gateway.connectors.hookspecs import hookimpl

from .connector import ETimbre


@hookimpl
def gateway_register_connectors(register: Callable[[type[Connector]], None]) -> None:
    register(ETimbre)

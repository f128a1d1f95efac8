"""Barid Al-Maghrib: parcels and registered mail, and where they are."""

from __future__ import annotations

from collections.abc import Callable

from gateway.connectors.contract import Connector
from gateway.connectors.hookspecs import hookimpl
from plugins.barid.connector import Barid


@hookimpl
def gateway_register_connectors(register: Callable[[type[Connector]], None]) -> None:
    register(Barid)

"""Echo, the reference connector. Its portal does what the form's field `behave` says. Copy it to begin yours."""

from __future__ import annotations

from collections.abc import Callable

from gateway.connectors.contract import Connector
from gateway.connectors.hookspecs import hookimpl
from plugins.echo.connector import Echo


@hookimpl
def gateway_register_connectors(register: Callable[[type[Connector]], None]) -> None:
    register(Echo)

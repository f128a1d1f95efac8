"""Header fields as the server brings them (ASGI): names in lower case, in the order of the request.

The framework's own mapping of them is made anew for each connection object, which costs more than what is asked of it.
"""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection


def first(connection: ASGIConnection[Any, Any, Any, Any], name: bytes) -> str:
    """The first value of a field; empty without it."""
    for each, value in connection.scope["headers"]:
        if each == name:
            return value.decode("latin-1")
    return ""


def has(connection: ASGIConnection[Any, Any, Any, Any], name: bytes) -> bool:
    return any(each == name for each, _ in connection.scope["headers"])

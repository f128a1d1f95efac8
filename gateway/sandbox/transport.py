"""Serving with a connection that can be dropped: uvicorn's protocol, plus its transport in the request's scope."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION: Final = "mre_gateway.transport"
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class DroppableProtocol(HttpToolsProtocol):
    """Give to uvicorn as `http`."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"transport": self.transport}}


async def drop(scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> None:
    """Reset the connection (TCP RST): the client gets no byte more, not even an orderly end."""
    transport: asyncio.Transport = scope["extensions"][EXTENSION]["transport"]
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass

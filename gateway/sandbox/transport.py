"""Serving with a connection that can be dropped: uvicorn's protocol, plus its transport in the request's scope.

Over TLS the scope also has the `tls` extension of ASGI (TLS extension 0.2), with the certificate that the client
showed. uvicorn does not provide it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION: Final = "mre_gateway.transport"
TLS: Final = "tls"
_VERSIONS: Final = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class DroppableProtocol(HttpToolsProtocol):
    """Give to uvicorn as `http`."""

    _tls: dict[str, Any] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        secured = transport.get_extra_info("ssl_object")
        self._tls = None if secured is None else _tls(secured)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {EXTENSION: {"transport": self.transport}}
        if self._tls is not None:
            extensions[TLS] = self._tls
        self.scope["extensions"] = extensions


async def drop(scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> None:
    """Reset the connection (TCP RST): the client gets no byte more, not even an orderly end."""
    transport: asyncio.Transport = scope["extensions"][EXTENSION]["transport"]
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _tls(secured: ssl.SSLObject) -> dict[str, Any]:
    shown = secured.getpeercert(binary_form=True)
    certificate = None if shown is None else x509.load_der_x509_certificate(shown)
    return {
        "server_cert": None,
        "client_cert_chain": [] if certificate is None else [certificate.public_bytes(Encoding.PEM).decode()],
        "client_cert_name": None if certificate is None else certificate.subject.rfc4514_string(),
        "client_cert_error": None,
        "tls_version": _VERSIONS.get(secured.version() or ""),
        "cipher_suite": None,
    }

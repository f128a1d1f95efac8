"""The proofs that a call may use its token: a DPoP proof, or a certificate from a trusted proxy."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Any, Final

from litestar.connection import ASGIConnection

from gateway.api.http.addresses import FORWARDED, Proxies
from gateway.auth.binding import Call
from gateway.auth.errors import AuthError
from gateway.settings import Settings


def presented(connection: ASGIConnection[Any, Any, Any, Any], settings: Settings) -> Call:
    path: bytes = connection.scope.get("raw_path") or connection.scope["path"].encode()
    return Call(
        method=str(connection.scope.get("method", "")),
        url=settings.public_url + path.partition(b"?")[0].decode("latin-1"),
        proofs=tuple(_values(connection, b"dpop")),
        certificate=_certificate(connection, settings),
    )


SINGLE: Final = (
    "Authorization",
    "Mandate",
    "Idempotency-Key",
    "Tracking-Proof",
    "Last-Event-ID",
    "Content-Type",
    "Content-Length",
)
"""Headers that decide something and have one value (RFC 9110, section 5.3). `DPoP` is not among them: RFC 9449, 4.3,
says how two proofs are refused. Lists, such as `Accept` and `If-Match`, may come in several lines."""


def repeated(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The first of `SINGLE` that came more than once; empty if none did. A proxy or a log may have read the other."""
    seen = [name.lower() for name, _ in connection.scope["headers"]]
    if len(set(seen)) == len(seen):
        return ""
    return next((name for name in SINGLE if seen.count(name.lower().encode()) > 1), "")


def authorization(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """The header's value. Raises `AuthError` if there are several, because readers may disagree which one counts."""
    values = _values(connection, b"authorization")
    if len(values) > 1:
        raise AuthError("token_malformed", "there must be one Authorization header")
    return values[0] if values else None


def _certificate(connection: ASGIConnection[Any, Any, Any, Any], settings: Settings) -> bytes | None:
    """From `Client-Cert` (RFC 9440, 2.1: one byte sequence of RFC 8941), if it comes from a trusted proxy, which has to
    remove the header from incoming requests. From any other peer the header is ignored."""
    if not settings.auth.client_certificates or not from_proxy(connection, settings.server.trusted_proxies):
        return None
    values = _values(connection, b"client-cert")
    if len(values) != 1:
        return None
    value = values[0].strip(" ")
    if len(value) < 2 or value[0] != ":" or value[-1] != ":":
        return None
    try:
        return base64.b64decode(value[1:-1], validate=True)
    except (binascii.Error, ValueError):
        return None


def from_proxy(connection: ASGIConnection[Any, Any, Any, Any], networks: tuple[str, ...]) -> bool:
    """Whether the connection itself, not the forwarded client, comes from one of these networks."""
    if not networks:  # nobody was named; a Unix socket has no address that could be
        return False
    if FORWARDED in (connection.scope.get("extensions") or {}):
        return True
    peer = connection.scope.get("client")
    return peer is not None and _proxies(networks).trusts(peer[0])


@lru_cache(maxsize=8)
def _proxies(networks: tuple[str, ...]) -> Proxies:
    return Proxies(networks)


def _values(connection: ASGIConnection[Any, Any, Any, Any], name: bytes) -> list[str]:
    return [value.decode("latin-1") for each, value in connection.scope["headers"] if each.lower() == name]

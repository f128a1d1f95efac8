"""Shared by all connections of a process: limits, the list of connections, and the answer of a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Final

from prometheus_client import Counter, Gauge

from gateway.api.http.addresses import Proxies, site
from gateway.api.http.connections import Connection, Connections, places
from gateway.api.http.problems import Problem, render
from gateway.i18n.messages import Messages, negotiate
from gateway.ids import new_id
from gateway.settings import Settings
from gateway.telemetry.metrics import REGISTRY

STATE: Final = "mre_gateway.connections"
"""Where the server's protocol finds the guard in the state of the application's lifespan (ASGI)."""

_connections: Final = Gauge("mre_gateway_connections", "Open connections of clients.", registry=REGISTRY)
_refused: Final = Counter(
    "mre_gateway_connections_refused_total",
    "Connections and requests that ended before they reached a route, by reason.",
    ("code",),
    registry=REGISTRY,
)


class ConnectionLimits:
    def __init__(
        self, settings: Settings, messages: Messages, counted: Callable[[str, int, str], None] = lambda *_: None
    ) -> None:
        """`counted` is called for each refusal: code, status, address."""
        server = settings.server
        self.header_bytes = server.max_header_bytes
        self.header_seconds = server.header_seconds
        self.body_seconds = server.body_seconds
        self.small_chunks = server.max_small_chunks
        self.send_seconds = server.send_seconds
        self.ending_seconds = server.shutdown_grace_seconds / 2
        self.proxies = Proxies(server.trusted_proxies)
        self.connections = Connections(places(server.max_connections), server.connections_per_address)
        self._settings = settings
        self._messages = messages
        self._counted = counted
        _connections.set_function(self.connections.__len__)

    def enter(self, connection: Connection, peer: str) -> str | None:
        """Take a place for a connection from `peer` ("" for a Unix socket), or return the code of the refusal."""
        exempt = not peer or self.proxies.trusts(peer)
        return self.connections.enter(connection, "" if exempt else site(peer))

    def refusal(self, code: str, address: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
        """A whole answer (RFC 9112), after which the connection is closed. The refusal is counted."""
        language = self._settings.default_language
        for name, value in headers:
            if name == b"accept-language":
                language = negotiate(value.decode("latin-1"), self._settings.languages, language)
        call_id = new_id("call")
        problem = Problem(code, retry_after=1 if code in ("overloaded", "address_quota_used") else None)
        start, body = render(problem, language, call_id, self._messages, self._settings.public_url)
        _refused.labels(code).inc()
        self._counted(code, problem.status, address)
        lines = [
            b"HTTP/1.1 %d %s" % (problem.status, HTTPStatus(problem.status).phrase.encode()),
            *(name + b": " + value for name, value in start["headers"]),
            b"call-id: " + call_id.encode(),
            b"connection: close",
        ]
        return b"\r\n".join(lines) + b"\r\n\r\n" + body["body"]

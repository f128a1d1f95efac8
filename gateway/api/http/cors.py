"""Cross-origin calls from browsers (CORS, Fetch standard): which pages may call this API, and what they may read.

The origins stand with each client in `clients.toml`. A preflight carries no token, so it is answered for the origins of
all clients together; the response to the call itself may be read only by a page of the token's own client. The audit
log is for the pages of auditors and operators alone. There is no `*` and there are no credentials: a token is sent by
the page, never by the browser itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from litestar.types import HTTPResponseBodyEvent, HTTPResponseStartEvent, HTTPScope

from gateway.auth.clients import Client, ClientKind, Clients

Headers = list[tuple[bytes, bytes]]

_METHODS: Final = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_ACCEPTED: Final = (
    b"Authorization, DPoP, Content-Type, Accept-Language, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
    b"Mandate, Tracking-Proof"
)
"""What a page may send beyond the headers that need no leave."""
_EXPOSED: Final = (
    b"ETag, Location, Retry-After, Call-Id, Idempotent-Replayed, Content-Language, Content-Disposition, Link, "
    b"WWW-Authenticate, DPoP-Nonce, RateLimit, RateLimit-Policy, Deprecation, Sunset"
)
"""What a page may read beyond the headers that need no leave."""
_OF_AUDIT: Final[frozenset[ClientKind]] = frozenset({"auditor", "operator", "agency"})
_NEVER: Final = ("/metrics", "/health/")
"""For programs of the operator, not for pages."""


class Cors:
    def __init__(self, clients: Clients, preflight_seconds: float) -> None:
        self._clients, self._max_age = clients, str(int(preflight_seconds)).encode()
        self._in_use = any(client.origins for client in clients)

    def allowed(self, scope: HTTPScope, client_id: str = "") -> Headers:
        """The headers that let the page read the response. `client_id`: whose token it was, if that is known."""
        if not self._in_use:
            return []
        headers: Headers = [(b"vary", b"Origin")]  # also without one: a cache must not give a page another one's
        origin = _header(scope, b"origin")
        if origin and any(client.may_call_from(origin) for client in self._candidates(scope["path"], client_id)):
            headers += [
                (b"access-control-allow-origin", origin.encode("latin-1")),
                (b"access-control-expose-headers", _EXPOSED),
            ]
        return headers

    def preflight(self, scope: HTTPScope) -> tuple[HTTPResponseStartEvent, HTTPResponseBodyEvent] | None:
        """The response to a preflight; None for every other request. A page of another origin gets one that allows
        nothing, and its browser tells the developer."""
        if scope["method"] != "OPTIONS" or not _header(scope, b"access-control-request-method"):
            return None
        headers = self.allowed(scope)
        if any(name == b"access-control-allow-origin" for name, _ in headers):
            headers = [each for each in headers if each[0] != b"access-control-expose-headers"]
            headers += [
                (b"access-control-allow-methods", _METHODS),
                (b"access-control-allow-headers", _ACCEPTED),
                (b"access-control-max-age", self._max_age),
            ]
        return (
            {"type": "http.response.start", "status": 204, "headers": headers},
            {"type": "http.response.body", "body": b"", "more_body": False},
        )

    def _candidates(self, path: str, client_id: str) -> Iterable[Client]:
        if path.startswith(_NEVER):
            return []
        for_audit = path == "/audit" or path.startswith("/audit/")
        return (
            client
            for client in self._clients
            if (client.kind in _OF_AUDIT) == for_audit and client_id in ("", client.id)
        )


def _header(scope: HTTPScope, name: bytes) -> str:
    """Its value; empty without it, or if it is there twice."""
    found = [value for each, value in scope["headers"] if each == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""

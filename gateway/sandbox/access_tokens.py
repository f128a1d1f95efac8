"""A stand-in's token endpoint (RFC 6749 section 4.4): who gets an access token, and whether one is good.

Written apart from `gateway/outbound/schemes/`, which asks for the tokens, so that a mistake on one side shows on the
other. A stand-in that binds tokens to a key, or that knows its client by a signed assertion, adds that itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from gateway.sandbox.context import SandboxContext
from gateway.sandbox.portal_app import Objection


class AccessTokens:
    """Tokens live `token_seconds` (an option) of the *client's* time: the client's clock is not sped up with ours. A
    jump of the sandbox's clock ends them early, which is how a test sees a token that has expired."""

    def __init__(self, context: SandboxContext, *, scheme: str = "Bearer", seconds: float = 300.0) -> None:
        self._context, self._scheme = context, scheme
        self._table = context.table("tokens")
        self._seconds = float(context.options.get("token_seconds", seconds))

    def issue(self, **bound: str) -> dict[str, Any]:
        """The answer of the endpoint. `bound` comes back from `check`."""
        token, now = secrets.token_urlsafe(32), self._context.clock.timestamp()
        with self._context.store.transaction():
            self._table.drop_while(lambda old: old["expires"] <= now)
            self._table.put(_digest(token), {"expires": now + self._context.clock.moves_in(self._seconds), **bound})
        return {"access_token": token, "token_type": self._scheme, "expires_in": int(self._seconds)}

    def check(self, authorization: str, denied: type[Objection] = Objection) -> dict[str, Any]:
        """What the token was bound to. Raises `denied` 401."""
        scheme, _, token = authorization.partition(" ")
        known = self._table.get(_digest(token)) if scheme.lower() == self._scheme.lower() else None
        if known is None or known["expires"] <= self._context.clock.timestamp():
            raise denied(401, "invalid_token", "The access token is missing, unknown or expired.")
        return known


def must_be_client_credentials(grant_type: str, denied: type[Objection] = Objection) -> None:
    if grant_type != "client_credentials":
        raise denied(400, "unsupported_grant_type", "Only client_credentials is supported.")


def must_know_secret(
    context: SandboxContext, authorization: str, form: Mapping[str, str], denied: type[Objection] = Objection
) -> None:
    """Client id and secret by HTTP Basic or in the form: RFC 6749 section 2.3.1 allows both. Raises `denied` 401."""
    scheme, _, encoded = authorization.partition(" ")
    client, secret = form.get("client_id", ""), form.get("client_secret", "")
    if scheme.lower() == "basic":
        try:
            given, _, word = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            given = word = ""
        client, secret = unquote_plus(given), unquote_plus(word)
    known = hmac.compare_digest(client.encode(), context.options.get("client_id", "mre-gateway").encode())
    right = hmac.compare_digest(secret.encode(), context.secrets["client_secret"].encode())
    if not (known and right):
        raise denied(401, "invalid_client", "Unknown client or wrong secret.")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

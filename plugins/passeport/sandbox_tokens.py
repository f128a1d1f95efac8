"""The stand-in's token endpoint: `private_key_jwt` (RFC 7523), checked against the gateway's published keys.

All times here are real time: the gateway does not know of the stand-in's clock.
"""

from __future__ import annotations

import hashlib
import secrets
from time import time
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.sandbox.desk import Desk

from .sandbox_intake import Objection

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LEEWAY_SECONDS: Final = 30.0
"""What the two clocks may differ by."""
LONGEST_SECONDS: Final = 300.0
"""An assertion that is good for longer is not taken: its `jti` would have to be kept as long."""
TOKEN_SECONDS: Final = 120.0


class Tokens:
    """Access tokens and the assertions they are given for. A jump of the sandbox's clock ends tokens early, which is
    how a test sees a token that has expired; its speed does not."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._table = desk.table("tokens")
        self._spent = desk.table("assertions")
        self._client = desk.options.get("client_id", "mre-gateway")
        self._seconds = float(desk.options.get("token_seconds", TOKEN_SECONDS))

    def issue(self, form: dict[str, str]) -> dict[str, Any]:
        if form.get("grant_type") != "client_credentials":
            raise Objection(400, "unsupported_grant_type", "Only client_credentials is supported.")
        if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form:
            raise Objection(401, "invalid_client", "A client assertion (RFC 7523) is required.")
        self._spend(self._read(form["client_assertion"]))
        token, now = secrets.token_urlsafe(32), self._desk.clock.timestamp()
        with self._desk.store.transaction():
            for key, old in self._table.items():
                if old["expires"] <= now:
                    self._table.delete(key)
            self._table.put(_digest(token), {"expires": now + self._seconds * self._desk.clock.speed})
        return {"access_token": token, "token_type": "Bearer", "expires_in": int(self._seconds)}

    def check(self, authorization: str) -> None:
        scheme, _, token = authorization.partition(" ")
        known = self._table.get(_digest(token)) if scheme.lower() == "bearer" else None
        if known is None or known["expires"] <= self._desk.clock.timestamp():
            raise Objection(401, "invalid_token", "The access token is missing, unknown or expired.")

    def _read(self, assertion: str) -> dict[str, Any]:
        """The claims of an assertion that a known key signed, for us, a moment ago (RFC 7523 section 3)."""
        try:
            key_id = jwt.get_unverified_header(assertion).get("kid")
            raw = self._desk.gateway_keys.get(str(key_id))
            if raw is None:
                raise Objection(401, "invalid_client", "The key of the assertion is not known.")
            claims: dict[str, Any] = jwt.decode(
                assertion,
                Ed25519PublicKey.from_public_bytes(raw),
                algorithms=["EdDSA"],
                audience=f"{self._desk.base_url}/oauth/token",
                issuer=self._client,
                subject=self._client,
                leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "jti"]},
            )
        except jwt.InvalidTokenError as error:
            raise Objection(401, "invalid_client", f"The assertion does not hold: {error}") from error
        if claims["exp"] > time() + LONGEST_SECONDS + LEEWAY_SECONDS:
            raise Objection(401, "invalid_client", "The assertion is good for too long.")
        return claims

    def _spend(self, claims: dict[str, Any]) -> None:
        now = time()
        with self._desk.store.transaction():
            for key, old in self._spent.items():
                if old["expires"] + LEEWAY_SECONDS <= now:
                    self._spent.delete(key)
            if self._spent.get(claims["jti"]) is not None:
                raise Objection(401, "invalid_client", "The assertion was used before.")
            self._spent.put(claims["jti"], {"expires": claims["exp"]})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

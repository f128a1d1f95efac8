"""The stand-in's token endpoint: `private_key_jwt` (RFC 7523), checked against the gateway's published keys.
Written apart from the gateway's scheme, so that a slip in one shows in the other.

All times here are real time: the gateway does not know of the stand-in's clock.
"""

from __future__ import annotations

from time import time
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.sandbox.authoring import AccessTokens, Objection, SandboxContext, must_be_client_credentials

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LEEWAY_SECONDS: Final = 30.0
"""What the two clocks may differ by."""
LONGEST_SECONDS: Final = 300.0
"""An assertion that is good for longer is not taken: its `jti` would have to be kept as long."""
TOKEN_SECONDS: Final = 120.0


class Tokens:
    """Access tokens, and the assertions that they are given for."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._tokens = AccessTokens(context, seconds=TOKEN_SECONDS)
        self._spent = context.table("assertions")
        self._client = context.options.get("client_id", "mre-gateway")

    def issue(self, form: dict[str, str]) -> dict[str, Any]:
        must_be_client_credentials(form.get("grant_type", ""))
        if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form:
            raise Objection(401, "invalid_client", "A client assertion (RFC 7523) is required.")
        self._spend(self._read(form["client_assertion"]))
        return self._tokens.issue()

    def check(self, authorization: str) -> None:
        self._tokens.check(authorization)

    def _read(self, assertion: str) -> dict[str, Any]:
        """The claims of an assertion that a known key signed, for us, a moment ago (RFC 7523 section 3)."""
        try:
            key_id = jwt.get_unverified_header(assertion).get("kid")
            raw = self._context.gateway_keys.get(str(key_id))
            if raw is None:
                raise Objection(401, "invalid_client", "The key of the assertion is not known.")
            claims: dict[str, Any] = jwt.decode(
                assertion,
                Ed25519PublicKey.from_public_bytes(raw),
                algorithms=["EdDSA"],
                audience=f"{self._context.base_url}/oauth/token",
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
        with self._context.store.transaction():
            self._spent.drop_while(lambda old: old["expires"] + LEEWAY_SECONDS <= now)
            if self._spent.get(claims["jti"]) is not None:
                raise Objection(401, "invalid_client", "The assertion was used before.")
            self._spent.put(claims["jti"], {"expires": claims["exp"]})

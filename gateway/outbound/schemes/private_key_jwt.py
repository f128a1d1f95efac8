"""A bearer token got with an assertion that our outbound signing key signs: `private_key_jwt`, no shared secret.

RFC 7523 sections 2.2 and 3, RFC 7521 section 4.2; the grant is client credentials (RFC 6749 section 4.4).
`[auth] scheme = "private_key_jwt"`, `token_path`, optional `scope`, and `audience`: what the portal calls itself, by
default the address of its token endpoint. The client's name is the option `client_id`. The portal finds the public key
by its `kid` at `/.well-known/jwks.json`.
"""

from __future__ import annotations

import json
import uuid
from typing import Any, Final

import httpx

from gateway.auth.keyfiles import b64url
from gateway.connectors.hookspecs import Signer
from gateway.outbound.schemes.bearer import BearerToken, token_request
from gateway.outbound.schemes.setup import Setup

ASSERTION_SECONDS: Final = 60
"""How long an assertion is good for: the time that the request needs, and what clocks may differ by."""
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class ClientAssertion(BearerToken):
    """Asks for its token with an assertion, each time with another one: the portal takes a `jti` once."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._url = setup.url("token_path")
        self._client_id = setup.option("client_id")
        self._audience = setup.text("audience", str(self._url))
        self._scope = str(setup.table.get("scope", ""))
        self._signer = setup.signing_key()
        self._now = setup.now

    def _request(self) -> httpx.Request:
        issued = int(self._now())
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._audience,
            "jti": str(uuid.uuid4()),
            "iat": issued,
            "exp": issued + ASSERTION_SECONDS,
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": jws(claims, self._signer()),
        }
        if self._scope:
            form["scope"] = self._scope
        return token_request(self._url, form)


def jws(claims: dict[str, Any], signer: Signer) -> str:
    """Compact JWS (RFC 7515 section 7.1). Built here because libraries want the key, and a signer does not show it."""
    header = {"alg": signer.algorithm, "kid": signer.key_id, "typ": "JWT"}
    signed = ".".join(b64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{signed}.{b64url(signer.sign(signed.encode('ascii')))}"


def build(setup: Setup) -> httpx.Auth:
    return ClientAssertion(setup)

"""Access tokens bound to a key, and the proofs of that key: the portal's part of RFC 9449, checked for real and
written apart from the gateway's scheme, so that a slip in one shows in the other.

Proofs are of the client's time, whatever the sandbox's clock says; `dpop_clock_offset` (an option, in seconds) puts the
portal's idea of that time off. Nonces come from a secret of this process and the last proofs are kept in memory: a
proof from before a restart has a nonce that is no longer good.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any, Final

import jwt

from gateway.sandbox.authoring import (
    AccessTokens,
    Objection,
    SandboxContext,
    must_be_client_credentials,
    must_know_secret,
)

PROOF_SECONDS: Final = 60.0
"""How far a proof's `iat` may be from now, either way."""
NONCE_SECONDS: Final = 120.0
ALGORITHMS: Final = ("ES256", "EdDSA")
MEMBERS: Final = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
"""What a key's thumbprint is made of (RFC 7638 section 3.2)."""


class Denied(Objection):
    """401 with a challenge, or 400 at the token endpoint."""


class Proofs:
    def __init__(self, context: SandboxContext) -> None:
        self._offset = float(context.options.get("dpop_clock_offset", 0))
        self._nonce_wanted = context.options.get("dpop_nonce", "required") == "required"
        self._secret = secrets.token_bytes(32)
        self._seen: dict[str, float] = {}

    def nonce(self, back: int = 0) -> str:
        window = int(time.time() // NONCE_SECONDS) - back
        made = hmac.digest(self._secret, str(window).encode(), "sha256")
        return base64.urlsafe_b64encode(made).decode().rstrip("=")

    def check(self, proof: str, *, method: str, uri: str, token: str = "", status: int = 401) -> str:
        """The thumbprint of the key that made this proof for this request. Raises `Denied`."""

        def denied(why: str, error: str = "invalid_dpop_proof") -> Denied:
            return Denied(status, error, why)

        try:
            header = jwt.get_unverified_header(proof)
            if header.get("typ") != "dpop+jwt" or header.get("alg") not in ALGORITHMS or "d" in header.get("jwk", {}):
                raise denied("Not a proof.")
            key = jwt.PyJWK(header["jwk"], algorithm=header["alg"])
            options: Any = {"require": ["jti", "htm", "htu", "iat"], "verify_iat": False}
            claims = jwt.decode(proof, key, algorithms=[header["alg"]], options=options)
            thumbprint = _thumbprint(header["jwk"])
        except (jwt.PyJWTError, KeyError, TypeError, AttributeError) as error:
            raise denied(f"The proof cannot be verified ({type(error).__name__}).") from error
        if (claims["htm"], claims["htu"]) != (method, uri):
            raise denied("The proof is for another request.")
        now = time.time() + self._offset
        if not isinstance(claims["iat"], int | float) or abs(claims["iat"] - now) > PROOF_SECONDS:
            raise denied("The proof is too old, or not yet valid.")
        if token and not hmac.compare_digest(str(claims.get("ath", "")), _digest(token)):
            raise denied("The proof is for another token.")
        if self._nonce_wanted and claims.get("nonce") not in (self.nonce(), self.nonce(1)):
            raise denied("The proof needs the nonce of this answer.", "use_dpop_nonce")
        self._refuse_replay(f"{thumbprint}:{claims['jti']}", now, denied)
        return thumbprint

    def _refuse_replay(self, id: str, now: float, denied: Any) -> None:
        self._seen = {each: at for each, at in self._seen.items() if at > now} if len(self._seen) > 2048 else self._seen
        if id in self._seen:
            raise denied("The proof was used before.")
        self._seen[id] = now + 2 * PROOF_SECONDS


class Tokens:
    """Access tokens that are bound to a key."""

    def __init__(self, context: SandboxContext, proofs: Proofs) -> None:
        self._context, self._proofs = context, proofs
        self._tokens = AccessTokens(context, scheme="DPoP")

    def issue(self, authorization: str, form: dict[str, str], *, proof: str, uri: str) -> dict[str, Any]:
        must_be_client_credentials(form.get("grant_type", ""), Denied)
        must_know_secret(self._context, authorization, form, Denied)
        return self._tokens.issue(jkt=self._proofs.check(proof, method="POST", uri=uri, status=400))

    def check(self, authorization: str, *, proof: str, method: str, uri: str) -> None:
        bound = self._tokens.check(authorization, Denied)
        thumbprint = self._proofs.check(proof, method=method, uri=uri, token=authorization.partition(" ")[2])
        if not hmac.compare_digest(thumbprint, bound["jkt"]):
            raise Denied(401, "invalid_token", "The access token is bound to another key.")


def _digest(token: str) -> str:
    """What `ath` is (RFC 9449 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")


def _thumbprint(key: dict[str, Any]) -> str:
    members = {name: key[name] for name in MEMBERS[key["kty"]]}
    return _digest(json.dumps(members, separators=(",", ":"), sort_keys=True))

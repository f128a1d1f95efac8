"""Why a caller is not believed. The codes are part of the API; RFC 6750, RFC 9449 and RFC 9470 give the challenges."""

from __future__ import annotations

from typing import Final, Literal

from gateway.auth.jws import FAPI

REALM: Final = "mre-gateway"

Scheme = Literal["Bearer", "DPoP"]

TokenCode = Literal[
    "token_missing",
    "token_malformed",
    "token_expired",
    "token_not_yet_valid",
    "token_lives_too_long",
    "token_untrusted_issuer",
    "token_wrong_audience",
    "token_bad_signature",
    "token_algorithm_not_allowed",
    "token_unknown_key",
    "token_not_bound",
    "token_binding_failed",
    "dpop_proof_invalid",
    "dpop_nonce_required",
    "client_unknown",
    "issuer_not_entitled",
    "issuer_keys_pending",
    "issuer_unavailable",
    "ticket_invalid",
]

_LATER: Final = frozenset({"issuer_unavailable", "issuer_keys_pending"})
_WORDS: Final[dict[TokenCode, str]] = {
    "token_missing": "",  # RFC 6750, 3.1: no error when no token came
    "dpop_proof_invalid": "invalid_dpop_proof",  # RFC 9449, 7.1
    "dpop_nonce_required": "use_dpop_nonce",  # RFC 9449, 9
}


def challenge(error: str = "", *, scheme: Scheme = "Bearer", **parameters: str) -> str:
    """A `WWW-Authenticate` value. Only our own words go in, so nothing needs escaping."""
    words = {"realm": REALM} | ({"error": error} if error else {}) | parameters
    if scheme == "DPoP":
        words["algs"] = " ".join(FAPI)
    return f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in words.items())


class AuthError(Exception):
    """The token is missing, wrong, or cannot be checked now. `reason` is for people who build clients; it never holds
    a part of the token."""

    def __init__(
        self,
        code: TokenCode,
        reason: str,
        *,
        retry_after: float | None = None,
        scheme: Scheme = "Bearer",
        nonce: str = "",
    ) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason
        self.retry_after = retry_after
        """Seconds until asking again makes sense, where it is not the token's fault."""
        self.scheme = scheme
        """How the token came, or should have come."""
        self.nonce = nonce
        """What the next proof must carry; goes out as `DPoP-Nonce`."""

    @property
    def error(self) -> str:
        """The word of RFC 6750 or RFC 9449: none when no token came, and when it is not the token's fault."""
        return "" if self.code in _LATER else _WORDS.get(self.code, "invalid_token")

    def challenge(self, **parameters: str) -> str:
        """Value of `WWW-Authenticate`; empty where it is not the token's fault. Without a token both ways to bring one
        are named."""
        if self.code in _LATER:
            return ""
        schemes: tuple[Scheme, ...] = ("Bearer", "DPoP") if self.code == "token_missing" else (self.scheme,)
        return ", ".join(challenge(self.error, scheme=scheme, **parameters) for scheme in schemes)

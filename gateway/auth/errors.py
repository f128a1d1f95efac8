"""Why a caller is not believed. The codes are part of the API; RFC 6750 and RFC 9470 give the challenges."""

from __future__ import annotations

from typing import Final, Literal

REALM: Final = "mre-gateway"

TokenCode = Literal[
    "token_missing",
    "token_malformed",
    "token_expired",
    "token_not_yet_valid",
    "token_untrusted_issuer",
    "token_wrong_audience",
    "token_bad_signature",
    "token_algorithm_not_allowed",
    "token_unknown_key",
    "client_unknown",
    "issuer_unavailable",
]


def challenge(error: str = "", **parameters: str) -> str:
    """A `WWW-Authenticate` value. Only our own words go in, so nothing needs escaping."""
    words = {"realm": REALM} | ({"error": error} if error else {}) | parameters
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in words.items())


class AuthError(Exception):
    """The token is missing, wrong, or cannot be checked now. `reason` is for people who build clients; it never holds
    a part of the token."""

    def __init__(self, code: TokenCode, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason
        self.retry_after = retry_after
        """Seconds until asking again makes sense; only with `issuer_unavailable`."""

    @property
    def status(self) -> int:
        return 503 if self.code == "issuer_unavailable" else 401

    @property
    def error(self) -> str:
        """The RFC 6750 word: none when no token came (section 3.1) and when it is not the token's fault."""
        return "" if self.code in ("token_missing", "issuer_unavailable") else "invalid_token"

    @property
    def challenge(self) -> str:
        """Value of `WWW-Authenticate`; empty with status 503."""
        return "" if self.status == 503 else challenge(self.error)

"""What a token is bound to (`cnf`, RFC 7800), and what a call brings to prove that it holds it.

A token with a `cnf` is good for nothing until every member of it has been checked; a member that is not known here
cannot be checked, so such a token is refused.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final

from gateway.auth.errors import AuthError

_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_MEMBERS: Final = {"jkt": "dpop_key", "x5t#S256": "certificate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a call says about itself besides its token."""

    method: str = ""
    url: str = ""
    """Where it went, as clients know us: `server.public_url` and the path, without query."""
    proofs: tuple[str, ...] = field(default=(), repr=False)
    """Values of all `DPoP` headers."""
    certificate: bytes | None = field(default=None, repr=False)
    """The client's certificate (DER), from whom we trust to tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Thumbprints: of a DPoP key (RFC 9449, 6.1), of a certificate (RFC 8705, 3.1). Empty: not bound that way."""

    dpop_key: str = ""
    certificate: str = ""

    def __bool__(self) -> bool:
        return bool(self.dpop_key or self.certificate)

    def check_certificate(self, call: Call) -> None:
        """Raises `AuthError` if the token is bound to a certificate and the call did not come with it."""
        if not self.certificate:
            return
        if call.certificate is None:
            raise AuthError("token_binding_failed", "the token is bound to a certificate, and none came with the call")
        digest = urlsafe_b64encode(sha256(call.certificate).digest()).rstrip(b"=").decode()
        if not compare_digest(digest, self.certificate):
            raise AuthError("token_binding_failed", "the token is bound to another certificate")


def read(claims: Mapping[str, Any]) -> Confirmation:
    """From a token's claims. Raises `AuthError`."""
    if "cnf" not in claims:
        return Confirmation()
    bound = claims["cnf"]
    if not isinstance(bound, dict) or not bound:
        raise AuthError("token_malformed", "the claim cnf is not an object with members")
    if not bound.keys() <= _MEMBERS.keys():
        raise AuthError("token_binding_failed", "the token is bound in a way that is not known here")
    for value in bound.values():
        if not isinstance(value, str) or _THUMBPRINT.fullmatch(value) is None:
            raise AuthError("token_malformed", "a member of cnf is no SHA-256 thumbprint")
    return Confirmation(**{_MEMBERS[name]: value for name, value in bound.items()})

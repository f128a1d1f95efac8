"""The public keys by which receipts and outbound signatures are verified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.auth.keys import KeyRing, jwk
from gateway.connectors.hookspecs import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKeys:
    ring: KeyRing
    signer: Callable[[], Signer]
    """Of outbound requests, at the moment; it may be a plugin's, and not of the ring."""

    def jwks(self) -> dict[str, Any]:
        """As they are now."""
        published, signer = self.ring.jwks(), self.signer()
        keys: list[dict[str, str]] = published["keys"]
        if all(key["kid"] != signer.key_id for key in keys):
            keys.append(jwk(signer.key_id, signer.public))
        return published

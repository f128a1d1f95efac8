"""Tokens as an issuer would not make them, signed with the sandbox issuer's own key or with another."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from .conftest import AMINA, World

CALLER = "cases:read cases:write tracking:read"


@dataclass(frozen=True)
class Forge:
    issuer: str
    audience: str
    kid: str
    key: EllipticCurvePrivateKey

    @classmethod
    def of(cls, world: World) -> Forge:
        folder = world.state_dir / "keys" / "idp"
        kid = (folder / "current").read_text()
        key = load_pem_private_key((folder / f"{kid}.pem").read_bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        return cls(f"{world.sandbox_url}/idp", world.url, kid, key)

    def claims(self, **over: Any) -> dict[str, Any]:
        """Those of a good token of Amina's frontend; a claim that is None is left out."""
        now = int(time.time())
        good = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": "somebody",
            "client_id": "demo-frontend",
            "scope": CALLER,
            "acr": "substantial",
            "iat": now,
            "exp": now + 600,
            "cnie": AMINA,
            "name": "Amina El Fassi",
            "email": "amina@example.org",
        }
        return {name: value for name, value in (good | over).items() if value is not None}

    def token(
        self, *, key: Any = None, algorithm: str = "ES256", header: dict[str, Any] | None = None, **over: Any
    ) -> str:
        headers = {"kid": self.kid, "typ": "at+jwt", **(header or {})}
        return jwt.encode(self.claims(**over), key or self.key, algorithm=algorithm, headers=headers)

    def app(self, client: str = "demo-app", **over: Any) -> str:
        """A token of a machine: it speaks for nobody."""
        return self.token(client_id=client, cnie=None, name=None, email=None, **over)

    def unsigned(self) -> str:
        return _joined({"alg": "none", "typ": "at+jwt", "kid": self.kid}, self.claims(), b"")

    def confused(self) -> str:
        """HMAC with the public key as the secret."""
        header = {"alg": "HS256", "typ": "at+jwt", "kid": self.kid}
        secret = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        text = _joined(header, self.claims(), b"").rpartition(".")[0]
        return f"{text}.{_b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def _joined(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(_b64(part) for part in parts)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")

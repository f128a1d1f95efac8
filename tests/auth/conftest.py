"""A token issuer on a real socket that does as a test tells it, and a verifier that believes it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from gateway.auth.clients import Clients
from gateway.auth.keys import KeyRing
from gateway.auth.tokens import Verifier
from gateway.sandbox.serve import running
from gateway.settings import Auth, Issuer, bundled

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ALGORITHMS = {"R": jwt.algorithms.RSAAlgorithm, "P": jwt.algorithms.RSAAlgorithm, "ES": jwt.algorithms.ECAlgorithm}


def jwk(key: Any, kid: str, alg: str) -> dict[str, Any]:
    kind = ALGORITHMS.get(alg[:1], ALGORITHMS.get(alg[:2], jwt.algorithms.OKPAlgorithm))
    public = kind.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": kid, "alg": alg, "use": "sig"}


@dataclass
class FakeIssuer:
    url: str = ""
    keys: dict[str, tuple[Any, str]] = field(default_factory=dict)
    """Key and algorithm by key id."""
    asked: int = 0
    """How often the key set was fetched."""
    failing: bool = False
    documents: dict[str, Any] = field(default_factory=dict)
    """What other paths answer; absent is 404."""
    extra: list[Any] = field(default_factory=list)
    """Further members of the key set, as they are."""
    published: list[Any] | None = None
    """The whole key set, in place of the public halves of `keys`."""
    released: Any = None
    """An event to wait for before the key set is given."""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the key set has been asked for."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        status, body = 200, self.documents.get(scope["path"])
        if scope["path"] == "/jwks.json":
            self.asked += 1
            self.arrived.set()
            if self.released is not None:
                await self.released.wait()
            ours = [jwk(key, kid, alg) for kid, (key, alg) in self.keys.items()]
            body = {"keys": [*self.extra, *(ours if self.published is None else self.published)]}
            status = 500 if self.failing else 200
        elif body is None:
            status = 404
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send(
            {"type": "http.response.body", "body": body if isinstance(body, bytes) else json.dumps(body).encode()}
        )

    def token(self, *, kid: str = "rsa", header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A good citizen's token, but for what is given. A claim or header member of value None is left out."""
        key, alg = self.keys[kid]
        now = int(time.time())
        good = {
            "iss": self.url,
            "sub": "s-1",
            "aud": "mre-gateway",
            "iat": now,
            "exp": now + 600,
            "client_id": "demo-frontend",
            "scope": "cases:read cases:write",
            "acr": "substantial",
            "cnie": "AB123456",
            "name": "Amina El Fassi",
        }
        payload = {name: value for name, value in (good | claims).items() if value is not None}
        members = {"typ": "at+jwt", "alg": alg, "kid": kid} | (header or {})
        return sign(key, alg, {name: value for name, value in members.items() if value is not None}, payload)


def sign(key: Any, alg: str, header: dict[str, Any], payload: Any) -> str:
    """A JWS whose header says whatever it likes; `alg` is what really signs."""
    encode = jwt.utils.base64url_encode
    text = b".".join([encode(json.dumps(header).encode()), encode(json.dumps(payload).encode())])
    signature = jwt.get_algorithm_by_name(alg).sign(text, key)
    return (text + b"." + encode(signature)).decode()


def believed(issuer: FakeIssuer | str, **over: Any) -> Issuer:
    """The settings of an issuer that may do what the tests of other things need."""
    url = issuer if isinstance(issuer, str) else issuer.url
    granted = {
        "name": "sandbox",
        "jwks_url": f"{url}/jwks.json",
        "audience": "mre-gateway",
        "algorithms": ("RS256", "ES256", "EdDSA"),
        "kinds": ("citizen", "app", "agent", "auditor", "operator"),
        "acr": "high",
        "vouches_for": ("cnie", "name", "birthdate", "email", "phone_number"),
    }
    return Issuer(issuer=url, **granted | over)


@pytest.fixture
async def issuer() -> Any:
    fake = FakeIssuer()
    fake.keys = {
        "rsa": (RSA, "RS256"),
        "ec": (ec.generate_private_key(ec.SECP256R1()), "ES256"),
        "ed": (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
    }
    async with running(fake) as url:
        fake.url = url
        yield fake


@pytest.fixture
def ring(tmp_path) -> KeyRing:
    return KeyRing.create(tmp_path / "keys")


@pytest.fixture
def clients() -> Clients:
    return Clients.read(bundled("config") / "clients.toml")


@dataclass
class Wall:
    """Time that only moves when told."""

    offset: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.offset


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def verifier(issuer, ring, clients, wall) -> Iterator[Verifier]:
    settings = Auth(issuers=(believed(issuer),))
    async with Verifier(settings, ring=ring, clients=clients, clock=wall) as made:
        yield made

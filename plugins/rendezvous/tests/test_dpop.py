"""The portal believes a token only together with a proof of its key, made just now for this request (RFC 9449)."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from gateway.connectors.contract import Booking, Filing, Unavailable
from plugins.rendezvous.sandbox.dpop import Proofs
from plugins.rendezvous.tests.conftest import SECRET, World, client_to


class Client:
    """A client of the portal that can be made to lie."""

    def __init__(self, world: World, *, edwards: bool = False) -> None:
        self.http = httpx.AsyncClient(base_url=world.url, trust_env=False, verify=False)
        self.url, self.nonce, self.token = world.url, "", ""
        self.algorithm = "EdDSA" if edwards else "ES256"
        self.key: Any = ed25519.Ed25519PrivateKey.generate() if edwards else ec.generate_private_key(ec.SECP256R1())
        to_jwk = OKPAlgorithm.to_jwk if edwards else ECAlgorithm.to_jwk
        self.jwk = to_jwk(self.key.public_key(), as_dict=True)

    def proof(self, method: str, path: str, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        made = {
            "jti": secrets.token_urlsafe(8),
            "htm": method,
            "htu": self.url + path,
            "iat": int(time.time()),
            "nonce": self.nonce,
            **({"ath": digest(self.token)} if self.token else {}),
            **claims,
        }
        made = {name: value for name, value in made.items() if value is not None}
        headers = {"typ": "dpop+jwt", "jwk": self.jwk, **(header or {})}
        return jwt.encode(made, self.key, algorithm=self.algorithm, headers=headers)

    async def ask(self, **claims: Any) -> httpx.Response:
        form = {"grant_type": "client_credentials", "client_id": "mre-gateway", "client_secret": SECRET}
        headers = {"dpop": self.proof("POST", "/oauth/token", ath=None, **claims)}
        response = await self.http.post("/oauth/token", data=form, headers=headers)
        self.nonce = response.headers.get("dpop-nonce", self.nonce)
        self.token = response.json().get("access_token", "")
        return response

    async def send(self, method: str = "GET", path: str = "/posts", *, proof: str | None = None, **given: Any):
        headers = {"authorization": f"DPoP {self.token}", "dpop": proof or self.proof(method, path), **given}
        return await self.http.request(method, path, headers=headers)


def digest(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")


@pytest.fixture
async def client(world: World):
    made = Client(world)
    assert (await made.ask()).json()["error"] == "use_dpop_nonce"
    assert (await made.ask()).json()["token_type"] == "DPoP"
    yield made
    await made.http.aclose()


async def test_a_right_proof_passes(client: Client):
    assert (await client.send()).status_code == 200


async def test_a_proof_by_an_edwards_key_passes_too(world: World):
    client = Client(world, edwards=True)
    await client.ask()
    assert (await client.ask()).status_code == 200
    assert (await client.send()).status_code == 200
    await client.http.aclose()


@pytest.mark.parametrize(
    "claims",
    [
        {"htm": "POST"},
        {"htu": "http://elsewhere.invalid/posts"},
        {"iat": -300},
        {"iat": 300},
        {"iat": "now"},
        {"ath": None},
        {"ath": digest("another token")},
        {"jti": None},
    ],
)
async def test_a_proof_that_is_not_of_this_request_is_denied(client: Client, claims):
    if isinstance(claims.get("iat"), int):
        claims = {"iat": int(time.time()) + claims["iat"]}
    denied = await client.send(proof=client.proof("GET", "/posts", **claims))
    assert (denied.status_code, denied.json()["error"]) == (401, "invalid_dpop_proof")
    assert "invalid_dpop_proof" in denied.headers["www-authenticate"]


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"jwk": {"kty": "EC"}}, {"jwk": "x"}])
async def test_what_is_no_proof_is_denied(client: Client, header):
    assert (await client.send(proof=client.proof("GET", "/posts", header=header))).status_code == 401
    assert (await client.send(proof="x.y.z")).status_code == 401


async def test_a_proof_with_the_wrong_signature_is_denied(client: Client):
    head, claims, _ = client.proof("GET", "/posts").split(".")
    *_, signature = client.proof("GET", "/slots").split(".")
    assert (await client.send(proof=f"{head}.{claims}.{signature}")).status_code == 401


async def test_a_proof_without_the_portals_nonce_is_answered_with_one(client: Client):
    denied = await client.send(proof=client.proof("GET", "/posts", nonce=None))
    assert 'error="use_dpop_nonce"' in denied.headers["www-authenticate"]
    client.nonce = denied.headers["dpop-nonce"]
    assert (await client.send()).status_code == 200


async def test_a_stolen_token_is_of_no_use_with_another_key(world: World, client: Client):
    thief = Client(world)
    thief.token, thief.nonce = client.token, client.nonce
    denied = await thief.send()
    assert (denied.status_code, denied.json()["error"]) == (401, "invalid_token")
    assert (await thief.send(authorization=f"Bearer {client.token}")).status_code == 401
    await thief.http.aclose()


async def test_a_replayed_request_has_no_second_effect(world: World, client: Client):
    body = {
        "client_reference": "key-1", "service": "life-attestation", "language": "fr", "post": "lyon", "stamp": None,
        "contact": {"email": "a@example.org", "phone": "+33639981234"}, "details": {}, "documents": [],
        "applicant": dict.fromkeys(
            ("last_name_latin", "first_name_latin", "last_name_arabic", "first_name_arabic", "birth_date", "cnie"), "x"
        ),
        "requester": dict.fromkeys(("last_name_latin", "first_name_latin", "birth_date", "cnie"), "x"),
    }  # fmt: skip
    body["service"] = "attestation_vie"
    headers = {"authorization": f"DPoP {client.token}", "dpop": client.proof("POST", "/requests")}
    answers = [await client.http.post("/requests", json=body, headers=headers) for _ in range(3)]
    assert [each.status_code for each in answers] == [201, 401, 401]
    assert answers[1].json()["message"] == "The proof was used before."
    assert len(world.effects("request")) == 1


async def test_a_token_that_expires_is_replaced_within_the_call(world: World, person):
    slot = await world.slot()
    world.later(hours=1)
    assert (await world.call(Booking.book, slot, person())).slot.id == slot.id
    assert len(world.effects("appointment")) == 1
    assert len(world.context.table("tokens")) == 1, "the old one is forgotten, a new one was given"


async def test_a_token_lives_its_time_by_the_clients_clock(open_world):
    world: World = await open_world({"token_seconds": "0"})
    with pytest.raises(Unavailable, match="portal_denied_gateway"):
        await world.slots()


@pytest.mark.parametrize("offset", ["300", "-300"])
async def test_a_clock_five_minutes_off_is_our_trouble_and_nothing_happens(open_world, filing, offset):
    world: World = await open_world({"dpop_clock_offset": offset})
    with pytest.raises(Unavailable, match="portal_denied_gateway"):
        await world.call(Filing.file, filing())
    assert world.effects() == []


async def test_a_clock_half_a_minute_off_does_no_harm(open_world, filing):
    world: World = await open_world({"dpop_clock_offset": "30"})
    assert await world.call(Filing.file, filing())


async def test_a_wrong_client_secret_is_our_trouble(world: World):
    portal_client = client_to(world.url, secret="wrong")
    world.connector.http = portal_client.client
    with pytest.raises(Unavailable, match="portal_denied_gateway"):
        await world.slots()
    await portal_client.close()


async def test_a_portal_without_nonces_is_served_too(open_world):
    world: World = await open_world({"dpop_nonce": "optional"})
    assert await world.slots()


def test_a_nonce_of_the_last_minutes_is_good_and_an_older_one_is_not(world: World, monkeypatch):
    proofs = Proofs(world.context)
    now = time.time()
    nonce = proofs.nonce()
    monkeypatch.setattr(time, "time", lambda: now + 120)
    assert proofs.nonce() != nonce
    assert proofs.nonce(1) == nonce
    assert Proofs(world.context).nonce() != proofs.nonce(), "another process, another secret"

"""Bound tokens over HTTP: the exchange of RFC 9449, certificates from a proxy, and what is published about both."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from .conftest import World, world_in
from .forge import Forge
from .shared import IN_ONE_LOOP, problem, shared_world

pytestmark = IN_ONE_LOOP
world = shared_world()

HOLDER = generate_private_key(SECP256R1())
JWK = jwt.algorithms.ECAlgorithm.to_jwk(HOLDER.public_key(), as_dict=True)
CERTIFICATE = b"a certificate, byte for byte"


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


THUMBPRINT = digest(json.dumps({name: JWK[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":")).encode())


def proof(token: str, url: str, method: str = "GET", **claims: Any) -> str:
    said = {"jti": str(uuid.uuid4()), "htm": method, "htu": url, "iat": int(time.time()), "ath": digest(token.encode())}
    return jwt.encode(said | claims, HOLDER, algorithm="ES256", headers={"typ": "dpop+jwt", "jwk": JWK})


async def prove(world: World, token: str, path: str, nonce: str, method: str = "GET", **more: Any) -> httpx.Response:
    url = world.url + path
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof(token, url, method, nonce=nonce)}
    return await world.web.request(method, url, headers=headers | more.pop("headers", {}), **more)


async def test_a_client_proves_its_key_with_our_nonce(world: World) -> None:
    token = Forge.of(world).token(cnf={"jkt": THUMBPRINT})
    asked = await prove(world, token, "/v1/cases", "")
    problem(asked, 401, "dpop_nonce_required")
    challenge = asked.headers["www-authenticate"]
    assert challenge.startswith('DPoP realm="mre-gateway", error="use_dpop_nonce"')
    assert "resource_metadata=" in challenge
    nonce = asked.headers["dpop-nonce"]
    assert (await prove(world, token, "/v1/cases?limit=2", nonce)).status_code == 200
    filed = {"service": "echo.note", "form": {"text": "x"}}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    made = await prove(world, token, "/v1/cases", nonce, "POST", json=filed, headers=key)
    assert made.status_code == 201, made.text


async def test_a_stolen_bound_token_is_of_no_use(world: World) -> None:
    token = Forge.of(world).token(cnf={"jkt": THUMBPRINT})
    problem(await world.get("/v1/cases", token), 401, "token_binding_failed")
    url = f"{world.url}/v1/cases"
    nonce = (await prove(world, token, "/v1/cases", "")).headers["dpop-nonce"]
    seen = proof(token, url, nonce=nonce)
    headers = {"Authorization": f"DPoP {token}", "DPoP": seen}
    assert (await world.web.get(url, headers=headers)).status_code == 200
    problem(await world.web.get(url, headers=headers), 401, "dpop_proof_invalid")
    problem(await world.web.get(f"{world.url}/v1/me/accesses", headers=headers), 401, "dpop_proof_invalid")
    twice = [("Authorization", f"DPoP {token}"), ("DPoP", proof(token, url, nonce=nonce)), ("DPoP", seen)]
    problem(await world.web.get(url, headers=twice), 401, "dpop_proof_invalid")


async def test_two_authorization_headers_are_refused(world: World) -> None:
    token = Forge.of(world).token()
    both = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    problem(await world.web.get(f"{world.url}/v1/cases", headers=both), 400, "header_repeated")


async def test_a_proved_caller_is_challenged_by_its_scheme(world: World) -> None:
    token = Forge.of(world).token(cnf={"jkt": THUMBPRINT}, scope="cases:read")
    nonce = (await prove(world, token, "/v1/cases", "")).headers["dpop-nonce"]
    answer = await prove(world, token, "/audit/records", nonce)
    problem(answer, 403, "insufficient_scope")
    assert answer.headers["www-authenticate"].startswith('DPoP realm="mre-gateway", error="insufficient_scope"')


async def test_what_clients_must_know_is_published(world: World) -> None:
    """RFC 9728: `resource` is the address that the metadata is found under."""
    answer = await world.web.get(f"{world.url}/.well-known/oauth-protected-resource")
    found = answer.json()
    assert found["resource"] == world.url
    assert found["authorization_servers"] == [f"{world.sandbox_url}/idp"]
    assert found["bearer_methods_supported"] == ["header"]
    assert found["dpop_signing_alg_values_supported"] == ["PS256", "ES256", "EdDSA", "Ed25519"]
    assert found["tls_client_certificate_bound_access_tokens"] is False
    assert {"cases:read", "cases:write", "tracking:read"} <= set(found["scopes_supported"])
    for each in ("jwks_uri", "resource_documentation"):  # what is named is there
        assert (await world.web.get(found[each])).status_code == 200, each
    problem(await world.web.get(f"{world.url}/.well-known/oauth-protected-resource/other"), 404, "not_found")


async def test_the_sandbox_gives_tokens_for_this_resource_alone(world: World) -> None:
    """RFC 8707: what the metadata call `resource` can be asked for, and the token's audience is that."""
    form = {"grant_type": "client_credentials"}
    secret = (world.state_dir / "secrets" / "idp.demo-app").read_text()
    endpoint = f"{world.sandbox_url}/idp/token"
    given = await world.web.post(endpoint, data=form | {"resource": world.url}, auth=("demo-app", secret))
    claims = jwt.decode(given.json()["access_token"], options={"verify_signature": False})
    assert claims["aud"] == world.url
    other = await world.web.post(endpoint, data=form | {"resource": "https://other.example"}, auth=("demo-app", secret))
    assert (other.status_code, other.json()["error"]) == (400, "invalid_target")


@pytest.mark.parametrize(
    ("settings", "proxies", "believed"),
    [(True, ["127.0.0.0/8"], True), (False, ["127.0.0.0/8"], False), (True, ["10.0.0.0/8"], False), (True, [], False)],
)
async def test_a_certificate_is_believed_from_a_named_proxy(
    tmp_path: Path, settings: bool, proxies: list[str], believed: bool
) -> None:
    """RFC 9440, as the settings allow it; from anybody else the header is only text."""
    over = {"auth": {"client_certificates": settings}, "server": {"trusted_proxies": proxies}}
    async with world_in(tmp_path / "state", "", journeys={"embedded": False}, **over) as world:
        token = Forge.of(world).token(cnf={"x5t#S256": digest(CERTIFICATE)})
        value = f":{base64.b64encode(CERTIFICATE).decode()}:"
        answer = await world.get("/v1/cases", token, Client_Cert=value)
        assert answer.status_code == (200 if believed else 401), answer.text
        for wrong in (f":{base64.b64encode(b'another').decode()}:", value[:-1], value.strip(":"), ":!:", "::"):
            problem(await world.get("/v1/cases", token, Client_Cert=wrong), 401, "token_binding_failed")
        problem(await world.get("/v1/cases", token), 401, "token_binding_failed")
        two = [("Authorization", f"Bearer {token}"), ("Client-Cert", value), ("Client-Cert", value)]
        problem(await world.web.get(f"{world.url}/v1/cases", headers=two), 401, "token_binding_failed")
        found = (await world.web.get(f"{world.url}/.well-known/oauth-protected-resource")).json()
        assert found["tls_client_certificate_bound_access_tokens"] is settings


async def test_readiness_tells_whether_tokens_can_be_verified(tmp_path: Path) -> None:
    """No issuer's keys: no traffic. One of two: degraded. Keys kept while the issuer is away: ready, and it says so."""
    gone = {"issuer": "http://127.0.0.1:1/idp", "name": "gone", "kinds": ["citizen"]}
    over = {"journeys": {"embedded": False}, "auth": {"issuers": [gone], "jwks_min_refresh_seconds": 1e-6}}
    async with world_in(tmp_path / "alone", "", **over) as world:
        answer = await world.web.get(f"{world.url}/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
        assert answer.json()["checks"]["issuers"] is False
        assert answer.json()["issuers"] == {gone["issuer"]: "down"}
    async with world_in(tmp_path / "state", "", journeys={"embedded": False}) as world:
        answer = (await world.web.get(f"{world.url}/health/ready")).json()
        assert answer["checks"]["issuers"] is True
        assert answer["issuers"] == {f"{world.sandbox_url}/idp": "up"}

"""DPoP, against a portal that verifies and reads every proof."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging

import httpx
import jwt
import pytest

from gateway.outbound.errors import CredentialsFailed
from gateway.outbound.schemes import Setup
from gateway.outbound.schemes.dpop import Dpop
from gateway.secret import Secret
from tests.outbound.raw import READING, WRITING, answer, during

AUTH = {"scheme": "dpop", "token_path": "/oauth/token", "secret": "client_secret"}


class ProofPortal:
    """Gives bound tokens, and notes the proof of each request: header, claims."""

    def __init__(self, portal):
        self.portal, self.issued, self.proofs, self.revoked = portal, 0, [], set()
        self.token_nonce = self.nonce = ""
        self.replies, self.token_type = [], "DPoP"
        portal.respond = self.respond

    def respond(self, seen):
        header = jwt.get_unverified_header(seen.headers["dpop"])
        key = jwt.PyJWK(header["jwk"], algorithm=header["alg"])
        claims = jwt.decode(seen.headers["dpop"], key, algorithms=["ES256"])
        self.proofs.append((header, claims, seen))
        if seen.target == "/oauth/token":
            if claims.get("nonce", "") != self.token_nonce:
                return answer(400, b'{"error":"use_dpop_nonce"}', dpop_nonce=self.token_nonce)
            self.issued += 1
            token = {"access_token": f"t{self.issued}", "token_type": self.token_type, "expires_in": 300}
            return answer(200, json.dumps(token).encode())
        if self.replies:
            return self.replies.pop(0)
        if seen.headers["authorization"].removeprefix("DPoP ") in self.revoked:
            return answer(401, www_authenticate='DPoP error="invalid_token"')
        if claims.get("nonce", "") != self.nonce:
            return answer(401, www_authenticate='DPoP error="use_dpop_nonce"', dpop_nonce=self.nonce)
        return answer(200)

    def of(self, target):
        return [claims for _, claims, seen in self.proofs if seen.target.partition("?")[0] == target]


@pytest.fixture
def proofs(portal):
    return ProofPortal(portal)


@pytest.fixture
def portal_client(portal, client_to):
    secrets = {"client_secret": Secret("p%ss")}
    return client_to(portal.url, auth=AUTH, secrets=secrets, options={"client_id": "mre-gateway"})


async def test_a_proof_names_the_request_and_the_token(proofs, portal_client, portal):
    assert (await portal_client.client.post("/orders?email=a@b", json={})).status_code == 200
    (asked,), (sent,) = proofs.of("/oauth/token"), proofs.of("/orders")
    assert (asked["htm"], asked["htu"], "ath" in asked) == ("POST", f"{portal.url}/oauth/token", False)
    assert (sent["htm"], sent["htu"]) == ("POST", f"{portal.url}/orders")
    assert sent["ath"] == base64.urlsafe_b64encode(hashlib.sha256(b"t1").digest()).decode().rstrip("=")
    assert proofs.proofs[-1][2].headers["authorization"] == "DPoP t1"


async def test_the_proof_carries_the_public_key_and_nothing_of_the_private_one(proofs, portal_client):
    await portal_client.client.get("/x")
    header = proofs.proofs[-1][0]
    assert (header["typ"], header["alg"]) == ("dpop+jwt", "ES256")
    assert set(header["jwk"]) == {"kty", "crv", "x", "y"}


async def test_each_request_has_a_proof_of_its_own_by_one_key(proofs, portal_client):
    await asyncio.gather(*(portal_client.client.get("/x") for _ in range(20)))
    assert len({claims["jti"] for _, claims, _ in proofs.proofs}) == 21
    assert len({json.dumps(header["jwk"]) for header, _, _ in proofs.proofs}) == 1
    assert proofs.issued == 1


async def test_each_attempt_has_a_proof_of_its_own(proofs, portal_client):
    proofs.replies = [answer(503), answer(503)]
    with during(READING):
        assert (await portal_client.client.get("/x")).status_code == 200
    assert len({claims["jti"] for claims in proofs.of("/x")}) == 3


async def test_two_clients_have_two_keys(portal, client_to, proofs):
    for _ in range(2):
        portal_client = client_to(
            portal.url, auth=AUTH, secrets={"client_secret": Secret("s")}, options={"client_id": "c"}
        )
        await portal_client.client.get("/x")
    assert len({json.dumps(header["jwk"]) for header, _, _ in proofs.proofs}) == 2


async def test_a_nonce_is_given_when_asked_for_and_kept_apart_for_tokens(proofs, portal_client):
    proofs.token_nonce, proofs.nonce = "n-token", "n-resource"
    for _ in range(3):
        assert (await portal_client.client.post("/x", json={"a": 1})).status_code == 200
    assert [claims.get("nonce") for claims in proofs.of("/oauth/token")] == [None, "n-token"]
    assert [claims.get("nonce") for claims in proofs.of("/x")] == [None, *["n-resource"] * 3]
    assert all(seen.body == b'{"a":1}' for _, _, seen in proofs.proofs if seen.target == "/x")


async def test_a_new_nonce_in_any_answer_is_used_from_then_on(proofs, portal_client):
    await portal_client.client.get("/x")
    proofs.replies, proofs.nonce = [answer(200, dpop_nonce="n2")], "n2"
    await portal_client.client.get("/x")
    await portal_client.client.get("/x")
    assert [claims.get("nonce") for claims in proofs.of("/x")] == [None, None, "n2"]


async def test_a_token_that_is_over_is_replaced_and_the_request_sent_once_more(proofs, portal_client):
    await portal_client.client.get("/x")
    proofs.revoked.add("t1")
    proofs.nonce = "n"
    with during(WRITING) as call:
        assert (await portal_client.client.post("/y", json={})).status_code == 200
    assert (proofs.issued, call.exposures) == (2, 1)
    assert [claims.get("nonce") for claims in proofs.of("/y")] == [None, None, "n"]


@pytest.mark.parametrize("error", ["use_dpop_nonce", "invalid_token", "invalid_dpop_proof"])
async def test_a_portal_that_goes_on_denying_gets_three_tries_at_most(proofs, portal_client, error):
    proofs.replies = [answer(401, www_authenticate=f'DPoP error="{error}"', dpop_nonce=f"n{i}") for i in range(9)]
    with during(WRITING) as call:
        assert (await portal_client.client.post("/y")).status_code == 401
    assert len(proofs.of("/y")) <= 3
    assert call.exposures == 0


async def test_a_token_that_is_not_bound_is_not_used(proofs, portal_client):
    proofs.token_type = "Bearer"
    with during(READING), pytest.raises(CredentialsFailed, match="not a dpop token"):
        await portal_client.client.get("/x")
    assert proofs.of("/x") == []


async def test_refusal_that_says_two_things_asks_for_no_nonce(proofs, portal_client, portal):
    says = b'{"error":"invalid_client","error":"use_dpop_nonce"}'
    portal.respond = lambda seen: answer(400, says, dpop_nonce="n")
    with during(WRITING), pytest.raises(CredentialsFailed):
        await portal_client.client.post("/x")
    assert len(portal.seen) == 1


async def test_bound_token_with_a_member_twice_is_no_token(proofs, portal_client, portal):
    portal.respond = lambda seen: answer(200, b'{"access_token":"a","access_token":"b","token_type":"DPoP"}')
    with during(WRITING), pytest.raises(CredentialsFailed, match="twice"):
        await portal_client.client.post("/x")
    assert {each.target for each in portal.seen} == {"/oauth/token"}


async def test_a_token_endpoint_that_never_likes_the_nonce_is_asked_twice(proofs, portal_client, portal):
    portal.respond = lambda seen: answer(400, b'{"error":"use_dpop_nonce"}', dpop_nonce="n")
    with during(WRITING) as call, pytest.raises(CredentialsFailed) as failed:
        await portal_client.client.post("/x")
    assert failed.value.denied
    assert (len(portal.seen), call.exposures) == (2, 0)


async def test_no_token_in_another_encoding_breaks_anything(portal_client, portal):
    portal.respond = lambda seen: answer(200, b'{"access_token":"\xe9"}')
    with during(READING), pytest.raises(CredentialsFailed):
        await portal_client.client.get("/x")


async def test_neither_token_nor_proof_is_logged(proofs, portal_client, caplog):
    caplog.set_level(logging.DEBUG)
    await portal_client.client.get("/x")
    assert proofs.proofs[-1][2].headers["dpop"] not in caplog.text
    assert "DPoP t1" not in caplog.text


async def test_the_proof_is_of_the_wall_clock():
    """The token's life is counted by a clock that never jumps; the proof says what the clock on the wall says."""
    asked = []

    async def send(request):
        asked.append(request)
        return httpx.Response(200, json={"access_token": "t", "token_type": "DPoP"})

    table = {"token_path": "/token", "secret": "s"}
    base = httpx.URL("http://127.0.0.1/base/")
    given = {"secrets": {"s": Secret("v")}, "options": {"client_id": "us"}, "base_url": base, "send": send}
    flow = Dpop(Setup(table=table, now=lambda: 1_800_000_000.9, **given)).async_auth_flow(
        httpx.Request("GET", "http://127.0.0.1/x")
    )
    proven = await anext(flow)
    await flow.aclose()
    for request in (asked[0], proven):
        claims = jwt.decode(request.headers["dpop"], options={"verify_signature": False})
        assert claims["iat"] == 1_800_000_000

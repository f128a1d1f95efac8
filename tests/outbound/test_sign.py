"""Signatures, verified by a library that is not ours."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from types import SimpleNamespace

import pytest
from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from gateway.secret import Secret
from tests.outbound.raw import READING, Key, answer, during


class Keys(HTTPSignatureKeyResolver):
    def __init__(self, *keys):
        self.keys = {key.key_id: key.private.public_key() for key in keys}

    def resolve_public_key(self, key_id):
        return self.keys[key_id]


def verify(portal, seen, *keys, target=None, body=None):
    message = SimpleNamespace(
        method=seen.method, url=portal.url + (target or seen.target), headers=dict(seen.headers.multi_items())
    )
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=Keys(*keys))
    (result,) = verifier.verify(message, body=seen.body if body is None else body)
    return result


@pytest.fixture
def key():
    return Key("key-1")


@pytest.fixture
def portal_client(portal, client_to, key):
    return client_to(portal.url, sign=True, signer=lambda: key)


@pytest.mark.parametrize(
    "target",
    ["/", "/orders", "/orders?a=1&b=%D8%B9", "/a%20b/c;d?x=~&y=%7E", "/x?", "/ازدياد"],
)
async def test_a_request_without_a_body_verifies(portal, portal_client, key, target):
    await portal_client.client.get(target)
    result = verify(portal, portal.seen[0], key)
    assert set(result.covered_components) == {'"@method"', '"@target-uri"', '"@signature-params"'}
    assert set(result.parameters) == {"created", "keyid", "nonce"}


async def test_a_request_with_a_body_verifies_and_covers_it(portal, portal_client, key):
    await portal_client.client.post("/orders", json={"name": "ليلى"})
    (seen,) = portal.seen
    result = verify(portal, seen, key)
    assert {'"content-digest"', '"content-type"'} <= set(result.covered_components)
    assert b64decode(seen.headers["content-digest"][9:-1]) == hashlib.sha256(seen.body).digest()


async def test_a_body_without_a_type_verifies(portal, portal_client, key):
    await portal_client.client.post("/orders", content=b"raw")
    assert '"content-type"' not in verify(portal, portal.seen[0], key).covered_components


async def test_what_was_changed_on_the_way_does_not_verify(portal, portal_client, key):
    await portal_client.client.post("/orders", json={"copies": 1})
    (seen,) = portal.seen
    with pytest.raises(InvalidSignature):
        verify(portal, seen, key, target="/other")
    with pytest.raises(InvalidSignature):
        verify(portal, seen, key, body=b'{"copies": 9}')
    with pytest.raises(InvalidSignature):
        verify(portal, seen, Key("key-1"))


async def test_each_attempt_is_signed_afresh(portal, portal_client, key, entry):
    portal.respond = lambda _: answer(503) if len(portal.seen) < 3 else answer()
    with during(READING):
        await portal_client.client.post("/x", json={})
    assert len({seen.headers["signature"] for seen in portal.seen}) == 3
    assert len({verify(portal, seen, key).nonce for seen in portal.seen}) == 3
    assert [hop.key_id for hop in entry.hops] == ["key-1"] * 3


async def test_a_rotated_key_signs_the_next_attempt(portal, client_to, entry):
    keys = [Key("old"), Key("new")]
    portal.respond = lambda _: answer(503) if len(portal.seen) == 1 else answer()
    portal_client = client_to(portal.url, sign=True, signer=lambda: keys[len(portal.seen)])
    with during(READING):
        await portal_client.client.get("/x")
    assert [verify(portal, seen, *keys).parameters["keyid"] for seen in portal.seen] == ["old", "new"]
    assert [hop.key_id for hop in entry.hops] == ["old", "new"]


async def test_token_requests_are_signed_too(portal, client_to, key):
    portal.respond = lambda seen: answer(200, b'{"access_token":"t"}')
    portal_client = client_to(
        portal.url,
        sign=True,
        signer=lambda: key,
        auth={"scheme": "oauth2_client_credentials", "token_path": "/token", "secret": "s"},
        secrets={"s": Secret("value")},
        options={"client_id": "us"},
    )
    await portal_client.client.get("/x")
    for seen in portal.seen:
        verify(portal, seen, key)
    assert len(portal.seen) == 2


async def test_signing_can_be_switched_off_on_either_side(portal, client_to, key):
    await client_to(portal.url, sign=False, signer=lambda: key).client.get("/x")
    assert "signature" not in portal.seen[0].headers


def test_signing_without_a_key_is_found_at_the_start(client_to):
    with pytest.raises(ValueError, match="there is no key"):
        client_to("http://127.0.0.1:1", sign=True)

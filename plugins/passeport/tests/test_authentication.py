"""Who may call: the gateway's real layers against the sandbox's real checks, when something in the proof is wrong."""

from __future__ import annotations

import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.connectors.contract import Unavailable
from plugins.passeport.tests.conftest import Key

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def effects(context):
    return [effect["kind"] for effect in context.effects.all()]


async def test_one_token_serves_many_requests_and_an_expired_one_is_replaced(passeport, filing, context):
    await passeport.find("key-1")
    context.clock.set(advance=121)
    await passeport.file(filing())
    assert effects(context) == ["pre_application"]
    assert len(context.table("assertions")) == 2
    await passeport.find("key-1")
    assert len(context.table("assertions")) == 2


async def test_a_fast_sandbox_clock_does_not_shorten_the_life_of_tokens(passeport, context):
    context.clock.set(speed=86400)
    for _ in range(3):
        await passeport.find("key-1")
    assert len(context.table("assertions")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"signer": Key("key-1")},
        {"signer": Key("key-unknown")},
        {"now": lambda: time.time() - 300},
        {"now": lambda: time.time() + 300},
        {"client_id": "somebody-else"},
    ],
    ids=["wrong key", "unknown key", "clock slow", "clock fast", "another client"],
)
async def test_a_proof_that_does_not_hold_is_a_denial_and_nothing_happens(context, open_portal, filing, wrong):
    portal = open_portal(context.base_url, **wrong)
    with pytest.raises(Unavailable, match="portal_denied_gateway"):
        await portal.file(filing())
    assert effects(context) == []
    assert portal.portal_client.state == "up", "what is wrong with us says nothing of the portal"


async def test_a_clock_that_is_a_little_off_does_no_harm(context, open_portal):
    for off in (-20, 20):
        assert await open_portal(context.base_url, now=lambda off=off: time.time() + off).find("key-1") is None


async def test_a_key_is_good_for_as_long_as_the_gateway_publishes_it(context, open_portal):
    old = Key("key-old")
    context.gateway_keys["key-old"] = old.public
    portal = open_portal(context.base_url, signer=old)
    assert await portal.find("key-1") is None
    del context.gateway_keys["key-old"]
    context.clock.set(advance=121)
    with pytest.raises(Unavailable, match="portal_denied_gateway"):
        await portal.find("key-1")


async def test_nothing_is_answered_without_a_token_that_is_known(stranger):
    for headers in ({}, {"authorization": "Bearer made-up"}, {"authorization": "Basic bXJl"}):
        for method, path in [("POST", "/pre-demandes"), ("GET", "/pre-demandes/PP-2025-0000001"), ("POST", "/suivi")]:
            answer = await stranger.request(method, path, headers=headers)
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


class Asserting:
    """Asks for tokens with assertions made by a library, so that each claim can be wrong."""

    def __init__(self, context, stranger):
        self.private = Ed25519PrivateKey.generate()
        context.gateway_keys["lib"] = self.private.public_key().public_bytes_raw()
        self.stranger = stranger
        now = int(time.time())
        self.claims = {"iss": "mre-gateway", "sub": "mre-gateway", "aud": f"{context.base_url}/oauth/token"}
        self.claims |= {"jti": str(uuid.uuid4()), "iat": now, "exp": now + 60}

    def assertion(self, **changes):
        claims = {name: value for name, value in (self.claims | changes).items() if value is not None}
        return jwt.encode(claims, self.private, algorithm="EdDSA", headers={"kid": "lib"})

    async def ask(self, assertion, **form):
        form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": assertion} | form
        answer = await self.stranger.post("/oauth/token", data=form)
        return answer.status_code, answer.json().get("error")


@pytest.fixture
def asserting(context, stranger):
    return Asserting(context, stranger)


async def test_an_assertion_is_taken_once(asserting):
    assertion = asserting.assertion()
    assert await asserting.ask(assertion) == (200, None)
    assert await asserting.ask(assertion) == (401, "invalid_client")
    assert await asserting.ask(asserting.assertion(jti="another")) == (200, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"sub": "other"},
        {"aud": "https://elsewhere.invalid/oauth/token"},
        {"exp": int(time.time()) - 60},
        {"exp": int(time.time()) + 36_000},
        {"iat": int(time.time()) + 36_000},
        *({claim: None} for claim in ("iss", "sub", "aud", "exp", "iat", "jti")),
    ],
)
async def test_an_assertion_with_a_wrong_or_missing_claim_is_not_taken(asserting, changes):
    assert await asserting.ask(asserting.assertion(**changes)) == (401, "invalid_client")


async def test_an_assertion_must_be_signed_by_the_key_it_names(asserting):
    header, claims, signature = asserting.assertion().split(".")
    other = asserting.assertion(sub="mre-gateway", jti="x").split(".")[1]
    unsigned = jwt.encode(asserting.claims, "", algorithm="none", headers={"kid": "lib"})
    for assertion in (f"{header}.{other}.{signature}", f"{header}.{claims}.", unsigned, "no jws", ""):
        assert await asserting.ask(assertion) == (401, "invalid_client")


async def test_another_grant_or_kind_of_proof_is_not_supported(asserting):
    assertion = asserting.assertion()
    assert await asserting.ask(assertion, grant_type="password") == (400, "unsupported_grant_type")
    assert await asserting.ask(assertion, client_assertion_type="saml2") == (401, "invalid_client")
    assert await asserting.ask(assertion) == (200, None), "what was not looked at was not used up"

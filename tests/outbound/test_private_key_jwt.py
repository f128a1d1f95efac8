"""The scheme, against a portal that reads each assertion with a library that somebody else wrote."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs

import jwt
import pytest

from gateway.outbound.errors import CredentialsFailed
from gateway.outbound.schemes import SchemeError
from tests.outbound.raw import WRITING, Key, answer, during

AUTH = {"scheme": "private_key_jwt", "token_path": "/oauth/token"}
CLIENT = {"client_id": "mre-gateway"}
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class TokenPortal:
    """Gives a token for each assertion that holds, and lets only the newest token in."""

    def __init__(self, portal, key):
        self.portal, self.key, self.issued, self.claims, self.forms = portal, key, 0, [], []
        self.audience = f"{portal.url}/oauth/token"
        portal.respond = self.respond

    def respond(self, seen):
        if seen.target != "/oauth/token":
            return answer(200 if seen.headers.get("authorization") == f"Bearer t{self.issued}" else 401)
        form = {name: value for name, (value,) in parse_qs(seen.body.decode()).items()}
        self.forms.append(form)
        try:
            claims = self.read(form["client_assertion"])
        except jwt.InvalidTokenError as error:
            return answer(401, json.dumps({"error": "invalid_client", "error_description": str(error)}).encode())
        self.claims.append(claims)
        self.issued += 1
        return answer(200, json.dumps({"access_token": f"t{self.issued}", "expires_in": 300}).encode())

    def read(self, assertion):
        return jwt.decode(
            assertion,
            self.key.private.public_key(),
            algorithms=["EdDSA"],
            audience=self.audience,
            leeway=30,
            options={"require": ["iss", "sub", "aud", "jti", "iat", "exp"]},
        )

    def headers(self):
        return [jwt.get_unverified_header(form["client_assertion"]) for form in self.forms]

    def of(self, target):
        return [seen for seen in self.portal.seen if seen.target == target]


@pytest.fixture
def key():
    return Key("kid-1")


@pytest.fixture
def tokens(portal, key):
    return TokenPortal(portal, key)


def opened(client_to, tokens, key, **given):
    given = {"auth": AUTH, "options": CLIENT, "signer": lambda: key, "retry": {"attempts": 1}} | given
    return client_to(tokens.portal.url, **given)


async def test_an_assertion_says_who_we_are_to_whom_and_for_a_minute(tokens, client_to, key):
    assert (await opened(client_to, tokens, key).client.get("/x")).status_code == 200
    (claims,), (header,) = tokens.claims, tokens.headers()
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("mre-gateway", "mre-gateway", tokens.audience)
    assert claims["exp"] - claims["iat"] == 60
    assert abs(claims["iat"] - time.time()) < 60
    assert header == {"alg": "EdDSA", "kid": "kid-1", "typ": "JWT"}
    assert tokens.forms[0] | {"client_assertion": ""} == {
        "grant_type": "client_credentials",
        "client_assertion_type": TYPE,
        "client_assertion": "",
    }


async def test_one_token_serves_until_the_portal_refuses_it_and_each_assertion_is_new(tokens, client_to, key):
    client = opened(client_to, tokens, key).client
    for _ in range(3):
        assert (await client.get("/x")).status_code == 200
    assert tokens.issued == 1
    tokens.issued += 1  # the token that we hold is over
    assert (await client.get("/x")).status_code == 200
    assert len(tokens.claims) == 2
    assert len({claims["jti"] for claims in tokens.claims}) == 2


async def test_an_attempt_after_a_lost_answer_brings_another_assertion(tokens, client_to, key):
    respond, lost = tokens.respond, []

    def lose_the_first(seen):
        reply = respond(seen)
        if not lost:
            lost.append(seen)
            return None
        return reply

    tokens.portal.respond = lose_the_first
    client = opened(client_to, tokens, key, retry={"attempts": 2, "base_seconds": 0.001}).client
    assert (await client.get("/x")).status_code == 200
    assert len({claims["jti"] for claims in tokens.claims}) == 2


async def test_a_rotated_key_is_used_for_the_next_assertion(tokens, client_to, key):
    keys = [key]
    client = opened(client_to, tokens, key, signer=lambda: keys[-1]).client
    await client.get("/x")
    keys.append(Key("kid-2"))
    tokens.key = keys[-1]
    tokens.issued += 1
    assert (await client.get("/x")).status_code == 200
    assert [header["kid"] for header in tokens.headers()] == ["kid-1", "kid-2"]


@pytest.mark.parametrize(
    "given", [{"signer": lambda: Key("kid-1")}, {"now": lambda: time.time() - 300}, {"now": lambda: time.time() + 300}]
)
async def test_a_wrong_key_or_clock_is_denied_once_and_nothing_is_sent(tokens, client_to, key, given):
    client = opened(client_to, tokens, key, retry={"attempts": 3, "base_seconds": 0.001}, **given).client
    with during(WRITING) as call, pytest.raises(CredentialsFailed) as failed:
        await client.post("/orders", json={})
    assert failed.value.denied
    assert (tokens.of("/orders"), call.exposures, len(tokens.forms)) == ([], 0, 1)


async def test_the_audience_can_be_what_the_portal_calls_itself(tokens, client_to, key):
    tokens.audience = "https://www.portal.example"
    auth = {**AUTH, "audience": tokens.audience, "scope": "file track"}
    assert (await opened(client_to, tokens, key, auth=auth).client.get("/x")).status_code == 200
    assert tokens.forms[0]["scope"] == "file track"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"signer": None}, "needs the gateway's outbound key"),
        ({"options": {}}, "option 'client_id'"),
        ({"auth": {"scheme": "private_key_jwt"}}, "needs `token_path`"),
    ],
)
def test_what_is_missing_is_named_at_the_start(client_to, key, given, complaint):
    given = {"auth": AUTH, "options": CLIENT, "signer": lambda: key} | given
    with pytest.raises(SchemeError, match=complaint):
        client_to("http://127.0.0.1:1", **given)

"""The schemes, against a portal that checks what they bring."""

from __future__ import annotations

import asyncio
import base64
import json
import logging

import httpx
import pytest

from gateway.outbound.errors import CredentialsFailed
from gateway.outbound.schemes import SCHEMES, SchemeError, Setup, oauth2_client_credentials
from gateway.secret import Secret
from tests.outbound.raw import READING, WRITING, Clock, answer, during, until

AUTH = {"scheme": "oauth2_client_credentials", "token_path": "/oauth/token", "secret": "client_secret"}
SECRET = "p%ss wörd"


class TokenPortal:
    """Gives tokens for the right secret, and lets only the newest one in."""

    def __init__(self, portal):
        self.portal, self.issued, self.revoked = portal, 0, set()
        self.token_reply = None
        portal.respond = self.respond

    async def respond(self, seen):
        if seen.target == "/oauth/token":
            if self.token_reply is not None:
                return self.token_reply
            await asyncio.sleep(0.01)
            self.issued += 1
            return answer(200, json.dumps({"access_token": f"t{self.issued}", "expires_in": 300}).encode())
        scheme, _, token = seen.headers.get("authorization", "").partition(" ")
        good = scheme == "Bearer" and token[1:].isdigit() and int(token[1:]) <= self.issued
        return answer(200) if good and token not in self.revoked else answer(401)

    def of(self, target):
        return [seen for seen in self.portal.seen if seen.target == target]


@pytest.fixture
def tokens(portal):
    return TokenPortal(portal)


@pytest.fixture
def portal_client(portal, client_to):
    return client_to(
        portal.url, auth=AUTH, secrets={"client_secret": Secret(SECRET)}, options={"client_id": "mre:gateway"}
    )


async def test_a_token_is_fetched_once_and_used_for_all(tokens, portal_client):
    for _ in range(3):
        assert (await portal_client.client.get("/x")).status_code == 200
    (asked,) = tokens.of("/oauth/token")
    assert asked.body == b"grant_type=client_credentials"
    name, _, secret = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode().partition(":")
    assert (name, secret) == ("mre%3Agateway", "p%25ss+w%C3%B6rd")


async def test_fifty_waiting_calls_make_one_token_request(tokens, portal_client):
    responses = await asyncio.gather(*(portal_client.client.get("/x") for _ in range(50)))
    assert {response.status_code for response in responses} == {200}
    assert tokens.issued == 1


async def test_a_token_the_portal_no_longer_likes_is_replaced_once_for_all(tokens, portal_client):
    await portal_client.client.get("/x")
    tokens.revoked.add("t1")
    responses = await asyncio.gather(*(portal_client.client.post("/x", json={}) for _ in range(50)))
    assert {response.status_code for response in responses} == {200}
    assert tokens.issued == 2


async def test_a_late_denial_of_the_old_token_does_not_cost_the_new_one(tokens, portal_client):
    """Two calls leave with the old token; the slower one hears that it is dead when a new one is there already."""
    await portal_client.client.get("/x")
    tokens.revoked.add("t1")
    late, respond = asyncio.Event(), tokens.respond

    async def hold_the_slow_one(seen):
        if seen.target == "/slow":
            await late.wait()
        return await respond(seen)

    tokens.portal.respond = hold_the_slow_one
    slow = asyncio.create_task(portal_client.client.get("/slow"))
    await until(lambda: tokens.of("/slow"))
    assert (await portal_client.client.get("/quick")).status_code == 200
    late.set()
    assert (await slow).status_code == 200
    assert tokens.issued == 2


async def test_a_portal_that_goes_on_denying_gets_two_tries_not_more(tokens, portal_client):
    await portal_client.client.get("/x")
    tokens.revoked |= {f"t{n}" for n in range(100)}
    with during(READING):
        assert (await portal_client.client.get("/y")).status_code == 401
    assert len(tokens.of("/y")) == 2


async def test_a_cancelled_call_does_not_take_the_token_from_the_others(tokens, portal_client):
    first = asyncio.create_task(portal_client.client.get("/x"))
    await until(lambda: tokens.of("/oauth/token"))
    second = asyncio.create_task(portal_client.client.get("/x"))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).status_code == 200
    assert tokens.issued == 1


@pytest.mark.parametrize(
    ("reply", "denied"),
    [
        (answer(401, b'{"error":"invalid_client"}'), True),
        (answer(500), False),
        (answer(200, b"<html>"), False),
        (answer(200, b'{"access_token":"x","token_type":"mac"}'), False),
        (None, False),
    ],
)
async def test_without_a_token_the_request_was_never_sent(tokens, portal_client, reply, denied):
    async def respond(seen):
        return reply

    tokens.portal.respond = respond
    with during(WRITING) as call, pytest.raises(CredentialsFailed) as failed:
        await portal_client.client.post("/orders")
    assert failed.value.denied is denied
    assert (tokens.of("/orders"), call.exposures) == ([], 0)
    assert len(tokens.portal.seen) == (1 if denied else 3), "our own word being refused, asking again is of no use"


@pytest.mark.parametrize("twice", [b'"access_token":"t1"', b'"expires_in":9', b'"x":{"y":1,"y":2}'])
async def test_token_answer_with_a_member_twice_is_no_token(tokens, portal_client, twice):
    tokens.issued = 1
    tokens.token_reply = answer(200, b'{"access_token":"t2","expires_in":300,"token_type":"Bearer",%s}' % twice)
    with during(WRITING), pytest.raises(CredentialsFailed, match="twice"):
        await portal_client.client.post("/orders")
    assert tokens.of("/orders") == []


async def test_a_token_request_that_hangs_ends_with_the_call(listen, client_to):
    async def hang(reader, _):
        await reader.read()

    portal_client = client_to(
        await listen(hang), auth=AUTH, secrets={"client_secret": Secret("s")}, options={"client_id": "c"}
    )
    with during(WRITING, budget=0.05) as call, pytest.raises(httpx.TimeoutException):
        await portal_client.client.post("/orders")
    assert call.exposures == 0


async def test_token_and_secret_are_never_logged(tokens, portal_client, caplog):
    caplog.set_level(logging.DEBUG)
    await portal_client.client.get("/x?email=someone")
    tokens.token_reply = answer(400, b'{"error":"invalid_client"}')
    tokens.revoked.add("t1")
    with pytest.raises(CredentialsFailed) as failed:
        await portal_client.client.get("/x")
    said = caplog.text + repr(failed.value)
    for value in ("Bearer", SECRET, "p%25ss", "email=someone"):
        assert value not in said


class TokenServer:
    """Where a scheme on a clock of ours gets its tokens."""

    def __init__(self, **table):
        self.clock, self.asked, self.portal_client, self.fails = Clock(), [], asyncio.Event(), False
        self.portal_client.set()
        self.scheme = oauth2_client_credentials.build(
            Setup(
                table={"token_path": "/token", "secret": "s", **table},
                secrets={"s": Secret("value")},
                options={"client_id": "us"},
                base_url=httpx.URL("http://127.0.0.1/base/"),
                send=self.send,
                clock=self.clock,
            )
        )

    async def send(self, request):
        self.asked.append(request)
        await self.portal_client.wait()
        if self.fails:
            raise httpx.ConnectError("down")
        return httpx.Response(200, json={"access_token": f"t{len(self.asked)}", "expires_in": 100})

    async def token(self):
        request = httpx.Request("GET", "http://127.0.0.1/")
        flow = self.scheme.async_auth_flow(request)
        sent = await anext(flow)
        await flow.aclose()
        return sent.headers["authorization"]


async def test_a_token_near_its_end_is_replaced_while_it_still_serves():
    token_server = TokenServer()
    assert await token_server.token() == "Bearer t1"
    token_server.clock.now += 89
    assert await token_server.token() == "Bearer t1"
    assert len(token_server.asked) == 1
    token_server.clock.now += 2
    token_server.portal_client.clear()
    assert [await token_server.token() for _ in range(5)] == ["Bearer t1"] * 5
    await asyncio.sleep(0)
    token_server.portal_client.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await token_server.token() == "Bearer t2"
    assert len(token_server.asked) == 2


async def test_a_failing_early_refresh_harms_nobody_until_the_token_is_over():
    token_server = TokenServer()
    await token_server.token()
    token_server.clock.now += 95
    token_server.fails = True
    assert await token_server.token() == "Bearer t1"
    await asyncio.sleep(0)
    token_server.clock.now += 10
    with pytest.raises(CredentialsFailed):
        await token_server.token()
    token_server.fails = False
    assert (await token_server.token()).startswith("Bearer t")


async def test_credentials_can_go_in_the_form_and_a_scope_with_them():
    token_server = TokenServer(client_auth="post", scope="orders")
    await token_server.token()
    (asked,) = token_server.asked
    assert str(asked.url) == "http://127.0.0.1/base/token"
    assert asked.content == b"grant_type=client_credentials&scope=orders&client_id=us&client_secret=value"
    assert "authorization" not in asked.headers


async def test_an_api_key_goes_in_its_header(portal, client_to):
    auth = {"scheme": "api_key", "header": "X-Key", "prefix": "Key ", "secret": "k"}
    await client_to(portal.url, auth=auth, secrets={"k": Secret("v")}).client.get("/x")
    assert portal.seen[0].headers["x-key"] == "Key v"


async def test_no_scheme_brings_nothing(portal, client_to):
    await client_to(portal.url).client.get("/x")
    assert "authorization" not in portal.seen[0].headers


@pytest.mark.parametrize(
    ("auth", "complaint"),
    [
        ({"scheme": "carrier_pigeon"}, "unknown authentication scheme 'carrier_pigeon'"),
        ({"scheme": "api_key"}, "needs `secret`"),
        ({"scheme": "api_key", "secret": "missing"}, "'missing', which is not configured"),
        ({"scheme": "hmac_request"}, "option 'client_id'"),
        ({"scheme": "oauth2_client_credentials", "secret": "s"}, "needs `token_path`"),
        ({"scheme": "oauth2_client_credentials", "secret": "s", "token_path": "/t"}, "option 'client_id'"),
    ],
)
def test_an_unusable_table_is_found_at_the_start_and_named(client_to, auth, complaint):
    with pytest.raises(SchemeError, match=complaint):
        client_to("http://127.0.0.1:1", auth=auth, secrets={"s": Secret("v")})


def test_the_schemes_are_registered_by_the_name_of_their_module():
    assert {name: build.__module__.rpartition(".")[2] for name, build in SCHEMES.items()} == {n: n for n in SCHEMES}

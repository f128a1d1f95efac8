"""The scheme `hmac_request`, against a portal that works the signature out from the bytes that came over the socket."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import time

import httpx
import pytest

from gateway.outbound.schemes import SchemeError
from gateway.outbound.schemes.hmac_request import HmacRequest, canonical
from gateway.secret import Secret
from tests.outbound.raw import READING, WRITING, answer, during

SECRET = "shared sécret"
AUTH = {"scheme": "hmac_request", "secret": "request_secret"}
AUTHORIZATION = re.compile(r"HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})")


def signed_text(seen):
    """As the module's docstring has it, from what was received."""
    path, _, query = seen.target.partition("?")
    _, names, _ = AUTHORIZATION.fullmatch(seen.headers["authorization"]).groups()
    lines = ["HMAC-SHA256", seen.method, path, "&".join(sorted(query.split("&")))]
    lines += [f"{name}:{seen.headers[name]}" for name in names.split(";")]
    return "\n".join([*lines, names, hashlib.sha256(seen.body).hexdigest()]).encode()


def verified(seen, secret=SECRET):
    _, _, signature = AUTHORIZATION.fullmatch(seen.headers["authorization"]).groups()
    return signature == hmac.new(secret.encode(), signed_text(seen), hashlib.sha256).hexdigest()


@pytest.fixture
def portal_client(portal, client_to):
    options = {"client_id": "mre-gateway"}
    return client_to(portal.url, auth=AUTH, secrets={"request_secret": Secret(SECRET)}, options=options)


async def one(portal, portal_client, method="GET", path="/x", **given):
    assert (await portal_client.client.request(method, path, **given)).status_code == 200
    return portal.seen[-1]


@pytest.mark.parametrize(
    ("method", "path", "given"),
    [
        ("GET", "/x", {}),
        ("GET", "/x", {"params": {"b": "2", "a": "é &", "ab": ""}}),
        ("GET", "/x?z=1&a=2&a=1", {}),
        ("POST", "/x/%C3%A9", {"json": {"a": "é"}}),
        ("POST", "/x", {"files": [("complaint", (None, b"{}", "application/json")), ("f", ("a.pdf", bytes(300)))]}),
        ("DELETE", "/x", {}),
    ],
)
async def test_the_portal_finds_the_signature_right(portal, portal_client, method, path, given):
    seen = await one(portal, portal_client, method, path, **given)
    assert verified(seen)
    assert not verified(seen, "another secret")
    assert seen.headers["x-content-sha256"] == hashlib.sha256(seen.body).hexdigest()


async def test_host_and_media_type_are_covered(portal, portal_client):
    seen = await one(portal, portal_client, "POST", json={})
    _, names, _ = AUTHORIZATION.fullmatch(seen.headers["authorization"]).groups()
    assert names == "content-type;host;x-content-sha256;x-nonce;x-timestamp"
    assert f"host:{portal.url.removeprefix('http://')}".encode() in signed_text(seen)


async def test_the_order_of_a_query_does_not_matter():
    """A proxy may sort it."""

    async def text(url):
        request = httpx.Request("GET", url)
        auth = HmacRequest("us", Secret(SECRET), now=lambda: 1_764_000_000.9)
        await anext(auth.async_auth_flow(request))
        request.headers["x-nonce"] = "n"
        return canonical(request, ["x-nonce", "x-timestamp"])

    one, other = await text("http://p.invalid/x?b=2&a=1"), await text("http://p.invalid/x?a=1&b=2")
    assert one == other
    assert one.splitlines()[:6] == [b"HMAC-SHA256", b"GET", b"/x", b"a=1&b=2", b"x-nonce:n", b"x-timestamp:1764000000"]


async def test_every_request_has_a_nonce_and_a_time_of_its_own(portal, portal_client):
    first, second = await one(portal, portal_client), await one(portal, portal_client)
    assert first.headers["x-nonce"] != second.headers["x-nonce"]
    assert abs(int(first.headers["x-timestamp"]) - time.time()) < 60


async def test_a_repetition_is_signed_anew(portal, portal_client):
    replies = [answer(503), None, answer(200)]
    portal.respond = lambda _: replies.pop(0)
    with during(READING):
        assert (await portal_client.client.post("/x", json={"a": 1})).status_code == 200
    assert len(portal.seen) == 3
    assert len({seen.headers["x-nonce"] for seen in portal.seen}) == 3
    assert all(verified(seen) for seen in portal.seen)


async def test_a_portal_that_denies_is_not_asked_again(portal, portal_client):
    portal.respond = lambda _: answer(401, b'{"error":"clock_skew"}')
    with during(WRITING) as call:
        assert (await portal_client.client.post("/x")).status_code == 401
    assert (len(portal.seen), call.exposures) == (1, 0)


async def test_neither_secret_nor_signature_is_in_logs_or_record(portal, portal_client, entry, caplog):
    caplog.set_level(logging.DEBUG)
    seen = await one(portal, portal_client, "POST", json={"a": 1})
    _, _, signature = AUTHORIZATION.fullmatch(seen.headers["authorization"]).groups()
    (hop,) = entry.hops
    assert b"x-nonce" in hop.request
    for value in (signature, SECRET):
        assert value not in caplog.text
        assert value.encode() not in hop.request


@pytest.mark.parametrize("client_id", ["two words", "a,b", "a=b", "é", "a\nb"])
def test_a_client_name_that_would_break_the_header_is_found_at_the_start(client_to, client_id):
    with pytest.raises(SchemeError, match="client_id"):
        client_to(
            "http://127.0.0.1:1",
            auth=AUTH,
            secrets={"request_secret": Secret(SECRET)},
            options={"client_id": client_id},
        )

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.auth.errors import AuthError
from gateway.auth.jwks import IssuerKeys
from gateway.auth.tokens import Verifier
from gateway.settings import Auth, Issuer

from .conftest import RSA, believed, jwk


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def make(issuer, clock):
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        yield lambda jwks_url="", **over: IssuerKeys(
            Issuer(issuer=over.pop("issuer", issuer.url), jwks_url=jwks_url), Auth(**over), http, clock=clock
        )


@pytest.fixture
def keys(issuer, make):
    return make(f"{issuer.url}/jwks.json")


async def code_of(keys, kid):
    with pytest.raises(AuthError) as caught:
        await keys.find(kid)
    return caught.value.code


async def test_keys_are_fetched_once_while_they_are_fresh(issuer, keys, clock):
    await keys.find("rsa")
    clock.now += 299
    await keys.find("ec")
    assert issuer.asked == 1
    clock.now += 2
    await keys.find("ec")
    assert issuer.asked == 2


async def test_a_hundred_callers_share_one_fetch(issuer, keys):
    issuer.released = asyncio.Event()
    waiting = [asyncio.create_task(keys.find("rsa")) for _ in range(100)]
    await issuer.arrived.wait()
    issuer.released.set()
    assert len(set(await asyncio.gather(*waiting))) == 1
    assert issuer.asked == 1


async def test_a_caller_that_gives_up_does_not_end_the_fetch_of_the_others(issuer, keys):
    issuer.released = asyncio.Event()
    first, second = (asyncio.create_task(keys.find("rsa")) for _ in range(2))
    await issuer.arrived.wait()
    first.cancel()
    issuer.released.set()
    assert [key.kid for key in await second] == ["rsa"]
    assert issuer.asked == 1


async def test_an_unknown_key_asks_the_issuer_once_per_interval(issuer, keys, clock):
    await keys.find("rsa")
    clock.now += 11
    codes = [await code_of(keys, f"kid-{n}") for n in range(5)]
    assert codes == ["token_unknown_key", *["issuer_keys_pending"] * 4]
    assert issuer.asked == 2
    clock.now += 11
    assert await code_of(keys, "kid-6") == "token_unknown_key"
    assert issuer.asked == 3


async def test_a_rotated_key_is_found(issuer, keys, clock):
    await keys.find("rsa")
    issuer.keys = {"new": issuer.keys["ec"]}
    clock.now += 11
    assert [key.kid for key in await keys.find("new")] == ["new"]
    assert await code_of(keys, "rsa") == "issuer_keys_pending"
    clock.now += 11
    assert await code_of(keys, "rsa") == "token_unknown_key"


async def test_known_keys_outlive_the_issuers_absence_but_not_for_ever(issuer, keys, clock):
    await keys.find("rsa")
    issuer.failing = True
    clock.now += 3600
    assert [key.kid for key in await keys.find("rsa")] == ["rsa"]
    assert keys.failure == "status 500"
    clock.now += 86_400
    assert await code_of(keys, "rsa") == "issuer_unavailable"


async def test_an_unknown_key_of_an_absent_issuer_is_not_the_callers_fault(issuer, keys):
    issuer.failing = True
    with pytest.raises(AuthError) as caught:
        await keys.find("rsa")
    assert (caught.value.code, caught.value.challenge()) == ("issuer_unavailable", "")
    assert caught.value.retry_after == 10
    assert await code_of(keys, "rsa") == "issuer_unavailable"
    assert issuer.asked == 1


async def test_the_issuer_is_believed_again_when_it_returns(issuer, keys, clock):
    issuer.failing = True
    await code_of(keys, "rsa")
    issuer.failing = False
    clock.now += 11
    assert [key.kid for key in await keys.find("rsa")] == ["rsa"]
    assert keys.failure == ""


async def test_an_issuer_that_hangs_is_given_up(issuer, make):
    issuer.released = asyncio.Event()
    assert await code_of(make(f"{issuer.url}/jwks.json", jwks_timeout_seconds=0.05), "rsa") == "issuer_unavailable"
    issuer.released.set()


async def test_nobody_listening_is_an_unavailable_issuer(make):
    assert await code_of(make("http://127.0.0.1:1/jwks.json"), "rsa") == "issuer_unavailable"


async def test_keys_are_found_by_rfc_8414_discovery(issuer, make):
    issuer.documents["/.well-known/oauth-authorization-server"] = {
        "issuer": issuer.url,
        "jwks_uri": f"{issuer.url}/jwks.json",
    }
    assert [key.kid for key in await make().find("rsa")] == ["rsa"]


async def test_keys_of_an_issuer_with_a_path_are_found_by_openid_discovery(issuer, make):
    realm = f"{issuer.url}/realms/mre"
    issuer.documents["/realms/mre/.well-known/openid-configuration"] = {
        "issuer": realm,
        "jwks_uri": f"{issuer.url}/jwks.json",
    }
    assert [key.kid for key in await make(issuer=realm).find("rsa")] == ["rsa"]


@pytest.mark.parametrize(
    ("wrong", "failure"),
    [
        ({"issuer": "https://other.example"}, "names another issuer"),
        ({"jwks_uri": "http://127.0.0.1:1/jwks.json"}, "on another host"),
        ({"jwks_uri": "file:///etc/passwd"}, "on another host"),
        ({"jwks_uri": "http://[/"}, "ValueError"),
        ({"jwks_uri": None}, "no discovery document"),
    ],
)
async def test_a_discovery_document_that_points_elsewhere_is_refused(issuer, make, wrong, failure):
    good = {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/jwks.json"}
    issuer.documents["/.well-known/openid-configuration"] = good | wrong
    keys = make()
    assert await code_of(keys, "rsa") == "issuer_unavailable"
    assert failure in keys.failure
    assert issuer.asked == 0


@pytest.mark.parametrize("body", [b"", b"[]", b'{"keys": 3}', b'{"keys": []}', b"\xff", b'{"keys": ["x"]}'])
async def test_a_key_set_that_is_none_is_an_unavailable_issuer(issuer, make, body):
    issuer.documents["/set"] = body
    assert await code_of(make(f"{issuer.url}/set"), "rsa") == "issuer_unavailable"


async def test_an_endless_key_set_is_cut_off(issuer, make):
    issuer.documents["/set"] = b" " * 300_000
    keys = make(f"{issuer.url}/set")
    await code_of(keys, "rsa")
    assert keys.failure == "larger than jwks_max_bytes"


async def test_one_strange_key_does_not_cost_the_others(issuer, keys, clock):
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    issuer.extra = [
        {"kty": "AKP", "kid": "pq", "alg": "ML-DSA-44"},
        {"kty": "RSA", "kid": "broken", "n": 3},
        jwk(weak, "weak", "RS256"),
        jwk(RSA, "enc", "RS256") | {"use": "enc"},
        {"kid": 5},
    ]
    assert [key.kid for key in await keys.find("rsa")] == ["rsa"]
    for kid in ("pq", "broken", "weak", "enc"):
        assert await code_of(keys, kid) == "issuer_keys_pending"
    clock.now += 11
    assert await code_of(keys, "pq") == "token_unknown_key"


async def test_a_token_verifies_while_the_issuer_is_down_if_its_key_is_known(issuer, ring, clients):
    settings = Auth(
        issuers=(believed(issuer),),
        jwks_cache_seconds=1e-9,
        jwks_min_refresh_seconds=1e-9,
    )
    async with Verifier(settings, ring=ring, clients=clients) as verifier:
        await verifier.verify(issuer.token(jti="1"))
        issuer.failing = True
        assert (await verifier.verify(issuer.token(jti="2"))).kind == "citizen"
        assert verifier.failures == {issuer.url: "status 500"}


async def test_key_set_that_repeats_a_member_is_refused(issuer, make):
    """Which of two counts is up to each reader (RFC 8259, section 4): one may see another key than we do."""
    good = json.dumps({"keys": [jwk(issuer.keys["rsa"][0], "rsa", "RS256")]}).encode()
    issuer.documents["/keys"] = good
    assert (await make(f"{issuer.url}/keys").find("rsa"))[0].kid == "rsa"
    issuer.documents["/keys"] = good.replace(b'"kid": "rsa"', b'"kid": "other", "kid": "rsa"')
    keys = make(f"{issuer.url}/keys")
    assert await code_of(keys, "rsa") == "issuer_unavailable"
    assert keys.failure == "two members of one name"
    issuer.documents["/keys"] = b'{"keys": [], ' + good[1:]
    assert await code_of(make(f"{issuer.url}/keys"), "rsa") == "issuer_unavailable"


async def test_metadata_that_repeats_a_member_is_refused(issuer, make):
    good = {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/jwks.json"}
    twice = b'{"issuer": "https://other.example", ' + json.dumps(good).encode()[1:]
    issuer.documents["/.well-known/oauth-authorization-server"] = twice
    assert await code_of(make(), "rsa") == "issuer_unavailable"
    assert issuer.asked == 0

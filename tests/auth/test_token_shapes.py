"""Legal and illegal shapes of tokens and keys: RFC 7515, 7517, 7518, 7519, 7797, 8725, 9068, 9864."""

from __future__ import annotations

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from gateway.auth.errors import AuthError
from gateway.auth.tokens import Verifier
from gateway.settings import Auth, SettingsError

from .conftest import RSA, believed, jwk


def b64(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


async def refused(verifier, token) -> str:
    with pytest.raises(AuthError) as caught:
        await verifier.verify(token)
    return caught.value.code


def written(issuer, head: str, body: str, kid: str = "ec") -> str:
    """A token of exactly this JSON, with a good signature."""
    key, alg = issuer.keys[kid]
    text = f"{b64(head)}.{b64(body)}"
    return f"{text}.{b64(jwt.get_algorithm_by_name(alg).sign(text.encode(), key))}"


def claims(issuer) -> dict:
    return jwt.decode(issuer.token(), options={"verify_signature": False})


def verifying(issuer, ring, clients, *algorithms, **over) -> Verifier:
    one = believed(issuer, **({"algorithms": algorithms} if algorithms else {}))
    return Verifier(Auth(issuers=(one,), **over), ring=ring, clients=clients)


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("PS256", RSA),
        ("RS256", RSA),
        ("PS512", RSA),
        ("ES256", ec.generate_private_key(ec.SECP256R1())),
        ("ES512", ec.generate_private_key(ec.SECP521R1())),
        ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
    ],
)
@pytest.mark.parametrize("declared", [True, False])
async def test_the_configured_algorithm_decides(issuer, ring, clients, alg, key, declared):
    """Not what a library guesses from a key that does not say its `alg`, which RFC 7517 (4.4) makes optional."""
    published = jwk(key, "k", alg)
    issuer.keys = {"k": (key, alg)}
    issuer.published = [published if declared else {n: v for n, v in published.items() if n != "alg"}]
    async with verifying(issuer, ring, clients, alg) as verifier:
        assert (await verifier.verify(issuer.token(kid="k"))).kind == "citizen"


async def test_a_key_that_declares_another_algorithm_is_not_used(issuer, ring, clients):
    issuer.keys = {"k": (RSA, "PS256")}
    issuer.published = [jwk(RSA, "k", "RS256")]
    async with verifying(issuer, ring, clients, "PS256", "RS256") as verifier:
        assert await refused(verifier, issuer.token(kid="k")) == "token_algorithm_not_allowed"


@pytest.mark.parametrize("declared", ["EdDSA", "Ed25519", None])
@pytest.mark.parametrize("named", ["EdDSA", "Ed25519"])
async def test_ed25519_works_by_both_its_names(issuer, ring, clients, named, declared):
    """RFC 9864 names it `Ed25519` and deprecates `EdDSA`; a key of the one may sign under the other's name."""
    key = ed25519.Ed25519PrivateKey.generate()
    issuer.keys = {"k": (key, "EdDSA")}
    issuer.published = [{n: v for n, v in (jwk(key, "k", "EdDSA") | {"alg": declared}).items() if v}]
    async with verifying(issuer, ring, clients, named) as verifier:
        assert (await verifier.verify(issuer.token(kid="k", header={"alg": named}))).kind == "citizen"
        other = "EdDSA" if named == "Ed25519" else "Ed25519"
        assert await refused(verifier, issuer.token(kid="k", header={"alg": other})) == "token_algorithm_not_allowed"


async def test_ed448_has_a_name_of_its_own(issuer, ring, clients):
    key = ed448.Ed448PrivateKey.generate()
    issuer.keys = {"k": (key, "EdDSA")}
    issuer.published = [{n: v for n, v in jwk(key, "k", "EdDSA").items() if n != "alg"}]
    async with verifying(issuer, ring, clients, "EdDSA", "Ed448") as verifier:
        assert (await verifier.verify(issuer.token(kid="k", header={"alg": "Ed448"}))).kind == "citizen"
        assert await refused(verifier, issuer.token(kid="k")) == "token_algorithm_not_allowed"


@pytest.mark.parametrize("name", ["HS256", "none", "ESP256", "ES256K", "rs256", ""])
def test_an_algorithm_that_is_none_of_ours_cannot_be_set(issuer, ring, clients, name):
    """`ESP256` is a COSE name: RFC 9864 leaves ES256 in JOSE as it is, because it is fully specified there."""
    with pytest.raises(SettingsError, match="algorithms"):
        verifying(issuer, ring, clients, name)


def test_what_fapi_2_allows_is_the_default(issuer):
    """FAPI 2.0 Security Profile, 5.4.1: PS256, ES256, EdDSA with Ed25519."""
    from gateway.settings import Issuer

    assert set(Issuer(issuer="https://i").algorithms) == {"PS256", "ES256", "EdDSA", "Ed25519"}


async def test_a_token_without_a_kid_is_legal(issuer, ring, clients):
    """RFC 7515 (4.1.4): kid is a hint."""
    async with verifying(issuer, ring, clients, "RS256", "ES256") as verifier:
        for kid in ("rsa", "ec"):
            assert (await verifier.verify(issuer.token(kid=kid, header={"kid": None}))).kind == "citizen"
        issuer.keys["ec"] = (ec.generate_private_key(ec.SECP256R1()), "ES256")
        stranger = issuer.token(kid="ec", header={"kid": None})
        assert await refused(verifier, stranger) == "token_bad_signature"


async def test_a_key_without_a_kid_is_legal(issuer, ring, clients):
    published = jwk(issuer.keys["ec"][0], "ec", "ES256")
    del published["kid"]
    issuer.published = [published]
    async with verifying(issuer, ring, clients) as verifier:
        assert (await verifier.verify(issuer.token(kid="ec", header={"kid": None}))).kind == "citizen"


async def test_keys_of_one_kid_and_two_kinds_are_legal(issuer, ring, clients):
    """RFC 7517 (4.5) allows it for keys that are alternatives of each other."""
    issuer.published = [jwk(RSA, "one", "RS256"), jwk(issuer.keys["ec"][0], "one", "ES256")]
    async with verifying(issuer, ring, clients, "RS256", "ES256") as verifier:
        for kid in ("rsa", "ec"):
            assert (await verifier.verify(issuer.token(kid=kid, header={"kid": "one"}))).kind == "citizen"


@pytest.mark.parametrize(
    "more", [{"key_ops": ["verify"]}, {"use": None}, {"x5t": "AAAA"}, {"key_ops": ["verify", "x"]}]
)
async def test_legal_members_of_a_key_do_not_cost_it(issuer, ring, clients, more):
    public = {n: v for n, v in (jwk(issuer.keys["ec"][0], "ec", "ES256") | more).items() if v is not None}
    issuer.published = [public]
    async with verifying(issuer, ring, clients) as verifier:
        assert (await verifier.verify(issuer.token(kid="ec"))).kind == "citizen"


def private(key) -> dict:
    return jwk(key, "ec", "ES256") | {"d": b64(b"\x01" * 32)}


@pytest.mark.parametrize(
    "published",
    [
        lambda key: jwk(key, "ec", "ES256") | {"key_ops": ["encrypt"]},
        lambda key: jwk(key, "ec", "ES256") | {"key_ops": "verify"},
        lambda key: jwk(key, "ec", "ES256") | {"use": "enc"},
        lambda key: jwk(key, "ec", "ES256") | {"x5c": ["MIIB"]},
        private,
    ],
)
async def test_a_key_that_is_not_for_this_is_not_used(issuer, ring, clients, published):
    issuer.published = [published(issuer.keys["ec"][0]), jwk(RSA, "rsa", "RS256")]
    async with verifying(issuer, ring, clients, "ES256", "RS256") as verifier:
        assert await refused(verifier, issuer.token(kid="ec")) == "token_unknown_key"


async def test_an_rsa_key_of_a_thousand_bits_is_not_used(issuer, ring, clients):
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    issuer.keys = {"w": (weak, "RS256"), "rsa": (RSA, "RS256")}
    async with verifying(issuer, ring, clients, "RS256") as verifier:
        assert await refused(verifier, issuer.token(kid="w")) == "token_unknown_key"


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"])
@pytest.mark.parametrize("audience", ["mre-gateway", ["other", "mre-gateway"]])
async def test_legal_ways_to_write_type_and_audience(issuer, verifier, typ, audience):
    assert (await verifier.verify(issuer.token(header={"typ": typ}, aud=audience))).kind == "citizen"


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ({"crit": ["exp"], "exp": 1}, "an extension that we do not know"),
        ({"crit": []}, "an empty list is illegal (RFC 7515, 4.1.11)"),
        ({"crit": ["b64"], "b64": True}, "even one that a library knows"),
        ({"crit": ["b64"], "b64": False}, "RFC 7797 is not for JWTs"),
        ({"b64": False}, ""),
        ({"crit": "exp"}, ""),
    ],
)
async def test_critical_members_are_refused(issuer, verifier, head, why):
    assert await refused(verifier, issuer.token(kid="ec", header=head)) == "token_malformed"


@pytest.mark.parametrize("head", [{"jwk": {"kty": "EC"}}, {"x5c": ["MIIB"]}, {"jku": "https://evil.example/keys"}])
async def test_members_that_bring_a_key_are_not_looked_at(issuer, verifier, head):
    assert (await verifier.verify(issuer.token(kid="ec", header=head))).kind == "citizen"


async def test_duplicated_members_are_refused(issuer, verifier):
    """RFC 7519 (4) leaves refusing or the last one; two readers that differ are one too many."""
    good = json.dumps(claims(issuer))
    head = '{"typ":"at+jwt","alg":"ES256","kid":"ec"}'
    assert (await verifier.verify(written(issuer, head, good))).kind == "citizen"
    twice = good[:-1] + ',"cnie":"BK654321"}'
    assert await refused(verifier, written(issuer, head, twice)) == "token_malformed"
    assert await refused(verifier, written(issuer, head[:-1] + ',"kid":"ec"}', good)) == "token_malformed"
    nested = good[:-1] + ',"act":{"sub":"a","sub":"b"}}'
    assert await refused(verifier, written(issuer, head, nested)) == "token_malformed"
    assert await refused(verifier, written(issuer, head, good[:-1] + ',"x":NaN}')) == "token_malformed"


async def test_base64url_has_one_form(issuer, verifier):
    """RFC 7515 (2): no padding; RFC 4648 (3.5): no stray bits. One token has one text."""
    token = issuer.token(kid="ec")
    head, body, signature = token.split(".")
    assert await refused(verifier, f"{head}.{body}.{signature}==") == "token_malformed"
    assert await refused(verifier, f"{head}=.{body}.{signature}") == "token_malformed"
    assert await refused(verifier, f"{head}.{body}\n.{signature}") == "token_malformed"
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray = signature[:-1] + last[last.index(signature[-1]) + 1]
    assert await refused(verifier, f"{head}.{body}.{stray}") == "token_malformed"


async def test_the_greatest_age_of_a_token_is_ours(issuer, ring, clients, verifier):
    now = int(time.time())
    assert (await verifier.verify(issuer.token(exp=now + 3600))).kind == "citizen"
    assert await refused(verifier, issuer.token(exp=now + 10 * 365 * 86400)) == "token_lives_too_long"
    assert await refused(verifier, issuer.token(iat=now - 3590, exp=now + 60)) == "token_lives_too_long"
    async with verifying(issuer, ring, clients, "RS256", token_max_seconds=86400.0) as patient:
        assert (await patient.verify(issuer.token(exp=now + 80_000))).kind == "citizen"

from __future__ import annotations

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.auth.errors import AuthError
from gateway.auth.tokens import Verifier
from gateway.settings import Auth, Issuer, SettingsError

from .conftest import RSA, believed, sign


async def refused(verifier, token) -> AuthError:
    with pytest.raises(AuthError) as caught:
        await verifier.verify(token)
    return caught.value


@pytest.mark.parametrize("kid", ["rsa", "ec", "ed"])
async def test_a_good_token_speaks_for_a_citizen(issuer, verifier, ring, kid):
    principal, nonce = await verifier.authenticate(f"Bearer {issuer.token(kid=kid, email='a@example.org')}")
    assert nonce == ""
    assert (principal.kind, principal.client_id, principal.subject) == ("citizen", "demo-frontend", "s-1")
    assert principal.pseudonym == ring.pseudonym("AB123456")
    assert principal.scopes == {"cases:read", "cases:write"}
    assert (principal.acr, principal.claims.name, principal.claims.email) == (
        "substantial",
        "Amina El Fassi",
        "a@example.org",
    )


async def test_the_scheme_may_be_written_in_any_case(issuer, verifier):
    assert (await verifier.authenticate(f"bearer  {issuer.token()}"))[0].kind == "citizen"


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Token abc"])
async def test_without_a_bearer_token_the_challenge_names_no_error(verifier, header):
    with pytest.raises(AuthError) as caught:
        await verifier.authenticate(header)
    assert caught.value.code == "token_missing"
    assert caught.value.challenge() == (
        'Bearer realm="mre-gateway", DPoP realm="mre-gateway", algs="PS256 ES256 EdDSA Ed25519"'
    )


async def test_a_refused_token_gets_the_rfc_6750_word(issuer, verifier):
    error = await refused(verifier, issuer.token(aud="other"))
    assert error.challenge() == 'Bearer realm="mre-gateway", error="invalid_token"'


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "another-api"}, "token_wrong_audience"),
        ({"aud": ["another-api"]}, "token_wrong_audience"),
        ({"aud": None}, "token_wrong_audience"),
        ({"aud": {"mre-gateway": 1}}, "token_wrong_audience"),
        ({"iss": "https://elsewhere.example"}, "token_untrusted_issuer"),
        ({"iss": None}, "token_untrusted_issuer"),
        ({"iss": ["x"]}, "token_untrusted_issuer"),
        ({"exp": NOW - 60}, "token_expired"),
        ({"exp": None}, "token_malformed"),
        ({"exp": "9999999999"}, "token_malformed"),
        ({"exp": True}, "token_malformed"),
        ({"exp": float("nan")}, "token_malformed"),
        ({"exp": float("inf")}, "token_malformed"),
        ({"exp": 10**400}, "token_malformed"),
        ({"nbf": NOW + 86400}, "token_not_yet_valid"),
        ({"iat": NOW + 86400}, "token_not_yet_valid"),
        ({"iat": None}, "token_malformed"),
        ({"sub": None}, "token_malformed"),
        ({"sub": 7}, "token_malformed"),
        ({"client_id": None}, "token_malformed"),
        ({"client_id": "stranger"}, "client_unknown"),
        ({"cnie": None}, "token_malformed"),
        ({"cnie": "12"}, "token_malformed"),
        ({"cnie": ["AB123456"]}, "token_malformed"),
    ],
)
async def test_wrong_claims_are_refused(issuer, verifier, claims, code):
    assert (await refused(verifier, issuer.token(**claims))).code == code


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize(("ahead", "believed"), [(9, True), (60, False)])
async def test_clocks_may_differ_by_ten_seconds_and_no_more(issuer, verifier, name, ahead, believed):
    token = issuer.token(**{name: int(time.time()) + ahead})
    if believed:
        assert (await verifier.verify(token)).kind == "citizen"
    else:
        assert (await refused(verifier, token)).code == "token_not_yet_valid"


async def test_an_expiry_a_moment_ago_is_within_the_allowance(issuer, verifier):
    assert (await verifier.verify(issuer.token(exp=int(time.time()) - 5))).kind == "citizen"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"typ": "JWT"}, "token_malformed"),
        ({"typ": None}, "token_malformed"),
        ({"typ": 1}, "token_malformed"),
        ({"kid": 3}, "token_malformed"),
        ({"kid": ""}, "token_malformed"),
        ({"alg": "HS256"}, "token_algorithm_not_allowed"),
        ({"alg": "RS512"}, "token_algorithm_not_allowed"),
        ({"alg": ["RS256"]}, "token_algorithm_not_allowed"),
        ({"alg": None}, "token_algorithm_not_allowed"),
        ({"crit": ["x"]}, "token_malformed"),
        ({"kid": "ec"}, "token_algorithm_not_allowed"),
        ({"alg": "ES256"}, "token_algorithm_not_allowed"),
        ({"kid": "nobody"}, "token_unknown_key"),
    ],
)
async def test_wrong_headers_are_refused(issuer, verifier, header, code):
    assert (await refused(verifier, issuer.token(header=header))).code == code


@pytest.mark.parametrize("alg", ["none", "None", "NONE"])
@pytest.mark.parametrize("signature", ["", "AAAA"])
async def test_an_unsigned_token_is_refused(issuer, verifier, alg, signature):
    token = issuer.token(header={"alg": alg})
    assert (await refused(verifier, token.rsplit(".", 1)[0] + "." + signature)).code == "token_algorithm_not_allowed"


@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
@pytest.mark.parametrize("claimed", ["HS256", "RS256"])
async def test_the_public_key_is_no_hmac_secret(issuer, verifier, form, claimed):
    pem = RSA.public_key().public_bytes(Encoding.PEM, form)
    payload = jwt.decode(issuer.token(), options={"verify_signature": False})
    token = sign(pem, "HS256", {"typ": "at+jwt", "alg": claimed, "kid": "rsa"}, payload)
    code = {"HS256": "token_algorithm_not_allowed", "RS256": "token_bad_signature"}[claimed]
    assert (await refused(verifier, token)).code == code


async def test_a_symmetric_key_in_the_key_set_is_never_used(issuer, verifier):
    secret = b"0123456789abcdef0123456789abcdef"
    issuer.extra = [{"kty": "oct", "k": base64.urlsafe_b64encode(secret).decode(), "kid": "oct", "alg": "HS256"}]
    payload = jwt.decode(issuer.token(), options={"verify_signature": False})
    token = sign(secret, "HS256", {"typ": "at+jwt", "alg": "RS256", "kid": "oct"}, payload)
    assert (await refused(verifier, token)).code == "token_unknown_key"


def test_an_issuer_cannot_be_configured_with_a_shared_secret_or_none(ring, clients):
    for algorithm in ("HS256", "none"):
        with pytest.raises(SettingsError, match=algorithm):
            Verifier(Auth(issuers=(Issuer(issuer="https://i", algorithms=(algorithm,)),)), ring=ring, clients=clients)


async def test_a_changed_payload_does_not_verify(issuer, verifier):
    head, body, signature = issuer.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "==")) | {"cnie": "BK654321"}
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    assert (await refused(verifier, f"{head}.{forged}.{signature}")).code == "token_bad_signature"


async def test_a_key_of_another_owner_under_a_known_kid_does_not_verify(issuer, verifier):
    await verifier.verify(issuer.token(kid="ec"))
    from cryptography.hazmat.primitives.asymmetric import ec

    issuer.keys["ec"] = (ec.generate_private_key(ec.SECP256R1()), "ES256")
    assert (await refused(verifier, issuer.token(kid="ec"))).code == "token_bad_signature"


@pytest.mark.parametrize(
    "garbage",
    ["", "x", "a.b", "a.b.c", "....", "é.é.é", "e30.e30.e30", "bnVsbA.bnVsbA.", "W10.W10.", " ", "\x00.\x00.\x00"],
)
async def test_garbage_is_malformed(verifier, garbage):
    assert (await refused(verifier, garbage)).code == "token_malformed"


async def test_deeply_nested_json_is_malformed(verifier):
    nested = base64.urlsafe_b64encode(b"[" * 3000 + b"]" * 3000).rstrip(b"=").decode()
    head = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"at+jwt","kid":"rsa"}').rstrip(b"=").decode()
    assert (await refused(verifier, f"{head}.{nested[:7000]}.AAAA")).code == "token_malformed"


async def test_an_oversized_token_is_not_even_parsed(issuer, verifier):
    assert (await refused(verifier, issuer.token(padding="x" * 9000))).code == "token_malformed"
    assert issuer.asked == 0


async def test_a_refusal_never_repeats_the_token(issuer, verifier):
    token = issuer.token(aud="other")
    error = await refused(verifier, token)
    assert token[:20] not in f"{error} {error.reason} {error.challenge()}"


async def test_a_believed_token_is_the_same_principal_until_it_expires(issuer, verifier, wall):
    token = issuer.token(exp=int(time.time()) + 30)
    first = await verifier.verify(token)
    issuer.keys.clear()
    assert await verifier.verify(token) is first
    wall.offset = 30
    assert await verifier.verify(token) is first
    wall.offset = 41
    assert (await refused(verifier, token)).code == "token_expired"
    assert (await refused(verifier, token)).code == "token_expired"


async def test_the_tokens_used_last_are_remembered(issuer, ring, clients):
    settings = Auth(issuers=(believed(issuer),), token_cache_size=2)
    async with Verifier(settings, ring=ring, clients=clients) as verifier:
        tokens = [issuer.token(jti=str(number)) for number in range(3)]
        first, second = [await verifier.verify(token) for token in tokens[:2]]
        assert await verifier.verify(tokens[0]) is first
        await verifier.verify(tokens[2])
        assert await verifier.verify(tokens[0]) is first
        assert await verifier.verify(tokens[1]) is not second


async def test_a_published_key_of_an_algorithm_that_is_not_allowed_is_not_used(issuer, ring, clients):
    only = believed(issuer, algorithms=("ES256",))
    async with Verifier(Auth(issuers=(only,)), ring=ring, clients=clients) as verifier:
        await verifier.verify(issuer.token(kid="ec"))
        assert (await refused(verifier, issuer.token(kid="rsa"))).code == "token_algorithm_not_allowed"


async def test_a_token_of_one_issuer_cannot_be_signed_with_the_key_of_another(issuer, ring, clients):
    other = believed("https://other.example", jwks_url=f"{issuer.url}/other.json")
    issuer.documents["/other.json"] = {"keys": []}
    settings = Auth(issuers=(believed(issuer), other))
    async with Verifier(settings, ring=ring, clients=clients) as verifier:
        await verifier.verify(issuer.token())
        assert (await refused(verifier, issuer.token(iss="https://other.example"))).code == "issuer_unavailable"

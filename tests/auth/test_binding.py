"""Tokens bound to a key or a certificate (RFC 7800, 8705, 9449): worth nothing without the proof that they ask for."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.auth.errors import AuthError
from gateway.auth.tokens import Verifier
from gateway.settings import Auth

from .conftest import RSA, believed, jwk, sign

URL = "https://mre.example/v1/cases"
MEMBERS = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
HOLDER = ec.generate_private_key(ec.SECP256R1())
CERTIFICATE = b"a certificate, byte for byte"


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def public(key, alg="ES256") -> dict:
    return {name: value for name, value in jwk(key, "", alg).items() if name in ("kty", "crv", "x", "y", "n", "e")}


def jkt(key, alg="ES256") -> str:
    """RFC 7638, by hand."""
    members = public(key, alg)
    text = json.dumps({name: members[name] for name in MEMBERS[members["kty"]]}, separators=(",", ":"))
    return digest(text.encode())


def proof(token, nonce=None, *, key=HOLDER, alg="ES256", header=None, **claims) -> str:
    good = {
        "jti": str(uuid.uuid4()),
        "htm": "GET",
        "htu": URL,
        "iat": int(time.time()),
        "ath": digest(token.encode()),
        "nonce": nonce,
    }
    members = {"typ": "dpop+jwt", "alg": alg, "jwk": public(key, alg)} | (header or {})
    payload = {name: value for name, value in (good | claims).items() if value is not None}
    return sign(key, alg, {name: value for name, value in members.items() if value is not None}, payload)


@pytest.fixture
def bound(issuer) -> str:
    return issuer.token(kid="ec", cnf={"jkt": jkt(HOLDER)})


async def code_of(verifier, authorization, call=None) -> str:
    with pytest.raises(AuthError) as caught:
        await verifier.authenticate(authorization, *([] if call is None else [call]))
    return caught.value.code


@pytest.mark.parametrize(
    ("cnf", "code"),
    [
        ({"jkt": jkt(HOLDER)}, "token_binding_failed"),
        ({"x5t#S256": digest(CERTIFICATE)}, "token_binding_failed"),
        ({"jwk": public(HOLDER)}, "token_binding_failed"),
        ({"kid": "x"}, "token_binding_failed"),
        ({"jkt": jkt(HOLDER), "x": 1}, "token_binding_failed"),
        ({}, "token_malformed"),
        ([], "token_malformed"),
        ("", "token_malformed"),
        (None, "token_malformed"),
        ({"jkt": 7}, "token_malformed"),
        ({"jkt": "short"}, "token_malformed"),
    ],
)
async def test_a_bound_token_is_no_bearer_token(issuer, verifier, cnf, code):
    key, alg = issuer.keys["ec"]
    claims = jwt.decode(issuer.token(), options={"verify_signature": False}) | {"cnf": cnf}
    token = sign(key, alg, {"typ": "at+jwt", "alg": alg, "kid": "ec"}, claims)
    for _ in range(2):  # the second time it is remembered
        assert await code_of(verifier, f"Bearer {token}") == code


# --- Proofs ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def proving(issuer, ring, clients, storage, wall):
    from gateway.auth.dpop import Proofs

    settings = Auth(issuers=(believed(issuer),))
    proofs = Proofs(storage, ring, settings, clock=wall)
    async with Verifier(settings, ring=ring, clients=clients, proofs=proofs, clock=wall) as made:
        made.proofs = proofs
        yield made


def call(*proofs, url=URL, method="GET", certificate=None):
    from gateway.auth.binding import Call

    return Call(method=method, url=url, proofs=proofs, certificate=certificate)


async def test_a_bound_token_with_its_proof_is_believed(bound, proving):
    made = proof(bound, proving.proofs.nonce())
    principal, nonce = await proving.authenticate(f"DPoP {bound}", call(made))
    assert (principal.kind, principal.scheme, nonce) == ("citizen", "DPoP", "")
    again = proof(bound, proving.proofs.nonce())
    assert (await proving.authenticate(f"dpop {bound}", call(again)))[0].kind == "citizen"


async def test_a_proof_is_good_once_whoever_it_is_shown_to(bound, proving, issuer, ring, clients, storage, wall):
    from gateway.auth.dpop import Proofs

    made = proof(bound, proving.proofs.nonce())
    await proving.authenticate(f"DPoP {bound}", call(made))
    assert await code_of(proving, f"DPoP {bound}", call(made)) == "dpop_proof_invalid"
    settings = Auth(issuers=(believed(issuer),))
    another = Proofs(storage, ring, settings, clock=wall)
    async with Verifier(settings, ring=ring, clients=clients, proofs=another) as process:
        assert await code_of(process, f"DPoP {bound}", call(made)) == "dpop_proof_invalid"
    await another.forget_expired()
    assert await code_of(proving, f"DPoP {bound}", call(made)) == "dpop_proof_invalid"


async def test_a_proof_that_is_forgotten_is_too_old_anyway(bound, proving, wall):
    made = proof(bound, proving.proofs.nonce())
    await proving.authenticate(f"DPoP {bound}", call(made))
    wall.offset = 110.0
    await proving.proofs.forget_expired()
    assert await code_of(proving, f"DPoP {bound}", call(made)) == "dpop_proof_invalid"


WRONG = {
    "another method": lambda token, nonce: proof(token, nonce, htm="POST"),
    "no method": lambda token, nonce: proof(token, nonce, htm=None),
    "another path": lambda token, nonce: proof(token, nonce, htu="https://mre.example/v1/me"),
    "another host": lambda token, nonce: proof(token, nonce, htu="https://evil.example/v1/cases"),
    "another scheme": lambda token, nonce: proof(token, nonce, htu="http://mre.example/v1/cases"),
    "another port": lambda token, nonce: proof(token, nonce, htu="https://mre.example:444/v1/cases"),
    "somebody before the host": lambda token, nonce: proof(token, nonce, htu="https://x@mre.example/v1/cases"),
    "an escaped slash": lambda token, nonce: proof(token, nonce, htu="https://mre.example/v1%2Fcases"),
    "no address": lambda token, nonce: proof(token, nonce, htu=None),
    "too old": lambda token, nonce: proof(token, nonce, iat=int(time.time()) - 80),
    "of the future": lambda token, nonce: proof(token, nonce, iat=int(time.time()) + 30),
    "no time": lambda token, nonce: proof(token, nonce, iat=None),
    "a time that is none": lambda token, nonce: proof(token, nonce, iat=True),
    "no identifier": lambda token, nonce: proof(token, nonce, jti=None),
    "an identifier that is none": lambda token, nonce: proof(token, nonce, jti=7),
    "an endless identifier": lambda token, nonce: proof(token, nonce, jti="x" * 600),
    "another token": lambda token, nonce: proof(token, nonce, ath=digest(b"another")),
    "no token": lambda token, nonce: proof(token, nonce, ath=None),
    "another type": lambda token, nonce: proof(token, nonce, header={"typ": "JWT"}),
    "no key": lambda token, nonce: proof(token, nonce, header={"jwk": None}),
    "a private key": lambda token, nonce: proof(token, nonce, header={"jwk": public(HOLDER) | {"d": "AQ"}}),
    "a shared secret": lambda token, nonce: sign(
        b"s" * 32, "HS256", {"typ": "dpop+jwt", "alg": "HS256", "jwk": {"kty": "oct", "k": "c3M"}}, {}
    ),
    "no signature": lambda token, nonce: proof(token, nonce, header={"alg": "none"}),
    "an algorithm that FAPI does not allow": lambda token, nonce: proof(token, nonce, key=RSA, alg="RS256"),
    "a critical member": lambda token, nonce: proof(token, nonce, header={"crit": ["x"], "x": 1}),
    "a broken signature": lambda token, nonce: proof(token, nonce)[:-8] + "AAAAAAAA",
    "no JWT": lambda token, nonce: "x",
    "too long": lambda token, nonce: proof(token, nonce, more="x" * 5000),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_proof_is_refused(issuer, ring, clients, wrong):
    from gateway.auth.dpop import Proofs

    bound = issuer.token(kid="ec", cnf={"jkt": jkt(RSA, "RS256") if "FAPI" in wrong else jkt(HOLDER)})
    settings = Auth(issuers=(believed(issuer),))
    proofs = Proofs(None, ring, settings)  # a wrong proof never comes to the store
    async with Verifier(settings, ring=ring, clients=clients, proofs=proofs) as verifier:
        made = WRONG[wrong](bound, proofs.nonce())
        assert await code_of(verifier, f"DPoP {bound}", call(made)) == "dpop_proof_invalid"


async def test_there_is_exactly_one_proof(bound, proving):
    two = [proof(bound, proving.proofs.nonce()) for _ in range(2)]
    assert await code_of(proving, f"DPoP {bound}", call(*two)) == "dpop_proof_invalid"
    assert await code_of(proving, f"DPoP {bound}", call()) == "dpop_proof_invalid"


async def test_a_proof_by_another_key_is_refused(bound, proving):
    thief = ec.generate_private_key(ec.SECP256R1())
    made = proof(bound, proving.proofs.nonce(), key=thief)
    assert await code_of(proving, f"DPoP {bound}", call(made)) == "token_binding_failed"


async def test_an_unbound_token_is_not_proved_by_any_key(issuer, proving):
    token = issuer.token(kid="ec")
    made = proof(token, proving.proofs.nonce())
    with pytest.raises(AuthError) as caught:
        await proving.authenticate(f"DPoP {token}", call(made))
    assert caught.value.code == "token_binding_failed"
    assert caught.value.challenge().startswith("DPoP ")
    assert 'error="invalid_token"' in caught.value.challenge()


@pytest.mark.parametrize(("alg", "key"), [("PS256", RSA), ("EdDSA", ed25519.Ed25519PrivateKey.generate())])
async def test_proofs_by_what_fapi_2_allows_are_taken(issuer, proving, alg, key):
    token = issuer.token(kid="ec", cnf={"jkt": jkt(key, alg)})
    made = proof(token, proving.proofs.nonce(), key=key, alg=alg)
    assert (await proving.authenticate(f"DPoP {token}", call(made)))[0].kind == "citizen"


@pytest.mark.parametrize(
    "htu",
    [
        "HTTPS://MRE.example/v1/cases",
        "https://mre.example:443/v1/cases",
        "https://mre.example/v1/./x/../cases",
        "https://mre.example/%761/c%61ses",
        "https://mre.example/v1/cases?page=2#top",
    ],
)
async def test_an_address_is_the_same_by_rfc_3986(bound, proving, htu):
    made = proof(bound, proving.proofs.nonce(), htu=htu)
    assert (await proving.authenticate(f"DPoP {bound}", call(made)))[0].kind == "citizen"


async def test_a_proof_needs_our_nonce_and_is_told_it(bound, proving, wall):
    for stale in (None, "x", 7):
        with pytest.raises(AuthError) as caught:
            await proving.authenticate(f"DPoP {bound}", call(proof(bound, stale)))
        error = caught.value
        assert (error.code, error.nonce) == ("dpop_nonce_required", proving.proofs.nonce())
        assert 'DPoP realm="mre-gateway", error="use_dpop_nonce"' in error.challenge()
    before = proving.proofs.nonce(1)
    _, following = await proving.authenticate(f"DPoP {bound}", call(proof(bound, before)))
    assert following == proving.proofs.nonce() != before
    assert await code_of(proving, f"DPoP {bound}", call(proof(bound, proving.proofs.nonce(2)))) == "dpop_nonce_required"


# --- Certificates ---------------------------------------------------------------------------------------------------


async def test_a_token_of_a_certificate_needs_it(issuer, verifier):
    token = issuer.token(kid="ec", cnf={"x5t#S256": digest(CERTIFICATE)})
    assert (await verifier.authenticate(f"Bearer {token}", call(certificate=CERTIFICATE)))[0].kind == "citizen"
    for other in (None, b"", b"another"):
        assert await code_of(verifier, f"Bearer {token}", call(certificate=other)) == "token_binding_failed"


async def test_a_token_of_both_needs_both(issuer, proving):
    token = issuer.token(kid="ec", cnf={"x5t#S256": digest(CERTIFICATE), "jkt": jkt(HOLDER)})
    made = proof(token, proving.proofs.nonce())
    assert await code_of(proving, f"Bearer {token}", call(made, certificate=CERTIFICATE)) == "token_binding_failed"
    assert await code_of(proving, f"DPoP {token}", call(made)) == "token_binding_failed"
    assert (await proving.authenticate(f"DPoP {token}", call(made, certificate=CERTIFICATE)))[0].kind == "citizen"


async def test_a_client_may_be_held_to_bound_tokens(issuer, ring, tmp_path):
    from gateway.auth.clients import Clients

    text = '[demo-frontend]\nname = "F"\nkind = "frontend"\nscopes = []\nissuers = ["sandbox"]\n'
    text += "sender_constrained = true\n"
    (tmp_path / "clients.toml").write_text(text)
    clients = Clients.read(tmp_path / "clients.toml")
    async with Verifier(Auth(issuers=(believed(issuer),)), ring=ring, clients=clients) as verifier:
        assert await code_of(verifier, f"Bearer {issuer.token()}") == "token_not_bound"
        token = issuer.token(cnf={"x5t#S256": digest(CERTIFICATE)})
        assert (await verifier.authenticate(f"Bearer {token}", call(certificate=CERTIFICATE)))[0].kind == "citizen"

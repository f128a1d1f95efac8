"""A private certificate authority by a setting: `ca_bundle` (issue 9), in place of the system's."""

from __future__ import annotations

import ssl

import pytest

from gateway.audit.anchors import Anchors
from gateway.auth.errors import AuthError
from gateway.auth.tokens import Verifier
from gateway.cli.doctor import trust
from gateway.sandbox.certificates import Authority
from gateway.sandbox.serve import Secured, listen, running
from gateway.settings import Auth, SettingsError, load

from .conftest import believed


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "private")


@pytest.fixture
async def sealed(issuer, authority):
    """The issuer at an https address, with a certificate of the private authority."""
    pair = authority.issue("idp", "127.0.0.1", server=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    front, back = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
    issuer.url = f"https://127.0.0.1:{back.getsockname()[1]}"
    async with running(issuer, front, Secured(listening=back, context=context)):
        yield issuer


async def test_an_issuer_of_a_private_authority_is_believed(sealed, ring, clients, tmp_path):
    settings = Auth(issuers=(believed(sealed),))
    bundle = str(tmp_path / "private" / "ca.pem")
    async with Verifier(settings, ring=ring, clients=clients, ca_bundle=bundle) as verifier:
        assert (await verifier.verify(sealed.token())).kind == "citizen"
    async with Verifier(settings, ring=ring, clients=clients) as verifier:
        with pytest.raises(AuthError) as caught:
            await verifier.verify(sealed.token())
        assert caught.value.code == "issuer_unavailable"


async def test_doctor_asks_issuers_as_the_gateway_does(sealed, tmp_path):
    issuers = [believed(sealed).model_dump()]
    bundle = str(tmp_path / "private" / "ca.pem")
    _, found = await trust.issuers(load(auth={"issuers": issuers}, ca_bundle=bundle), running=True)
    assert [each.level for each in found] == ["ok"]
    _, found = await trust.issuers(load(auth={"issuers": issuers}), running=True)
    assert [each.level for each in found] == ["wrong"]


async def test_doctor_and_gateway_are_of_one_opinion_about_keys(sealed, ring, clients, tmp_path):
    """Keys that fit no configured algorithm are none, for both; the reason of each unused key is told."""
    sealed.keys = {"rsa": sealed.keys["rsa"]}
    sealed.extra = [{"kty": "oct", "k": "c3M", "kid": "shared"}]
    bundle = str(tmp_path / "private" / "ca.pem")
    fapi = believed(sealed, algorithms=("ES256", "EdDSA"))
    _, found = await trust.issuers(load(auth={"issuers": [fapi.model_dump()]}, ca_bundle=bundle), running=True)
    assert [each.level for each in found] == ["note", "wrong"]
    assert "a shared secret" in found[0].message
    assert "no key that fits its algorithms (ES256, EdDSA)" in found[1].message
    async with Verifier(Auth(issuers=(fapi,)), ring=ring, clients=clients, ca_bundle=bundle) as verifier:
        assert await verifier.states() == {sealed.url: "down"}
        with pytest.raises(AuthError):
            await verifier.verify(sealed.token())


async def test_an_issuer_that_is_away_is_stale_and_then_down(issuer, ring, clients):
    settings = Auth(issuers=(believed(issuer),), jwks_cache_seconds=1e-9, jwks_min_refresh_seconds=1e-9)
    async with Verifier(settings, ring=ring, clients=clients) as verifier:
        await verifier.verify(issuer.token())
        issuer.failing = True
        assert await verifier.states() == {issuer.url: "stale"}
    async with Verifier(settings, ring=ring, clients=clients) as verifier:
        assert await verifier.states() == {issuer.url: "down"}


def test_portals_have_the_authorities_unless_they_have_their_own():
    settings = load(ca_bundle="/etc/ours.pem", portals={"rokhas": {"tls": {"ca": "/etc/theirs.pem"}}})
    assert settings.portal("rokhas").tls.ca == "/etc/theirs.pem"
    assert settings.portal("watiqa").tls.ca == "/etc/ours.pem"


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_without_authorities_is_named(tmp_path, ring, clients, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match=r"ca_bundle: .*ca\.pem"):
        Verifier(Auth(), ring=ring, clients=clients, ca_bundle=str(path))
    (found,) = trust.authorities(load(ca_bundle=str(path)))
    assert (found.level, "ca.pem" in found.message) == ("wrong", True)


def test_a_file_with_authorities_is_fine(tmp_path, authority):
    (found,) = trust.authorities(load(ca_bundle=str(tmp_path / "private" / "ca.pem")))
    assert (found.level, found.message[:1]) == ("ok", "1")


async def test_witnesses_are_reached_by_these_authorities(storage, tmp_path):
    vkey = "witness.example/w1+deb4d1b9+BCe7FLsoR+6mFykRzGAg3clfoakYDbaYtXQc8ZJNG8hw"
    settings = load(audit={"witnesses": [{"url": "https://witness.example", "vkey": vkey}]})
    with pytest.raises(SettingsError, match="ca_bundle"):
        Anchors(storage, settings.audit, list, refused=tmp_path / "refused", ca_bundle=str(tmp_path / "none.pem"))

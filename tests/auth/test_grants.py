"""No issuer may say more than the settings grant it: whose tokens, as whom, how surely, and what about a person."""

from __future__ import annotations

import pytest

from gateway.auth.clients import Clients
from gateway.auth.entitlements import mistakes, remarks
from gateway.auth.errors import AuthError
from gateway.auth.tokens import Verifier
from gateway.settings import Auth, Issuer, load

from .conftest import believed

MACHINE = {"cnie": None, "name": None}


async def verdict(issuer, ring, clients, grants, **claims):
    """The principal, or the code of the refusal."""
    async with Verifier(Auth(issuers=(believed(issuer, **grants),)), ring=ring, clients=clients) as verifier:
        try:
            return await verifier.verify(issuer.token(**claims))
        except AuthError as error:
            return error.code


@pytest.mark.parametrize(
    ("kind", "client", "claims"),
    [
        ("citizen", "demo-frontend", {}),
        ("citizen", "demo-app", {}),
        ("app", "demo-app", MACHINE),
        ("agent", "demo-agent", {}),
        ("auditor", "demo-auditor", MACHINE),
        ("operator", "demo-operator", MACHINE),
    ],
)
async def test_an_issuer_signs_in_the_kinds_it_is_granted(issuer, ring, clients, kind, client, claims):
    every = ("citizen", "app", "agent", "auditor", "operator")
    assert (await verdict(issuer, ring, clients, {"kinds": (kind,)}, client_id=client, **claims)).kind == kind
    others = tuple(each for each in every if each != kind)
    refused = await verdict(issuer, ring, clients, {"kinds": others}, client_id=client, **claims)
    assert refused == "issuer_not_entitled"


@pytest.mark.parametrize("issuers", ['["other"]', "[]"])
async def test_a_client_has_tokens_of_its_own_issuers_only(issuer, ring, tmp_path, issuers):
    text = f'[demo-frontend]\nname = "F"\nkind = "frontend"\nscopes = ["cases:read"]\nissuers = {issuers}\n'
    (tmp_path / "clients.toml").write_text(text)
    clients = Clients.read(tmp_path / "clients.toml")
    assert await verdict(issuer, ring, clients, {}) == "issuer_not_entitled"


async def test_an_issuer_without_a_name_is_named_by_its_address(issuer, ring, tmp_path):
    text = f'[demo-frontend]\nname = "F"\nkind = "frontend"\nscopes = ["cases:read"]\nissuers = ["{issuer.url}"]\n'
    (tmp_path / "clients.toml").write_text(text)
    clients = Clients.read(tmp_path / "clients.toml")
    assert (await verdict(issuer, ring, clients, {"name": ""})).kind == "citizen"
    assert (await verdict(issuer, ring, clients, {"name": "short"})).kind == "citizen"


async def test_nothing_is_granted_that_is_not_stated(issuer, ring, clients):
    bare = Issuer(issuer=issuer.url, jwks_url=f"{issuer.url}/jwks.json", audience="mre-gateway", algorithms=("RS256",))
    async with Verifier(Auth(issuers=(bare,)), ring=ring, clients=clients) as verifier:
        with pytest.raises(AuthError) as caught:
            await verifier.verify(issuer.token())
        assert caught.value.code == "issuer_not_entitled"


@pytest.mark.parametrize(
    ("said", "highest", "believed_as"),
    [
        ("high", "high", "high"),
        ("high", "substantial", "substantial"),
        ("low", "substantial", "low"),
        ("high", "", ""),
        ("substantial", "low", "low"),
        ("urn:example:very-strong", "high", ""),
        (["high"], "high", ""),
        (None, "high", ""),
    ],
)
async def test_an_assurance_is_cut_to_the_issuers_highest(issuer, ring, clients, said, highest, believed_as):
    assert (await verdict(issuer, ring, clients, {"acr": highest}, acr=said)).acr == believed_as


@pytest.mark.parametrize("client", ["demo-frontend", "demo-app"])
async def test_an_issuer_without_the_right_vouches_for_no_cnie(issuer, ring, clients, client):
    """Refused, and not dropped: without it the token would speak for the application itself."""
    refused = await verdict(issuer, ring, clients, {"vouches_for": ("name",)}, client_id=client)
    assert refused == "issuer_not_entitled"


async def test_facts_an_issuer_may_not_vouch_for_are_not_there(issuer, ring, clients):
    person = {"email": "a@example.org", "phone_number": "+33612345678", "birthdate": "1990-01-01"}
    granted = await verdict(issuer, ring, clients, {"vouches_for": ("cnie", "name", "email")}, **person)
    assert (granted.claims.name, granted.claims.email) == ("Amina El Fassi", "a@example.org")
    assert (granted.claims.phone, granted.claims.birthdate) == ("", "")
    doubted = {"vouches_for": ("cnie", "email")}
    assert (await verdict(issuer, ring, clients, doubted, email="a@b.c", email_verified=False)).claims.email == ""


async def test_an_agency_vouches_for_no_citizen(issuer, ring, clients):
    agency = {"kinds": ("agent",), "vouches_for": ()}
    assert (await verdict(issuer, ring, clients, agency, client_id="demo-agent")).claims.cnie == ""
    for client in ("demo-frontend", "demo-app", "demo-auditor"):
        assert await verdict(issuer, ring, clients, agency, client_id=client) == "issuer_not_entitled"


async def test_the_audience_is_the_public_address_unless_told(issuer, ring, clients):
    settings = Auth(issuers=(believed(issuer, audience=""),))
    async with Verifier(settings, ring=ring, clients=clients, resource="https://mre.example") as verifier:
        assert (await verifier.verify(issuer.token(aud="https://mre.example"))).kind == "citizen"
        for wrong in ("mre-gateway", "", "https://mre.example.evil", ["https://mre.example", 7]):
            with pytest.raises(AuthError) as caught:
                await verifier.verify(issuer.token(aud=wrong))
            assert caught.value.code == "token_wrong_audience"
    async with Verifier(settings, ring=ring, clients=clients) as nameless:
        with pytest.raises(AuthError):
            await nameless.verify(issuer.token(aud=""))


GOOD = {"issuer": "https://id.example", "name": "id", "kinds": ["citizen"], "acr": "high", "vouches_for": ["cnie"]}
CLIENT = '[f]\nname = "F"\nkind = "frontend"\nscopes = ["cases:read"]\nissuers = ["id"]\n'


def said(tmp_path, text=CLIENT, **over):
    (tmp_path / "clients.toml").write_text(text)
    settings = load(auth={"issuers": [GOOD | over]})
    return [
        message for message, _ in (*mistakes(settings, Clients.read(tmp_path / "clients.toml")), *remarks(settings))
    ]


def test_good_entitlements_need_no_word(tmp_path):
    assert said(tmp_path) == []


def test_certificates_that_nobody_can_tell_are_told(tmp_path):
    (tmp_path / "clients.toml").write_text(CLIENT)
    clients = Clients.read(tmp_path / "clients.toml")
    for proxies, told in (([], 1), (["10.0.0.0/8"], 0)):
        auth = {"issuers": [GOOD], "client_certificates": True}
        assert len(list(mistakes(load(auth=auth, server={"trusted_proxies": proxies}), clients))) == told


@pytest.mark.parametrize(
    ("over", "text", "expected"),
    [
        ({"kinds": []}, CLIENT, "kinds is empty"),
        ({"vouches_for": []}, CLIENT, "not vouch for their cnie"),
        ({"vouches_for": ["cnie", "cin"]}, CLIENT, "'cin'"),
        ({"kinds": ["agent"]}, CLIENT, "client f: none of its issuers may sign in the kind citizen"),
        ({"algorithms": ["HS256"]}, CLIENT, "HS256"),
        ({"algorithms": ["RS256"]}, CLIENT, "FAPI 2.0"),
        ({"acr": ""}, CLIENT, "assures nothing"),
        ({"audience": "mre-gateway"}, CLIENT, "RFC 8707"),
        ({}, CLIENT.replace('"id"', ""), "client f: no issuer may give it tokens"),
        ({}, CLIENT.replace('"id"', '"id", "idd"'), "client f: no issuer has the name 'idd'"),
    ],
)
def test_an_entitlement_that_cannot_be_meant_is_told(tmp_path, over, text, expected):
    assert any(expected in each for each in said(tmp_path, text, **over))

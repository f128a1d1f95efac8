from __future__ import annotations

import traceback

import pytest

from gateway.auth.errors import AuthError
from gateway.auth.principal import Identity, derive

CLAIMS = {"iss": "https://i", "sub": "s", "exp": 2_000_000_000, "scope": "cases:read audit:list", "acr": "high"}
PERSON = {"cnie": "ab123456", "name": "Amina El Fassi", "email": "amina@example.org", "phone_number": "+33612345678"}


@pytest.mark.parametrize(
    ("client", "claims", "kind"),
    [
        ("demo-frontend", PERSON, "citizen"),
        ("demo-app", {}, "app"),
        ("demo-app", PERSON, "citizen"),
        ("demo-agent", {}, "agent"),
        ("demo-agent", PERSON, "agent"),
        ("demo-auditor", {}, "auditor"),
        ("demo-auditor", PERSON, "auditor"),
        ("demo-operator", {}, "operator"),
    ],
)
def test_the_kind_follows_the_client_and_the_person(ring, clients, client, claims, kind):
    principal = derive(CLAIMS | claims, clients.get(client), ring)
    assert principal.kind == kind
    assert principal.pseudonym == (ring.pseudonym("AB123456") if kind == "citizen" else "")
    assert bool(principal.claims.cnie) is (kind == "citizen")


def test_a_frontend_never_speaks_for_itself(ring, clients):
    with pytest.raises(AuthError) as caught:
        derive(CLAIMS, clients.get("demo-frontend"), ring)
    assert caught.value.code == "token_malformed"


def test_a_token_can_do_no_more_than_its_client(ring, clients):
    assert derive(CLAIMS | PERSON, clients.get("demo-frontend"), ring).scopes == {"cases:read"}
    assert derive(CLAIMS, clients.get("demo-auditor"), ring).scopes == {"audit:list"}
    assert derive(CLAIMS | {"scope": ["cases:read"]}, clients.get("demo-app"), ring).scopes == frozenset()


def test_what_the_issuer_calls_unverified_is_not_taken(ring, clients):
    doubts = {"email_verified": False, "phone_number_verified": "yes"}
    claims = derive(CLAIMS | PERSON | doubts, clients.get("demo-frontend"), ring).claims
    assert (claims.email, claims.phone, claims.name) == ("", "", "Amina El Fassi")


@pytest.mark.parametrize(("said", "verified"), [(True, True), (False, False), ("true", False), (None, False)])
def test_address_is_verified_only_if_the_issuer_says_so(ring, clients, said, verified):
    told = {} if said is None else {"email_verified": said, "phone_number_verified": said}
    claims = derive(CLAIMS | PERSON | told, clients.get("demo-frontend"), ring).claims
    assert (claims.email_verified, claims.phone_verified) == (verified, verified)


def test_a_principal_shows_nobody(ring, clients):
    principal = derive(CLAIMS | PERSON | {"sub": "subject-7"}, clients.get("demo-frontend"), ring)
    shown = f"{principal!r} {principal} {principal.claims!r} {principal.claims} {[principal]}"
    for word in ("subject-7", "123456", "Amina", "amina@", "+336"):
        assert word not in shown
    assert principal.claims == Identity(
        cnie="AB123456", name="Amina El Fassi", email="amina@example.org", phone="+33612345678"
    )


def test_a_wrong_cnie_does_not_show_in_the_error(ring, clients):
    with pytest.raises(AuthError) as caught:
        derive(CLAIMS | {"cnie": "SECRET-NUMBER"}, clients.get("demo-frontend"), ring)
    error = caught.value
    assert "SECRET" not in "".join(traceback.format_exception_only(error)) + error.reason + str(error.__cause__)

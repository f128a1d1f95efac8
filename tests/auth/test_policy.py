from __future__ import annotations

import pytest

from gateway.auth.policy import Denied, owns, require_acr, require_scope
from gateway.auth.principal import Principal


def principal(kind="citizen", *, client="frontend", pseudonym="p_1", scopes=(), acr=""):
    return Principal(
        kind=kind,
        client_id=client,
        issuer="i",
        subject="s",
        pseudonym=pseudonym if kind == "citizen" else "",
        scopes=frozenset(scopes),
        acr=acr,
        expires_at=0,
    )


def test_a_granted_scope_is_allowed_by_a_named_rule():
    decision = require_scope(principal(scopes=["cases:write"]), "cases:write")
    assert (decision.allowed, decision.rule) == (True, "scope:cases.write@1")


def test_a_missing_scope_is_forbidden_and_named_in_the_challenge():
    with pytest.raises(Denied) as caught:
        require_scope(principal(scopes=["cases:read"]), "cases:write")
    assert (caught.value.code, caught.value.status) == ("insufficient_scope", 403)
    assert caught.value.challenge == 'Bearer realm="mre-gateway", error="insufficient_scope", scope="cases:write"'
    assert (caught.value.decision.allowed, caught.value.decision.rule) == (False, "scope:cases.write@1")


@pytest.mark.parametrize(
    ("has", "needs", "allowed"),
    [
        ("low", "low", True),
        ("substantial", "low", True),
        ("high", "substantial", True),
        ("low", "substantial", False),
        ("substantial", "high", False),
        ("", "low", False),
        ("HIGH", "low", False),
        ("urn:unknown", "low", False),
    ],
)
def test_assurance_is_ordered_and_an_unknown_word_assures_nothing(has, needs, allowed):
    if allowed:
        assert require_acr(principal(acr=has), needs).rule == f"acr:{needs}@1"
        return
    with pytest.raises(Denied) as caught:
        require_acr(principal(acr=has), needs)
    assert (caught.value.code, caught.value.status) == ("insufficient_assurance", 401)
    assert 'error="insufficient_user_authentication"' in caught.value.challenge
    assert f'acr_values="{needs}"' in caught.value.challenge


@pytest.mark.parametrize(
    ("who", "case_client", "case_subject", "allowed", "rule"),
    [
        (principal(), "frontend", "p_1", True, "owner:person@1"),
        (principal(), "another-frontend", "p_1", True, "owner:person@1"),
        (principal(), "frontend", "p_2", False, "owner:person@1"),
        (principal(), "frontend", "", False, "owner:person@1"),
        (principal(pseudonym=""), "frontend", "", False, "owner:person@1"),
        (principal("app", client="a"), "a", "", True, "owner:client@1"),
        (principal("app", client="a"), "a", "p_1", False, "owner:client@1"),
        (principal("app", client="a"), "b", "", False, "owner:client@1"),
        (principal("auditor", client="a"), "a", "", False, "owner:none@1"),
        (principal("operator", client="a"), "a", "", False, "owner:none@1"),
    ],
)
def test_a_case_belongs_to_its_person_or_to_the_application_that_filed_it(
    who, case_client, case_subject, allowed, rule
):
    if allowed:
        assert owns(who, case_client=case_client, case_subject=case_subject).rule == rule
        return
    with pytest.raises(Denied) as caught:
        owns(who, case_client=case_client, case_subject=case_subject)
    assert (caught.value.code, caught.value.status, caught.value.challenge) == ("not_found", 404, "")
    assert caught.value.decision.rule == rule

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.auth.policy import (
    Denied,
    in_person,
    owns,
    require_acr,
    require_kind,
    require_mandate,
    require_scope,
    within,
)
from gateway.auth.principal import Acting, Principal


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


def acting(*services, pseudonym="p_1"):
    """An agent who speaks for somebody, to read and no more."""
    mandate = Acting(mandate="mnd_1", scopes=frozenset({"cases:read"}), services=services)
    return replace(principal("agent", client="a"), pseudonym=pseudonym, actor="a_1", acting=mandate)


def test_a_granted_scope_is_allowed_by_a_named_rule():
    decision = require_scope(principal(scopes=["cases:write"]), "cases:write")
    assert (decision.allowed, decision.rule) == (True, "scope:cases.write@1")


def test_a_missing_scope_is_forbidden_and_named_in_the_challenge():
    with pytest.raises(Denied) as caught:
        require_scope(principal(scopes=["cases:read"]), "cases:write")
    assert caught.value.code == "insufficient_scope"
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
    assert caught.value.code == "insufficient_assurance"
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
        (principal("agent", client="a"), "a", "", False, "owner:none@1"),
        (acting(), "frontend", "p_1", True, "owner:mandate@2"),
        (acting(), "a", "p_2", False, "owner:mandate@2"),
        (acting(), "a", "", False, "owner:mandate@2"),
        (acting(pseudonym=""), "a", "", False, "owner:mandate@2"),
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
    assert (caught.value.code, caught.value.challenge) == ("not_found", "")
    assert caught.value.decision.rule == rule


@pytest.mark.parametrize(
    ("services", "name", "covered"),
    [
        ((), "watiqa.birth-extract", True),
        (("watiqa.birth-extract",), "watiqa.birth-extract", True),
        (("watiqa",), "watiqa.birth-extract", True),
        (("watiqa",), "watiqa", True),
        (("watiqa.birth",), "watiqa.birth-extract", False),
        (("watiqa.birth-extract",), "watiqa", False),
        (("wat",), "watiqa.birth-extract", False),
        (("echo", "barid"), "watiqa.birth-extract", False),
    ],
)
def test_a_mandate_covers_services_by_their_name_or_by_their_portal(services, name, covered):
    who = acting(*services)
    if covered:
        assert within(who, name=name).rule == "mandate:service@1"
        assert owns(who, case_client="x", case_subject="p_1", service=name).allowed
        return
    with pytest.raises(Denied) as narrow:
        within(who, name=name)
    assert (narrow.value.code, narrow.value.decision.reason) == ("mandate_too_narrow", "service_not_given")
    with pytest.raises(Denied) as hidden:
        owns(who, case_client="x", case_subject="p_1", service=name)
    assert (hidden.value.code, hidden.value.decision.reason) == ("not_found", "service_not_given")


def test_a_mandate_narrows_its_agent_and_nobody_else():
    assert within(acting(), scope="cases:read").rule == "mandate:cases.read@1"
    assert within(principal(), scope="cases:write", name="any").allowed
    with pytest.raises(Denied) as caught:
        within(acting(), scope="cases:write")
    assert caught.value.code == "mandate_too_narrow"


def test_only_agents_need_a_mandate_and_only_they_are_sent_away_from_what_is_personal():
    for kind in ("citizen", "app", "auditor", "operator"):
        assert require_mandate(principal(kind)).allowed
        assert in_person(principal(kind)).allowed
    assert require_mandate(acting()).allowed
    for rule, who, code in (
        (require_mandate, principal("agent"), "mandate_required"),
        (in_person, acting(), "personal_only"),
    ):
        with pytest.raises(Denied) as caught:
            rule(who)
        assert caught.value.code == code
    with pytest.raises(Denied) as caught:
        require_kind(principal(), "agent", "app")
    assert (caught.value.code, caught.value.decision.rule) == ("principal_not_allowed", "kind:agent.app@1")

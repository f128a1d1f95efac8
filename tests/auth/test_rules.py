"""Whoever reads a decision years later finds what its rule meant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from gateway.auth import policy, rules
from gateway.auth.policy import Denied
from gateway.auth.principal import Principal
from gateway.connectors.subjects import Whom

SOURCES = Path(rules.__file__).parents[1]
RULE = re.compile(r"""f?"([a-z][a-z0-9_.:-]*(?:\{[^"]*\})?@[0-9]+)\"""")


def named() -> set[str]:
    """The rules that stand in the gateway's code; what is in braces is a scope, a level, or whom a demand is about."""
    found = set()
    for path in SOURCES.rglob("*.py"):
        if path.name != "rules.py":
            found |= {re.sub(r"\{[^}]*\}", "high", each) for each in RULE.findall(path.read_text(encoding="utf-8"))}
    made = {re.sub(r"\{.*\}", "high", each) for each in found} - {"subject:high@1"}
    return made | {f"subject:{whom}@1" for whom in get_args(Whom)}


def test_every_rule_in_the_code_has_a_meaning() -> None:
    found = named()
    assert found >= {"public@1", "token@2", "owner:person@1", "callback.authentic@1", "machine-user@1"}
    assert {each for each in found if not rules.meaning(each)} == set()


def test_a_scope_and_a_level_are_named_in_the_words() -> None:
    assert "audit:list" in rules.meaning("scope:audit.list@1")
    assert "high" in rules.meaning("acr:high@1")


@pytest.mark.parametrize("rule", ["scope:audit.list@2", "owner:person@9", "nonsense", "", "acr:@1"])
def test_a_rule_that_is_not_known_is_not_explained(rule: str) -> None:
    assert rules.meaning(rule) == ""


def test_the_decisions_of_the_policy_are_explained() -> None:
    nobody = Principal(
        kind="citizen", client_id="c", issuer="i", subject="s", pseudonym="p_1", scopes=frozenset(), expires_at=0
    )
    for decide in (
        lambda: policy.require_scope(nobody, "cases:write"),
        lambda: policy.require_acr(nobody, "high"),
        lambda: policy.owns(nobody, case_client="c", case_subject="p_2"),
    ):
        with pytest.raises(Denied) as denied:
            decide()
        decision = denied.value.decision
        assert rules.meaning(decision.rule)
        assert rules.reason(decision.reason) != decision.reason.replace("_", " ")

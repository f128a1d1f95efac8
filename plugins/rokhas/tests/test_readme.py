"""The README's tables are what frontends and testers go by, so they have to be whole."""

from __future__ import annotations

import tomllib
from pathlib import Path

from plugins.rokhas.mapping import MOTIVES, REFUSALS, REQUIRED_ACTIONS
from plugins.rokhas.sandbox import permits

PLUGIN = Path(__file__).parents[1]
README = (PLUGIN / "README.md").read_text(encoding="utf-8")
MANIFEST = tomllib.loads((PLUGIN / "plugin.toml").read_text(encoding="utf-8"))


def test_every_refusal_is_explained_beside_the_portals_word():
    for word, code in REFUSALS.items():
        assert f"| `{code}` | `{word}` |" in README


def test_every_reason_and_every_wish_is_named():
    assert all(f"`{code}`" in README for code in (*MOTIVES.values(), *REQUIRED_ACTIONS.values(), "fee_on_decision"))


def test_every_code_of_our_own_has_texts_for_people():
    own = {
        *MOTIVES.values(),
        *REQUIRED_ACTIONS.values(),
        "commission_unfavourable",
        "fee_on_decision",
        "attachments_missing",
    }
    own |= {"commune_not_covered", "permit_not_found", "owner_id_invalid", "fee_already_paid"}
    assert own == set(MANIFEST["errors"])


def test_what_there_is_to_try_is_in_the_sandbox():
    words = ("UNFAVOURABLE", "UNSAFE", "ADJOURNED", "RESERVATIONS", "NEW_STEP")
    for word in words:
        assert f"`{getattr(permits, word)}`" in README
    assert ", ".join(sorted(permits.COMMUNES)) in README
    for reference, (owner, _, _) in permits.ELSEWHERE.items():
        assert f"`{reference}` as {owner}" in README or f"`{reference}` as company {owner}" in README

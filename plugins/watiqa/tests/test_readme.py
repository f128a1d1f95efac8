"""The README's tables are what frontends go by, so they have to be whole."""

from __future__ import annotations

import tomllib
from pathlib import Path

from plugins.watiqa.mapping import MOTIVES, REFUSALS

PLUGIN = Path(__file__).parents[1]
README = (PLUGIN / "README.md").read_text(encoding="utf-8")


def test_every_refusal_is_explained_beside_the_portals_word():
    for word, code in REFUSALS.items():
        assert f"| `{code}` | `{word}` |" in README


def test_every_motive_of_the_officer_is_named():
    assert all(f"`{reason}`" in README for reason in MOTIVES.values())


def test_the_people_to_try_with_are_in_the_register():
    register = tomllib.loads((PLUGIN / "sandbox/register.toml").read_text(encoding="utf-8"))
    rows = [line for line in README.splitlines() if "act " in line and " of " in line and line.startswith("|")]
    assert len(rows) == 4
    for row in rows:
        assert any(
            f"{b['first_name_latin']} {b['last_name_latin']}" in row
            and f"act {b['number']} of {b['year']}" in row
            and b["office"] in row
            for b in register["births"]
        ), row

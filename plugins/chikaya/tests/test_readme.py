"""The README's tables are what frontends and operators go by, so they have to be whole."""

from __future__ import annotations

from pathlib import Path

from plugins.chikaya.mapping import MOTIVES, REFUSALS
from plugins.chikaya.sandbox.complaints import MARKS, REDIRECTED, SILENT, STRANGE

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_every_refusal_is_explained_beside_the_portals_word():
    for word, code in REFUSALS.items():
        assert f"| `{code}` | `{word}` |" in README


def test_every_motive_of_the_triage_is_named():
    assert all(f"`{reason}`" in README for reason in MOTIVES.values())


def test_every_mark_that_the_sandbox_knows_is_told():
    for mark, motive in MARKS.items():
        assert f"`{mark}` (`{MOTIVES[motive]}`)" in README
    assert all(f"| `{mark}` |" in README for mark in (REDIRECTED, SILENT, STRANGE))

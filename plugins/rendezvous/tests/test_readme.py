"""The README's tables are what frontends go by, so they have to be whole."""

from __future__ import annotations

import tomllib
from pathlib import Path

from plugins.rendezvous.mapping import DOCUMENTS, MOTIVES, NO_SHOW, REFUSALS, REQUIRED_ACTIONS, SERVICES, STATUSES
from plugins.rendezvous.sandbox import appointments, opening_hours, requests

PLUGIN = Path(__file__).parents[1]
README = (PLUGIN / "README.md").read_text(encoding="utf-8")
MANIFEST = tomllib.loads((PLUGIN / "plugin.toml").read_text(encoding="utf-8"))
PEOPLE = tomllib.loads((PLUGIN / "sandbox/register.toml").read_text(encoding="utf-8"))
ELSEWHERE = {
    "service_not_offered", "stamp_missing", "stamp_invalid", "stamp_already_used", "form_not_accepted",
    "not_found_at_portal", "document_not_found", "too_late", "requester_not_entitled",
}  # fmt: skip
"""Codes that several portals have."""


def test_every_refusal_is_explained_beside_the_portals_word():
    for word, code in REFUSALS.items():
        assert f"| `{code}` | `{word}` |" in README


def test_every_motive_and_every_question_is_named():
    for code in (*MOTIVES.values(), NO_SHOW, *(code for _, code in REQUIRED_ACTIONS.values())):
        assert f"`{code}`" in README


def test_every_code_of_this_portal_has_words_for_people():
    codes = {
        *REFUSALS.values(),
        *MOTIVES.values(),
        NO_SHOW,
        "officer_refused",
        *(code for _, code in REQUIRED_ACTIONS.values()),
    }
    assert codes - ELSEWHERE == set(MANIFEST["errors"])


def test_the_people_to_try_with_are_in_the_register():
    for cnie in PEOPLE:
        assert f"CNIE {cnie}" in README


def test_every_word_of_the_sandbox_is_in_the_tables():
    assert set(requests.LABELS) == set(STATUSES)
    assert set(opening_hours.SERVICES) == set(SERVICES.values())
    assert {kind for kinds in requests.REQUIRED.values() for kind in kinds} <= set(DOCUMENTS.values())
    assert {about["motive"] for about in PEOPLE.values() if "motive" in about} <= set(MOTIVES)
    assert {about["wants"] for about in PEOPLE.values() if "wants" in about} <= set(DOCUMENTS.values())
    assert set(appointments.REGISTERED_ONLY) <= set(SERVICES.values())


def test_what_the_readme_counts_is_right():
    assert f"{len(opening_hours.posts())} of them" in README
    assert f"{opening_hours.LENGTH.total_seconds() / 60:.0f} minutes, one place" in README
    assert f"at most {appointments.HORIZON_DAYS} days ahead" in README
    assert f"a hold lasts {appointments.HOLD_SECONDS / 60:.0f} minutes" in README
    assert requests.ABSENCES == 3

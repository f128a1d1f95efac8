"""What people read and fill in: complete in three languages, and the cascade is one the portal takes."""

from __future__ import annotations

import copy
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.testing import service_tables
from plugins.chikaya import cascade, mapping
from plugins.chikaya.sandbox.intake import BODIES, CASCADE

PLUGIN = Path(__file__).parents[1]
SERVICES: dict[str, dict[str, Any]] = service_tables(PLUGIN)
MANIFEST: dict[str, Any] = tomllib.loads((PLUGIN / "plugin.toml").read_text(encoding="utf-8"))
TEXTS = ("title", "summary", "who", "competent_body", "appeal", "bring")
ARABIC = re.compile(r"[\u0621-\u064A]")
ABOUT = "/about"
TABLES = {
    "administration": cascade.ADMINISTRATIONS,
    "type": cascade.TYPES,
    "theme": cascade.THEMES,
    "sub_theme": cascade.SUB_THEMES,
}
each = pytest.mark.parametrize("name", SERVICES)
anywhere = pytest.mark.parametrize("name", ["complaint", "observation", "suggestion"])


def problems(name: str, form: dict[str, Any]) -> set[str]:
    """Where the form is wrong: JSON pointers, and for a missing member that of its parent."""
    errors = Draft202012Validator(SERVICES[name]["form"]).iter_errors(form)
    return {"/" + "/".join(map(str, error.absolute_path)) for error in errors}


def changed(name: str, **changes: Any) -> dict[str, Any]:
    form = copy.deepcopy(SERVICES[name]["example"])
    for member, change in changes.items():
        form[member] = {**form[member], **change} if isinstance(change, dict) else change
    return form


def fields(schema: dict[str, Any], at: str = "") -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, inner in schema.get("properties", {}).items():
        found += [(f"{at}/{name}", inner), *fields(inner, f"{at}/{name}")]
    return found


def test_the_catalogue_and_the_mapping_know_the_same_services():
    assert set(SERVICES) == set(mapping.KINDS)


@each
def test_every_text_is_there_in_three_languages(name):
    texts = [SERVICES[name][text] for text in TEXTS]
    for _, schema in fields(SERVICES[name]["form"]):
        texts += [schema["x-title"], *schema.get("x-enum-titles", {}).values()]
        texts += [schema["x-help"]] if "x-help" in schema else []
    texts += MANIFEST["errors"].values()
    for text in texts:
        assert set(text) >= {"ar", "fr", "en"}
        assert ARABIC.search(text["ar"])
        assert not ARABIC.search(text["fr"] + text["en"])


@each
def test_every_choice_has_a_name_and_every_text_an_end(name):
    for pointer, schema in fields(SERVICES[name]["form"]):
        assert set(schema.get("x-enum-titles", {})) == set(schema.get("enum", [])), pointer
        if schema["type"] == "string":
            assert {"maxLength", "enum", "format"} & set(schema), pointer


@each
def test_the_law_is_named_and_the_answer_due_in_sixty_days(name):
    assert (SERVICES[name]["deadline_days"], SERVICES[name]["deadline_basis"]) == (60, "Decree 2-17-265")


@each
def test_the_mediator_is_named_as_the_way_of_appeal(name):
    appeal = SERVICES[name]["appeal"]
    assert "مؤسسة الوسيط" in appeal["ar"]
    assert "Médiateur du Royaume" in appeal["fr"]
    assert "Mediator of the Kingdom" in appeal["en"]


def test_every_code_of_ours_has_a_text_for_people():
    general = {"not_found_at_portal", "document_not_found", "too_late"}
    asked = {"answer_received", "answer_contested", "answer_overdue"}
    own = {*mapping.REFUSALS.values(), *mapping.MOTIVES.values(), "inadmissible"} - general | asked
    assert set(MANIFEST["errors"]) == own


def test_the_services_about_any_administration_ask_the_same_about_it():
    about = [SERVICES[name]["form"]["properties"]["about"] for name in ("complaint", "observation", "suggestion")]
    assert about[0] == about[1] == about[2]


@anywhere
def test_every_choice_has_a_word_at_the_portal(name):
    offered = dict(fields(SERVICES[name]["form"]))
    for level, words in TABLES.items():
        assert set(offered[f"{ABOUT}/{level}"]["enum"]) == set(words)


def taken_by_the_portal(about: dict[str, str]) -> bool:
    words = {level: TABLES[level][about[level]] for level in TABLES}
    known = CASCADE[words["administration"]]
    return words["type"] in known["types"] and words["sub_theme"] in known["themes"].get(words["theme"], ())


def test_the_cascade_lets_through_what_the_portal_takes_and_nothing_else():
    schema = Draft202012Validator(SERVICES["complaint"]["form"]["properties"]["about"])
    place = {"place": {"country": "FR", "city": "Lyon"}}
    passed = 0
    for administration in cascade.ADMINISTRATIONS:
        for kind in cascade.TYPES:
            for theme in cascade.THEMES:
                for sub_theme in cascade.SUB_THEMES:
                    about = {"administration": administration, "type": kind, "theme": theme, "sub_theme": sub_theme}
                    fits = schema.is_valid({**about, **place})
                    assert fits == taken_by_the_portal(about), about
                    passed += fits
    assert passed == sum(len(known["types"]) * sum(map(len, known["themes"].values())) for known in CASCADE.values())


def test_the_consulates_cascade_is_within_the_portals():
    about = SERVICES["complaint-consulate"]["form"]["properties"]["about"]
    schema = Draft202012Validator(about)
    passed = 0
    for theme in cascade.THEMES:
        for sub_theme in cascade.SUB_THEMES:
            if schema.is_valid({"country": "FR", "consulate": "Lyon", "theme": theme, "sub_theme": sub_theme}):
                words = cascade.SUB_THEMES[sub_theme]
                assert words in CASCADE["affaires_etrangeres"]["themes"][cascade.THEMES[theme]]
                passed += 1
    assert passed == 5


def test_every_administration_is_somebody():
    assert set(BODIES) == set(CASCADE) == set(cascade.ADMINISTRATIONS.values())


def test_what_the_portal_objects_to_is_a_field_of_a_form():
    pointers = {pointer for service in SERVICES.values() for pointer, _ in fields(service["form"])}
    assert set(mapping.FIELDS.values()) <= pointers


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"about": {"theme": "civil-status"}}, {"/about/theme", "/about/sub_theme"}),
        ({"about": {"sub_theme": "waiting"}}, {"/about/sub_theme"}),
        ({"about": {"case": "case_1"}}, {"/about/case"}),
        ({"about": {"case": "pay_01k0000000000000000000000a"}}, {"/about/case"}),
        ({"about": {"place": {"country": "MA", "city": "Fès"}}}, {"/about/place"}),
        ({"before_court": "no"}, {"/before_court"}),
        ({"message": {"text": "short"}}, {"/message/text"}),
        ({"evidence": [f"att_{n:026}" for n in range(6)]}, {"/evidence"}),
        ({"surprise": 1}, {"/"}),
    ],
)
def test_a_wrong_answer_is_named(changes, wrong):
    assert problems("complaint", changed("complaint", **changes)) == wrong


def test_whether_a_court_has_the_matter_must_be_said():
    form = changed("complaint")
    del form["before_court"]
    assert problems("complaint", form) == {"/"}


@pytest.mark.parametrize(
    "changes",
    [
        {"about": {"case": "case_01k8zjq5v3n7m2p4r6s8t0w9xy"}},
        {"about": {"place": {"country": "FR", "city": "Lyon"}}},
        {"evidence": ["att_01k8zjq5v3n7m2p4r6s8t0w9xy"]},
        {"before_court": True},
    ],
)
def test_a_right_answer_passes(changes):
    assert problems("complaint", changed("complaint", **changes)) == set()

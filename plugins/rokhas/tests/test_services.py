"""What people read and fill in: complete in three languages, and the forms are what they claim to be."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from plugins.rokhas.demand import PIECES, PROJECT, TYPES
from plugins.rokhas.mapping import FIELDS

from .conftest import SERVICES

TEXTS = ("title", "summary", "who", "competent_body", "appeal", "bring")
ARABIC = re.compile(r"[\u0621-\u064A]")
each = pytest.mark.parametrize("name", SERVICES)


def fields(schema: dict[str, Any], at: str = "") -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, inner in schema.get("properties", {}).items():
        found += [(f"{at}/{name}", inner), *fields(inner, f"{at}/{name}")]
    return found


def problems(name: str, form: dict[str, Any]) -> set[str]:
    errors = Draft202012Validator(SERVICES[name]["form"]).iter_errors(form)
    return {"/" + "/".join(map(str, error.absolute_path)) for error in errors}


def test_the_catalogue_and_the_mapping_know_the_same_services():
    assert set(SERVICES) == set(TYPES)


@each
def test_every_text_is_there_in_three_languages(name):
    texts = [SERVICES[name][text] for text in TEXTS]
    for _, schema in fields(SERVICES[name]["form"]):
        texts += [schema["x-title"], *schema.get("x-enum-titles", {}).values()]
        texts += [schema["x-help"]] if "x-help" in schema else []
    assert len(texts) > 20
    for text in texts:
        assert set(text) >= {"ar", "fr", "en"}
        assert ARABIC.search(text["ar"])
        assert all(text.values())
        assert not ARABIC.search(text["fr"] + text["en"])


@each
def test_every_choice_has_a_name_and_every_text_an_end(name):
    for pointer, schema in fields(SERVICES[name]["form"]):
        assert set(schema.get("x-enum-titles", {})) == set(schema.get("enum", [])), pointer
        if schema["type"] == "string":
            assert {"maxLength", "enum"} & set(schema), pointer
        if schema["type"] == "array":
            assert schema["maxItems"] <= 10, pointer


@each
def test_all_services_ask_for_the_same_owner_land_contact_and_papers(name):
    first = next(iter(SERVICES.values()))["form"]["properties"]
    mine = SERVICES[name]["form"]["properties"]
    assert {key: mine[key] for key in mine if key != "project"} == {
        key: first[key] for key in first if key != "project"
    }


@each
def test_the_portal_has_a_word_for_every_member_of_the_project_and_every_paper(name):
    properties = SERVICES[name]["form"]["properties"]
    assert set(properties["project"]["properties"]) <= set(PROJECT)
    assert set(properties["project"]["required"]) == set(properties["project"]["properties"])
    assert {key for key in properties if key not in ("owner", "land", "project", "contact")} == set(PIECES)


@each
def test_fees_are_known_only_on_the_decision(name):
    assert "fee" not in SERVICES[name]


def test_known_time_limits_are_kept():
    assert SERVICES["repair-permit"]["deadline_days"] == 10
    assert SERVICES["demolition-permit"]["deadline_days"] == 30


def test_what_the_portal_objects_to_is_a_field_of_a_form():
    pointers = {pointer for service in SERVICES.values() for pointer, _ in fields(service["form"])}
    assert set(FIELDS.values()) <= pointers


@pytest.mark.parametrize(
    ("name", "member", "value", "wrong"),
    [
        ("repair-permit", "owner", {"kind": "person", "name": "A"}, "/owner"),
        ("repair-permit", "owner", {"kind": "company", "name": "A", "cnie": "AB123456"}, "/owner"),
        ("repair-permit", "owner", {"kind": "company", "name": "A", "trade_register": "1 2"}, "/owner/trade_register"),
        ("repair-permit", "owner", {"kind": "company", "name": "A", "trade_register": "45871"}, None),
        ("construction-permit", "plans", ["att_1"] * 11, "/plans"),
        ("construction-permit", "plans", ["att_1", "att_2"], None),
        ("construction-permit", "surprise", 1, "/"),
    ],
)
def test_a_wrong_answer_is_named(name, member, value, wrong):
    form = {**copy.deepcopy(SERVICES[name]["example"]), member: value}
    assert problems(name, form) == ({wrong} if wrong else set())

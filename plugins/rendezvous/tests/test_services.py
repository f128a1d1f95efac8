"""What people read and fill in: complete in three languages, and the forms are what they claim to be."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.testing import service_tables
from plugins.rendezvous.mapping import COMMON, DOCUMENTS, FIELDS
from plugins.rendezvous.mapping import SERVICES as WORDS

SERVICES: dict[str, dict[str, Any]] = service_tables(Path(__file__).parents[1])
TEXTS = ("title", "summary", "who", "competent_body", "appeal", "bring")
ARABIC = re.compile(r"[\u0621-\u064A]")
each = pytest.mark.parametrize("name", SERVICES)


def problems(name: str, form: dict[str, Any]) -> set[str]:
    """Where the form is wrong: JSON pointers, and for a missing member that of its parent."""
    errors = Draft202012Validator(SERVICES[name]["form"]).iter_errors(form)
    return {"/" + "/".join(map(str, error.absolute_path)) for error in errors}


def changed(name: str, pointer: str, value: Any) -> dict[str, Any]:
    """The example with `value` at `pointer`; None removes it."""
    form = copy.deepcopy(SERVICES[name]["example"])
    *way, last = pointer.strip("/").split("/")
    place = form
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return form


def test_the_catalogue_and_the_mapping_know_the_same_services():
    assert set(SERVICES) == set(WORDS) - {"passport"}


@each
def test_the_form_is_a_valid_schema_and_the_example_fits_it(name):
    Draft202012Validator.check_schema(SERVICES[name]["form"])
    assert problems(name, SERVICES[name]["example"]) == set()


@each
def test_every_text_is_there_in_three_languages(name):
    texts = [SERVICES[name][text] for text in TEXTS]
    texts += [title for _, schema in fields(SERVICES[name]["form"]) for title in titles(schema)]
    assert len(texts) > 20
    for text in texts:
        assert set(text) >= {"ar", "fr", "en"}
        assert all(text.values())
        assert ARABIC.search(text["ar"])
        assert not ARABIC.search(text["fr"] + text["en"])


@each
def test_every_field_has_a_title_and_every_choice_a_name(name):
    seen = dict(fields(SERVICES[name]["form"]))
    for pointer, schema in seen.items():
        assert "x-title" in schema, pointer
        assert set(schema.get("x-enum-titles", {})) == set(schema.get("enum", [])), pointer
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False, pointer
        if schema["type"] == "string":
            bounded = {"maxLength", "enum", "format"} & set(schema) or schema["pattern"].endswith("}$")
            assert bounded, pointer


@each
def test_a_document_is_one_that_the_portal_has_a_word_for(name):
    documents = SERVICES[name]["form"]["properties"]["documents"]["properties"]
    assert set(documents) <= set(DOCUMENTS)
    assert all(schema["format"] == "attachment" for schema in documents.values())


def test_the_fees_that_are_known_are_asked_for_and_no_other():
    fees = {name: service["fee"]["unit_amount"] for name, service in SERVICES.items() if "fee" in service}
    assert fees == {"consular-registration": 7000, "cnie": 10500}


def test_what_the_portal_objects_to_is_a_field_of_a_form():
    pointers = {pointer for service in SERVICES.values() for pointer, _ in fields(service["form"])}
    assert set(FIELDS.values()) <= pointers


def test_every_service_asks_the_same_about_person_contact_and_post():
    forms = [service["form"]["properties"] for service in SERVICES.values()]
    for form in forms[1:]:
        assert form["post"] == forms[0]["post"]
        assert form["contact"] == forms[0]["contact"]
        assert form["person"]["properties"] == forms[0]["person"]["properties"]
    assert all(set(form) >= COMMON for form in forms)


@pytest.mark.parametrize(
    ("name", "pointer", "value", "wrong"),
    [
        ("cnie", "/kind", "lost", "/kind"),
        ("cnie", "/person/cnie", None, "/person"),
        ("cnie", "/post", "Lyon", "/post"),
        ("cnie", "/surprise", 1, "/"),
        ("cnie", "/person/first_name_latin", "أمينة", "/person/first_name_latin"),
        ("cnie", "/documents", {"photo": 1}, "/documents/photo"),
        ("cnie", "/documents", {"selfie": "att_1"}, "/documents"),
        ("consular-registration", "/person/cnie", None, None),
        ("consular-registration", "/residence/since", None, "/residence"),
        ("legalisation", "/copies", 0, "/copies"),
        ("legalisation", "/copies", 11, "/copies"),
        ("adoul-act", "/act", "sale", "/act"),
        ("life-attestation", "/person/cnie", None, "/person"),
    ],
)
def test_a_wrong_answer_is_named(name, pointer, value, wrong):
    assert problems(name, changed(name, pointer, value)) == ({wrong} if wrong else set())


def test_a_first_card_is_for_somebody_who_has_no_number_yet():
    form = changed("cnie", "/person/cnie", None)
    form["kind"] = "first"
    assert problems("cnie", form) == set()


def fields(schema: dict[str, Any], at: str = "") -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, inner in schema.get("properties", {}).items():
        found += [(f"{at}/{name}", inner), *fields(inner, f"{at}/{name}")]
    return found


def titles(schema: dict[str, Any]) -> list[dict[str, str]]:
    return [
        schema["x-title"],
        *([schema["x-help"]] if "x-help" in schema else []),
        *schema.get("x-enum-titles", {}).values(),
    ]

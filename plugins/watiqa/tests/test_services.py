"""What people read and fill in: complete in three languages, and the forms are what they claim to be."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.testing import service_tables
from plugins.watiqa.mapping import DOCUMENTS, FIELDS

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
    assert set(SERVICES) == set(DOCUMENTS)


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
def test_fee_and_delivery_point_into_the_form(name):
    service = SERVICES[name]
    pointers = dict(fields(service["form"]))
    assert service["delivery"]["method"] in pointers
    assert service["delivery"]["address"] in pointers
    assert "post" in pointers[service["delivery"]["method"]]["enum"]
    if "per" in service["fee"]:
        assert pointers[service["fee"]["per"]]["type"] == "integer"


def test_what_the_portal_objects_to_is_a_field_of_a_form():
    pointers = {pointer for service in SERVICES.values() for pointer, _ in fields(service["form"])}
    assert set(FIELDS.values()) <= pointers


def test_extract_and_full_copy_ask_the_same_questions():
    assert SERVICES["birth-extract"]["form"] == SERVICES["birth-full-copy"]["form"]


@pytest.mark.parametrize(
    ("pointer", "value", "wrong"),
    [
        ("/person/first_name_latin", "أمينة", "/person/first_name_latin"),
        ("/person/first_name_arabic", "Amina", "/person/first_name_arabic"),
        ("/person/first_name_latin", "Amina 2", "/person/first_name_latin"),
        ("/parents/mother_arabic", "Khadija", "/parents/mother_arabic"),
        ("/act/number", "12A", "/act/number"),
        ("/act/register_year", 1914, "/act/register_year"),
        ("/copies", 0, "/copies"),
        ("/copies", 11, "/copies"),
        ("/registry/region", "13", "/registry/region"),
        ("/registry/region", None, "/registry"),
        ("/registry/born_in", "abroad", "/registry"),
        ("/delivery/method", "pigeon", "/delivery/method"),
        ("/delivery/address", None, "/delivery"),
        ("/delivery/address/country", "MA", None),
        ("/delivery/address/lines", [], "/delivery/address/lines"),
        ("/surprise", 1, "/"),
    ],
)
def test_a_wrong_answer_is_named(pointer, value, wrong):
    assert problems("birth-extract", changed("birth-extract", pointer, value)) == ({wrong} if wrong else set())


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/person/last_name_latin", "Aït M'Barek-D’Été"),
        ("/person/last_name_arabic", "أݣنسوس".replace("ݣ", "ڭ")),
        ("/person/first_name_arabic", "مُحَمَّد أمين"),
        ("/delivery", {"method": "pickup"}),
        ("/registry", {"born_in": "abroad", "country": "FR", "office": "Consulat général de Lyon"}),
    ],
)
def test_a_right_answer_passes(pointer, value):
    assert problems("birth-extract", changed("birth-extract", pointer, value)) == set()


def test_an_address_in_morocco_needs_a_postcode():
    address = {
        "name": "Amina El Fassi",
        "lines": ["4 rue Talaa Kebira"],
        "city": "Fès",
        "country": "MA",
        "phone": "+212600000000",
    }
    assert problems("birth-extract", changed("birth-extract", "/delivery/address", address)) == {"/delivery/address"}
    abroad = {**address, "country": "AE"}
    assert problems("birth-extract", changed("birth-extract", "/delivery/address", abroad)) == set()


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

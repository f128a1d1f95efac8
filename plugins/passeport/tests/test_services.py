"""What people read and fill in: complete in three languages, and the forms are what they claim to be."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from gateway.cases import forms
from plugins.passeport.mapping import FIELDS
from plugins.passeport.pre_application import CHANGES, DAMAGES, PIECES, RELATIONS, TYPES
from plugins.passeport.tests.conftest import SERVICES

TEXTS = ("title", "summary", "who", "competent_body", "appeal", "bring")
ARABIC = re.compile(r"[\u0621-\u064A]")
each = pytest.mark.parametrize("name", SERVICES)


def problems(name: str, form: dict[str, Any]) -> set[str]:
    """Where the gateway finds the form wrong."""
    return {error.pointer.removeprefix("/form") for error in forms.check(form, SERVICES[name]["form"], language="en")}


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


def fields(schema: dict[str, Any], at: str = "") -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, inner in schema.get("properties", {}).items():
        found += [(f"{at}/{name}", inner), *fields(inner, f"{at}/{name}")]
    return found


def titles(schema: dict[str, Any]) -> list[dict[str, str]]:
    helps = [schema["x-help"]] if "x-help" in schema else []
    return [schema["x-title"], *helps, *schema.get("x-enum-titles", {}).values()]


def test_the_catalogue_and_the_mapping_know_the_same_services():
    assert set(SERVICES) == set(TYPES)


@each
def test_the_example_fits_its_form(name):
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
    for pointer, schema in fields(SERVICES[name]["form"]):
        assert "x-title" in schema, pointer
        assert set(schema.get("x-enum-titles", {})) == set(schema.get("enum", [])), pointer
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False, pointer
        if schema["type"] == "string":
            bounded = {"maxLength", "enum", "format"} & set(schema) or schema["pattern"].endswith("}$")
            assert bounded, pointer


@each
def test_each_service_says_what_it_costs_who_may_ask_and_how_it_comes(name):
    service = SERVICES[name]
    assert service["acr"] == "substantial"
    assert service["deadline_days"] == 60
    assert "16" in service["bring"]["en"], "the stamp is brought along"
    assert service["delivery"] == {
        "portal": "barid", "method": "/delivery/method", "address": "/delivery/address",
        "sender": service["delivery"]["sender"], "content": "Passport",
    }  # fmt: skip


@each
def test_at_a_consulate_one_comes_by_appointment(name):
    booked_first = {"portal": "rendezvous", "service": "passport", "before": "filing"}
    assert SERVICES[name].get("appointment") == (None if name == "renewal-adult-morocco" else booked_first)


def test_a_part_that_several_services_ask_for_is_the_same_in_each():
    differs = {"lodging", "person", "delivery", "declaration"}
    seen: dict[str, dict[str, Any]] = {}
    for service in SERVICES.values():
        for name, schema in service["form"]["properties"].items():
            if name not in differs:
                assert seen.setdefault(name, schema) == schema
    assert {"registration", "contact", "passport", "birth_record"} <= set(seen)


def test_what_the_portal_objects_to_is_a_field_of_a_form():
    pointers = {pointer for service in SERVICES.values() for pointer, _ in fields(service["form"])}
    assert set(FIELDS.values()) <= pointers
    assert {f"/{part}/{name}" for part, name in PIECES} <= pointers


def test_every_choice_of_a_form_has_a_word_of_the_portal():
    def choices(name: str, pointer: str) -> set[str]:
        return set(dict(fields(SERVICES[name]["form"]))[pointer]["enum"])

    assert choices("minor", "/guardian/relation") == set(RELATIONS)
    assert choices("after-damage", "/damage/kind") == set(DAMAGES)
    assert choices("data-change", "/change/kind") == set(CHANGES)


@pytest.mark.parametrize(
    ("name", "pointer", "value", "wrong"),
    [
        ("minor", "/guardian", None, "/guardian"),
        ("minor", "/guardian/consent", False, "/guardian/consent"),
        ("minor", "/guardian/cnie", None, "/guardian/cnie"),
        ("minor", "/guardian/relation", "legal_guardian", "/guardian/authorisation"),
        ("minor", "/birth_record", None, "/birth_record"),
        ("minor", "/person/cnie", "AB123457", None),
        ("minor", "/passport", {"number": "XA1234567"}, None),
        ("renewal-adult", "/person/cnie", None, "/person/cnie"),
        ("renewal-adult", "/person/first_name_arabic", "Amina", "/person/first_name_arabic"),
        ("renewal-adult", "/passport/number", "xa 1234567", None),
        ("renewal-adult", "/passport/number", "1234567XA", "/passport/number"),
        ("renewal-adult", "/passport/number", "XA12345678", "/passport/number"),
        ("renewal-adult", "/passport/expires_on", None, None),
        ("renewal-adult", "/passport", None, "/passport"),
        ("renewal-adult", "/registration", None, "/registration"),
        ("renewal-adult", "/delivery/address", None, "/delivery/address"),
        ("renewal-adult", "/delivery", {"method": "pickup"}, None),
        ("renewal-adult", "/surprise", 1, "/surprise"),
        ("renewal-adult-morocco", "/registration", {"consulate": "Lyon", "number": "1"}, "/registration"),
        ("after-loss", "/declaration/on", None, "/declaration/on"),
        ("after-loss", "/declaration/place", None, "/declaration/place"),
        ("after-loss", "/declaration/police_report", None, "/declaration/police_report"),
        ("after-theft", "/declaration", None, "/declaration"),
        ("after-damage", "/damage/kind", "burnt", "/damage/kind"),
        ("data-change", "/change/evidence", "att_" + "0" * 26, None),
        ("first-adult", "/birth_record/number", "12A", "/birth_record/number"),
    ],
)
def test_a_wrong_answer_is_named(name, pointer, value, wrong):
    assert problems(name, changed(name, pointer, value)) == ({wrong} if wrong else set())

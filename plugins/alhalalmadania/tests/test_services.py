"""What people read and fill in: complete in three languages, alike where it is the same, and named in the mapping."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.connectors.services import read_services
from plugins.alhalalmadania import demand, mapping
from plugins.alhalalmadania.tests.conftest import COPIES, DECLARATIONS, FOLDER, SERVICES

ARABIC = re.compile(r"[\u0621-\u064A]")
README = (FOLDER / "README.md").read_text(encoding="utf-8")
each = pytest.mark.parametrize("name", SERVICES)


def fields(schema: dict[str, Any], at: str = "") -> dict[str, dict[str, Any]]:
    found = {}
    for name, inner in schema.get("properties", {}).items():
        found |= {f"{at}/{name}": inner, **fields(inner, f"{at}/{name}")}
        found |= fields(inner.get("items", {}), f"{at}/{name}")
    return found


@each
def test_every_text_is_there_in_three_languages_and_every_choice_has_a_name(name):
    service = SERVICES[name]
    texts = [service[text] for text in ("title", "summary", "who", "competent_body", "appeal", "bring")]
    for pointer, schema in fields(service["form"]).items():
        texts += [schema["x-title"], *([schema["x-help"]] if "x-help" in schema else [])]
        texts += schema.get("x-enum-titles", {}).values()
        assert set(schema.get("x-enum-titles", {})) == set(schema.get("enum", [])), pointer
        if schema["type"] == "string":
            assert {"maxLength", "enum", "format"} & set(schema) or schema["pattern"].endswith("}$"), pointer
    assert len(texts) > 40
    for text in texts:
        assert ARABIC.search(text["ar"])
        assert not ARABIC.search(text["fr"] + text["en"])


def test_there_are_seven_services_and_the_mapping_knows_them():
    assert set(SERVICES) == set(demand.OBJECTS) == {*COPIES, *DECLARATIONS}
    assert len(SERVICES) == 7


def test_what_is_the_same_in_two_forms_is_the_same():
    forms = {name: SERVICES[name]["form"]["properties"] for name in SERVICES}
    for group, shared in [
        (COPIES, ("register", "act", "copy", "contact")),
        (DECLARATIONS, ("register", "judgment", "contact")),
    ]:
        for part in shared:
            assert len({str(forms[name][part]) for name in group}) == 1, part
    assert forms["marriage-declaration"]["husband"] == forms["divorce-declaration"]["husband"]


def test_the_mapping_knows_every_word_that_a_form_offers():
    for name, service in SERVICES.items():
        known = fields(service["form"])
        assert set(known["/capacity"]["enum"]) <= set(demand.CAPACITIES), name
        assert set(known["/evidence/kind"]["enum"]) <= set(demand.EVIDENCE), name
        assert set(known["/register/source"]["enum"]) == set(demand.SOURCES), name
        assert {pointer[1:] for pointer in known} & set(demand.ROLES), name


def test_what_the_portal_objects_to_is_a_field_of_a_form():
    pointers = {pointer for service in SERVICES.values() for pointer in fields(service["form"])}
    assert set(mapping.FIELDS.values()) <= pointers


@pytest.mark.parametrize(
    ("name", "change", "valid"),
    [
        ("birth-copy", {"register": {"source": "commune", "office": "x"}}, False),
        ("birth-copy", {"register": {"source": "consular", "office": "x"}}, False),
        ("birth-copy", {"register": {"source": "consular", "office": "x", "country": "FR"}}, True),
        ("birth-copy", {"capacity": "heir"}, False),
        ("death-copy", {"capacity": "self"}, False),
        ("birth-declaration", {"event": {"date": "2026-01-01", "place": "Lyon"}}, False),
        ("birth-declaration", {"evidence": [{"kind": "birth_certificate", "file": "att_1"}] * 6}, False),
        ("birth-declaration", {"surprise": 1}, False),
    ],
)
def test_a_form_takes_what_it_should(name, change, valid):
    assert Draft202012Validator(SERVICES[name]["form"]).is_valid(SERVICES[name]["example"] | change) == valid


def test_every_code_has_a_text_or_is_the_gateways_own(plugin):
    from gateway.api.http.codes import CODES

    codes = {
        *mapping.REFUSALS.values(),
        *mapping.MOTIVES.values(),
        *mapping.REQUIRED_ACTIONS.values(),
        *mapping.TROUBLES.values(),
    }
    assert codes - set(CODES) <= set(plugin.manifest.errors)


def test_the_readme_names_every_word_of_the_portal_and_every_code():
    for word, code in mapping.REFUSALS.items():
        assert f"| `{code}` | `{word}` |" in README
    for code in (*mapping.MOTIVES.values(), *mapping.SECURITY, *mapping.PROTOCOL, *mapping.TROUBLES):
        assert f"`{code}`" in README


def test_the_catalogue_reads_them():
    assert len(read_services(FOLDER / "services.toml", "alhalalmadania")) == 7


def test_to_load_the_plugin_brings_no_xml_library():
    """Commands that only list plugins start as fast as before."""
    code = "import sys, plugins.alhalalmadania, gateway.outbound.pipeline; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=FOLDER.parents[1], check=True
    )
    assert not {"lxml", "zeep", "signxml", "requests"} & set(done.stdout.split())

"""The JSON Schemas of a plugin's files say what the loader says."""

from __future__ import annotations

import json
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gateway.connectors import schemas
from gateway.connectors.manifest import Manifest
from gateway.connectors.services import ServiceTable
from gateway.testing.scaffold import create_plugin

ROOT = Path(__file__).parents[2]
FILES = sorted((*ROOT.glob("plugins/*/plugin.toml"), *ROOT.glob("plugins/*/services.toml")))


def validator(path: Path) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schemas.SCHEMAS[path.stem]())


@pytest.mark.parametrize("name", schemas.SCHEMAS)
def test_texts_are_not_indented_as_in_the_source(name: str) -> None:
    """Python 3.13 takes the indentation out of docstrings, and the file is the same with each Python."""
    assert "\\n  " not in schemas.text(name)


def tables(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ["plugin", "services"])
def test_the_schema_in_the_docs_is_what_the_code_says(kind: str) -> None:
    written = (ROOT / f"docs/reference/schemas/{kind}.json").read_text(encoding="utf-8")
    assert written == schemas.text(kind), "run `make docs`"
    jsonschema.Draft202012Validator.check_schema(json.loads(written))


def test_every_member_says_what_it_is_for() -> None:
    texts = schemas.member_texts()
    members = [
        (name, member)
        for name, struct in schemas.structs(Manifest, ServiceTable)
        for member in struct.__struct_fields__
    ]
    assert members
    assert [each for each in members if not texts.get(each)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_plugin_fits_and_a_misspelt_member_does_not(path: Path) -> None:
    found = tables(path)
    assert list(validator(path).iter_errors(found)) == []
    spelt = deepcopy(found)
    services = [each for name, each in spelt.items() if name != "members"]
    for table in [spelt] if path.stem == "plugin" else services:
        table["lifecicle"] = "stable"
        assert not validator(path).is_valid(spelt)
        del table["lifecicle"]
    assert validator(path).is_valid(spelt)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("plugin", {"lifecycle": "new"}),
        ("plugin", {"title": {"ar": "x", "fr": "x"}}),
        ("plugin", {"auth": {"secret": "api_key"}}),
        ("plugin", {"auth": {"scheme": "bearer", "secret": "api_key"}}),
        ("plugin", {"auth": {"scheme": "api_key"}}),
        ("plugin", {"auth": {"scheme": "api_key", "secret": "api_key", "prefx": "Bearer "}}),
        ("plugin", {"owners": []}),
        ("services", {"acr": "highest"}),
        ("services", {"fee": {"portal": "etimbre", "unit_amount": -1}}),
        ("services", {"fee": {"portal": "etimbre", "unit_amount": 1, "pre": "/x"}}),
        ("services", {"subject": [{"whom": "cousin", "proof": "none", "basis": "x"}]}),
        ("services", {"post": "post"}),
    ],
)
def test_a_value_that_the_loader_refuses_is_refused(kind: str, change: dict[str, Any], tmp_path: Path) -> None:
    path = create_plugin("alpha", tmp_path) / f"{kind}.toml"
    found = tables(path)
    assert validator(path).is_valid(found)
    (found if kind == "plugin" else found["request"]).update(change)
    assert not validator(path).is_valid(found)


def test_a_new_plugin_brings_the_schemas_that_its_files_name(tmp_path: Path) -> None:
    made = create_plugin("alpha", tmp_path)
    for kind in schemas.SCHEMAS:
        first = (made / f"{kind}.toml").read_text().partition("\n")[0]
        assert first == f"#:schema schemas/{kind}.json"
        assert (made / "schemas" / f"{kind}.json").read_text() == schemas.text(kind)

"""The description is one that linters accept, that generators understand, and that keeps what was released."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest

from tests.description import description
from tests.npm import ROOT, tool

CHECK: Final = ROOT / ".ci" / "api_changes.py"
RELEASED: Final = ROOT / "docs" / "reference" / "api"
FREE: Final = {
    "Service.form": "a JSON Schema, which may be any",
    "Service.example": "a form, which its schema describes",
    "Service.prefill": "a part of a form",
    "Draft.form": "as much of a form as there is",
    "DraftRequest.form": "the same",
    "DraftUpdateRequest.form": "the same",
    "WebhookDelivery.payload": "one of the bodies under `webhooks`",
}
"""Members that are objects of any shape, and why."""


def changes() -> Any:
    spec = importlib.util.spec_from_file_location("api_changes", CHECK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("openapi") / "openapi.json"
    path.write_text(json.dumps(description()), encoding="utf-8")
    return path


async def test_redocly_has_no_finding(written: Path) -> None:
    found = await tool("redocly", "lint", written, "--config", ROOT / ".ci" / "redocly.yaml", "--format", "json")
    assert json.loads(found)["problems"] == []


async def test_spectral_has_no_finding(written: Path) -> None:
    found = await tool("spectral", "lint", written, "--ruleset", ROOT / ".ci" / "spectral.yaml", "--quiet")
    assert found.strip() in ("", "No results with a severity of 'error' found!")


# --- What generators make names and types of -----------------------------------------------------------------------


def schemas(found: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema below this one, with its place: `Case.actions[]`."""
    yield place, found
    for name, inner in found.get("properties", {}).items():
        yield from schemas(inner, f"{place}.{name}")
    if "items" in found:
        yield from schemas(found["items"], f"{place}[]")
    for keyword in ("anyOf", "oneOf", "allOf"):
        for each in found.get(keyword, ()):
            yield from schemas(each, place)


def everything() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in description()["components"]["schemas"].items():
        yield from schemas(schema, name)


def test_components_have_plain_names() -> None:
    names = list(description()["components"]["schemas"])
    assert {"Case", "CasePage", "CaseRequest", "WatiqaBirthExtractRequest", "WatiqaBirthExtractForm"} <= set(names)
    assert [each for each in names if not re.fullmatch(r"([A-Z][a-z0-9]*)+", each)] == []
    assert [each for each in names if each.endswith(("View", "Shape"))] == []
    assert [place for place, each in everything() if "title" in each or "const" in each] == []


def test_nothing_that_has_a_shape_is_untyped() -> None:
    known = ("type", "$ref", "anyOf", "oneOf", "allOf")
    assert [place for place, each in everything() if not any(keyword in each for keyword in known)] == []
    free = {
        place
        for place, each in everything()
        if "object" in str(each.get("type", ""))
        and "properties" not in each
        and each.get("additionalProperties", {}) == {}
    }
    assert free - set(FREE) == set()


def test_requests_are_told_apart_by_service() -> None:
    components = description()["components"]["schemas"]
    request = components["CaseRequest"]
    assert request["discriminator"]["propertyName"] == "service"
    named = [each["$ref"] for each in request["oneOf"]]
    assert list(request["discriminator"]["mapping"].values()) == named
    assert len(named) > 30


@pytest.mark.parametrize(
    "place",
    [
        "Problem.code",
        "Problem.origin",
        "Case.status",
        "Case.reason",
        "CaseAction.type",
        "CaseAction.code",
        "CaseEvent.code",
        "CaseEvent.status",
        "Tracking.status",
        "Tracking.milestone",
        "Service.acr",
        "Deadline.code",
        "Payment.code",
        "FieldError.code",
        "AuditLeaf.outcome",
    ],
)
def test_words_of_the_api_are_enumerations(place: str) -> None:
    found = next(each for name, each in everything() if name == place)
    components = description()["components"]["schemas"]
    reference = next((each["$ref"] for _, each in schemas(found, place) if "$ref" in each), "")
    assert "enum" in (components[reference.rpartition("/")[2]] if reference else found)


OPEN: Final = {
    "AuditHop.outcome": "the record's own format (docs/reference/audit-record.md)",
}
"""Members of these names that are no enumerations, and why."""


def test_every_state_and_outcome_is_an_enumeration() -> None:
    named = ("status", "state", "outcome", "milestone")
    texts = [
        (place, each)
        for place, each in everything()
        if place.rpartition(".")[2] in named and "string" in str(each.get("type"))
    ]
    assert {place for place, each in texts if "enum" not in each and "const" not in each} == set(OPEN)


def test_each_operation_names_its_errors() -> None:
    for path, item in description()["paths"].items():
        for method, operation in item.items():
            statuses = set(operation["responses"])
            assert {"400", "429", "503", "default"} <= statuses, (method, path)
            assert not operation["security"] or {"401", "403"} <= statuses, (method, path)
            assert "{" not in path or "404" in statuses or "{action}" in path, (method, path)
            writes = {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
            assert not writes or {"409", "422"} <= statuses, (method, path)
            assert "requestBody" not in operation or {"413", "415"} <= statuses, (method, path)


# --- What was released ----------------------------------------------------------------------------------------------


def test_what_breaks_clients_is_announced_by_the_version() -> None:
    module, now = changes(), description()
    released = max(RELEASED.glob("*.json"), key=lambda path: [int(each) for each in path.stem.split(".")])
    before = json.loads(released.read_text(encoding="utf-8"))
    assert before["info"]["version"] == released.stem
    broken = module.Comparison(before, now).breaking()
    if not module.announced(released.stem, now["info"]["version"]):
        assert broken == [], "raise the version (docs/reference/api/README.md), or keep what clients know"


CASE: Final = "/v1/cases/{case_id}"


def _without(found: Any, *path: str) -> None:
    for step in path[:-1]:
        found = found[step]
    del found[path[-1]]


def _changed(found: Any, *path: Any) -> None:
    *steps, name, value = path
    for step in steps:
        found = found[step]
    found[name] = value


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: _without(d, "paths", CASE), f"GET {CASE}: is gone"),
        (lambda d: _changed(d, "paths", CASE, "get", "operationId", "x"), f"GET {CASE}: its operationId was getCase"),
        (
            lambda d: _without(d, "components", "schemas", "Case", "properties", "status"),
            "Case answered.status: is gone",
        ),
        (
            lambda d: d["components"]["schemas"]["Case"]["required"].remove("status"),
            "Case answered.status: may be left out",
        ),
        (
            lambda d: _changed(d, "components", "schemas", "Money", "properties", "amount", {"type": "string"}),
            "Money answered.amount: is string, and was integer",
        ),
        (
            lambda d: d["components"]["schemas"]["TakeRequest"]["required"].append("agent"),
            "TakeRequest sent.agent: is required",
        ),
        (
            lambda d: _changed(d, "components", "schemas", "TakeRequest", "properties", "code", "maxLength", 9),
            "TakeRequest sent.code: maxLength is 9, and was 40",
        ),
        (
            lambda d: _changed(d, "paths", CASE, "get", "security", [{"oauth": ["operate"]}]),
            f"GET {CASE}: takes other scopes than cases:read",
        ),
        (
            lambda d: d["components"]["schemas"]["EchoNoteFormBehave"]["enum"].remove("slow"),
            "EchoNoteFormBehave sent: does not take 'slow' any more",
        ),
        (lambda d: _without(d, "paths", CASE, "get", "responses", "304"), None),
        (
            lambda d: _changed(d, "components", "schemas", "Case", "properties", "more", {"type": "string"}),
            None,
        ),
        (lambda d: d["components"]["schemas"]["CaseStatus"]["enum"].append("paused"), None),
    ],
)
def test_a_change_is_told_if_it_breaks_clients(change: Any, said: str | None) -> None:
    changed = deepcopy(description())
    change(changed)
    found = changes().Comparison(description(), changed).breaking()
    assert (said in found) if said else found == [], found


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [("0.1.0", "0.2.0", True), ("0.1.0", "0.1.1", False), ("1.4.0", "2.0.0", True), ("1.4.0", "1.5.0", False)],
)
def test_a_version_may_break_by_its_first_number_that_counts(old: str, new: str, may: bool) -> None:
    assert changes().announced(old, new) is may

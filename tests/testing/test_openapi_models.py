"""Models from an OpenAPI description, and descriptions that are refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.testing import openapi_models
from gateway.testing.model_writer import MOST_BYTES, MOST_DEPTH, BadDescription
from gateway.testing.openapi_models import models

DEMAND = {
    "type": "object",
    "required": ["numero", "statut", "pieces", "classe"],
    "properties": {
        "numero": {"type": "string", "maxLength": 20},
        "statut": {"$ref": "#/components/schemas/Statut"},
        "recue_le": {"type": "string", "format": "date-time", "nullable": True},
        "pieces": {"type": "array", "items": {"$ref": "#/components/schemas/Piece"}},
        "classe": {"type": "object", "properties": {"class": {"type": "integer"}, "été-2": {"type": "number"}}},
        "Piece": {"$ref": "#/components/schemas/Piece"},
        "str": {"type": "string"},
        "motif": {"type": "string", "nullable": True},
        "delai": {"type": ["integer", "null"]},
        "mere": {"$ref": "#/components/schemas/Demande"},
        "poste": {"oneOf": [{"$ref": "#/components/schemas/Poste"}, {"type": "null"}]},
        "autre": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "textes": {"type": "object", "additionalProperties": {"type": "string"}},
        "libre": True,
    },
}
SCHEMAS: dict[str, Any] = {
    "Demande": DEMAND,
    "Statut": {"type": "string", "enum": ["RECUE", 'x"""; import os; """']},
    "Piece": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"type": {"type": "string"}}}]},
    "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
    "Poste": {"type": "object", "properties": {"ouvert": {"type": "boolean"}}},
}


def described(schemas: Any, **over: Any) -> bytes:
    return json.dumps({"openapi": "3.0.3", "components": {"schemas": schemas}} | over).encode()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("made_models")
    monkeypatch.setitem(sys.modules, "made_models", module)
    exec(compile(models(described(SCHEMAS)), "models.py", "exec"), module.__dict__)
    return module


def test_an_answer_of_the_portal_is_read(made: ModuleType) -> None:
    answer = {
        "numero": "D-1",
        "statut": "RECUE",
        "pieces": [{"id": "p"}],
        "classe": {"class": 1, "été-2": 0.5},
        "libre": [1],
    }
    answer |= {
        "motif": None,
        "delai": None,
        "poste": {"ouvert": True},
        "autre": 7,
        "textes": {"ar": "x"},
        "Piece": {"id": "q"},
        "str": "s",
    }
    read = msgspec.convert(answer | {"mere": answer}, made.Demande)
    assert (read.numero, read.pieces[0].id, read.pieces[0].type) == ("D-1", "p", msgspec.UNSET)
    assert (read.mere.poste.ouvert, read.mere.mere, read.classe.class_, read.textes) == (
        True,
        msgspec.UNSET,
        1,
        {"ar": "x"},
    )
    assert msgspec.to_builtins(read.mere) == answer


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("numero", 7),
        ("statut", 1),
        ("recue_le", "2026-01-05T09:00:00"),
        ("recue_le", "hier"),
        ("pieces", [{}]),
        ("delai", "3"),
        ("motif", 1),
        ("textes", {"ar": 1}),
    ],
)  # fmt: skip
def test_what_the_description_does_not_allow_is_refused(made: ModuleType, member: str, value: Any) -> None:
    answer = {"numero": "D-1", "statut": "RECUE", "pieces": [], "classe": {}}
    msgspec.convert(answer, made.Demande)
    with pytest.raises(msgspec.ValidationError, match=member):
        msgspec.convert(answer | {member: value}, made.Demande)


def test_word_that_the_description_lacks_is_read(made: ModuleType) -> None:
    """It is the table's matter what becomes of it; a time is one, and says its offset."""
    answer = {"numero": "D-1", "statut": "PERDUE", "pieces": [], "classe": {}, "recue_le": "2026-01-05T09:00:00Z"}
    read = msgspec.convert(answer, made.Demande)
    assert (read.statut, read.recue_le.isoformat()) == ("PERDUE", "2026-01-05T09:00:00+00:00")
    assert "'RECUE'" in models(described(SCHEMAS))


def refers(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        inner = {"type": "object", "properties": {"x": inner}}
    return inner


DOUBLING = {f"A{n}": {"allOf": [refers(f"A{n + 1}"), refers(f"A{n + 1}")]} for n in range(20)} | {"A20": nested(1)}
PLAIN = {"A": nested(1)}


@pytest.mark.parametrize(
    ("description", "told"),
    [
        (b"x" * (MOST_BYTES + 1), "more than 2,000,000 bytes"),
        (b"openapi: 3.0.3", "not a JSON object"),
        (b"{", "not JSON"),
        (b'{"a":' * 100_000, "not JSON"),
        (b'{"openapi": "3.0.3", "openapi": "3.1.0"}', "two members of one name"),
        (described(PLAIN, openapi="2.0"), "openapi"),
        (described({}), "no components/schemas"),
        (described(PLAIN, components=[]), "no components/schemas"),
        (described({"A": {"type": "string"}}), "no schema of it is an object"),
        (described({"A": {"properties": {"b": {"$ref": "https://evil.example/x.json"}}}}), "nothing else is followed"),
        (described({"A": {"properties": {"b": {"$ref": "other.json#/B"}}}}), "nothing else is followed"),
        (described({"A": {"properties": {"b": {"$ref": "#/paths/x"}}}}), "nothing else is followed"),
        (described({"A": {"properties": {"b": refers("B")}}}), "which is not there"),
        (
            described({**PLAIN, "B": refers("C"), "C": refers("B"), "D": {"properties": {"x": refers("B")}}}),
            "refers to itself",
        ),
        (described({**PLAIN, "B": {"allOf": [refers("B"), refers("A")]}}), "refers to itself"),
        (described({**PLAIN, "B": {"allOf": [refers("C"), {}]}, "C": refers("C")}), "circle"),
        (
            described({**PLAIN, "L": {"type": "array", "items": refers("L")}, "D": {"properties": {"x": refers("L")}}}),
            "itself",
        ),
        (described({"A": nested(MOST_DEPTH + 2)}), "deeper than"),
        (described(DOUBLING), "steps"),
        (described({f"A{n}": nested(1) for n in range(501)}), "more than 500 schemas"),
        (described({"A": {"properties": {f"m{n}": {} for n in range(301)}}}), "more than 300 members"),
        (described({"A" * 101: nested(1)}), "more than 100 characters"),
        (described({"A": {"properties": {"b": {"type": "file"}}}}), "does not know"),
        (described({"A": {"properties": {"b": 3}}}), "is no schema"),
        (described({"A": {"properties": []}}), "not an object"),
    ],
)
def test_a_hostile_description_is_refused(description: bytes, told: str) -> None:
    with pytest.raises(BadDescription, match=told):
        models(description)


def test_the_command_writes_them_beside_the_mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    description = tmp_path / "openapi.json"
    description.write_bytes(described(SCHEMAS))
    given = ["connector", "new", "hello", "--dir", str(tmp_path), "--from", str(description)]
    assert CliRunner().invoke(main, given).exit_code == 0
    assert "class Demande(msgspec.Struct" in (tmp_path / "hello" / "models.py").read_text()
    description.write_bytes(b"{}")
    given[2] = "other"
    done = CliRunner().invoke(main, given)
    assert (done.exit_code, (tmp_path / "other").exists()) == (1, False)
    assert "openapi" in done.output
    assert openapi_models.__doc__

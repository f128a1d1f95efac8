"""JSON Schemas of `plugin.toml` and `services.toml`, so that an editor completes them: made from the classes that read
them, with the text below each member."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any, Final

import msgspec

from gateway.connectors import manifest, services, subjects
from gateway.connectors.auth_schemes import auth_schema
from gateway.connectors.form_vocabulary.members import USE
from gateway.connectors.manifest import LANGUAGES, Manifest

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TEXTS: Final[dict[str, Any]] = {
    "type": "object",
    "description": "One text, by language.",
    "additionalProperties": {"type": "string"},
    "required": list(LANGUAGES),
}
_MODULES: Final = (manifest, services, subjects)

Schema = dict[str, Any]


def plugin_schema() -> Schema:
    """Of `plugin.toml`."""
    schema = _described(Manifest)
    schema["properties"]["title"] |= {"required": list(LANGUAGES)}
    for name in ("errors", "choices", "documents"):
        schema["properties"][name]["additionalProperties"] = TEXTS
    schema["properties"]["auth"] |= auth_schema()
    return {**schema, "$schema": DIALECT, "title": "plugin.toml"}


def services_schema() -> Schema:
    """Of `services.toml`: a table for each service, and `members`, which forms use by name."""
    service = _described(services.ServiceTable)
    definitions = service.pop("$defs", {})
    for name in services.TEXTS:
        service["properties"][name] = {**service["properties"][name], "required": list(LANGUAGES)}
    service["properties"]["form"] |= {
        "properties": {"properties": {"additionalProperties": {"$ref": "#/$defs/member"}}}
    }
    member = {
        "type": "object",
        "description": "A member of a form: JSON Schema 2020-12 and the form vocabulary.",
        "properties": {
            USE: {"type": "string", "description": "Take a member that is written once, by its name."},
            "x-title": TEXTS,
            "x-help": TEXTS,
            "x-message": TEXTS,
        },
    }
    members = {
        "type": "object",
        "description": "Members that the services of this file share: `x-use` names them.",
        "additionalProperties": {"$ref": "#/$defs/member"},
    }
    return {
        "$schema": DIALECT,
        "title": "services.toml",
        "type": "object",
        "properties": {"members": members},
        "additionalProperties": {"$ref": "#/$defs/service"},
        "$defs": {"service": service, "member": member, **definitions},
    }


SCHEMAS: Final = {"plugin": plugin_schema, "services": services_schema}


def text(name: str) -> str:
    """A schema as a file has it."""
    return json.dumps(SCHEMAS[name](), ensure_ascii=False, indent=2) + "\n"


def structs(*roots: type[msgspec.Struct]) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """The classes that these are made of, themselves first, by name."""
    known = {
        name: each
        for module in _MODULES
        for name, each in vars(module).items()
        if inspect.isclass(each) and issubclass(each, msgspec.Struct) and each.__module__ == module.__name__
    }
    for root in roots:
        yield root.__name__, root
        for name in msgspec.json.schema(root).get("$defs", {}):
            if name in known and known[name] is not root:
                yield name, known[name]


@cache
def member_texts() -> dict[tuple[str, str], str]:
    """The text below each member, by class and member."""
    return {key: said for module in _MODULES for key, said in _texts(module)}


def _described(root: type[msgspec.Struct]) -> Schema:
    """The schema of a class, with those of the classes below it in `$defs`."""
    made = msgspec.json.schema(root)
    definitions: dict[str, Schema] = made["$defs"]
    for name, definition in definitions.items():
        if "description" in definition:  # the class's docstring, indented as in the source before Python 3.13
            definition["description"] = inspect.cleandoc(definition["description"])
        for member, schema in definition.get("properties", {}).items():
            said = member_texts().get((name, member))
            if said:
                definition["properties"][member] = _with_text(schema, said)
    schema = definitions.pop(root.__name__)
    return schema | ({"$defs": definitions} if definitions else {})


def _with_text(schema: Schema, said: str) -> Schema:
    return {**schema, "description": said}


def _texts(module: ModuleType) -> Iterator[tuple[tuple[str, str], str]]:
    for outer in ast.parse(inspect.getsource(module)).body:
        if isinstance(outer, ast.ClassDef):
            for member, below in zip(outer.body, outer.body[1:], strict=False):
                named = isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name)
                if named and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                    yield (outer.name, member.target.id), " ".join(str(below.value.value).split())  # type: ignore[attr-defined] # as `named` says

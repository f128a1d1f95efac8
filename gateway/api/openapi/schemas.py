"""JSON Schemas of what is sent and answered, one named component for each struct and each enumeration.

They are read from the types themselves, because neither the framework nor msgspec tells generators all that they need:
an answer always has all of its members, a single value is an `enum`, values stand in the order in which they were
written, and a limit of a member is its own.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, Meta

Schema = dict[str, Any]

REF: Final = "#/components/schemas/"

_NAMES: Final = {
    "ActionView": "CaseAction",
    "BodiesView": "AuditBodies",
    "BodyView": "AuditBody",
    "DocumentView": "CaseDocument",
    "EventView": "CaseEvent",
    "HopRecord": "AuditHop",
    "ProblemDetails": "Problem",
    "Record": "AuditLeaf",
    "RecordView": "AuditRecord",
    "StepView": "TrackingStep",
    "SumRecord": "AuditSum",
    "SubjectRequest": "AuditSubjectRequest",
    "SubjectView": "AuditSubject",
    "TermView": "LegalTerm",
}
"""Published names that are not the class's own without its ending: a generated `Event` or `Document` would stand in the
way of the browser's."""

_ENDINGS: Final = ("View", "Shape")
_PLAIN: Final[dict[Any, Schema]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    type(None): {"type": "null"},
}
_LIMITS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "pattern": "pattern",
    "description": "description",
    "examples": "examples",
}


def published(name: str) -> str:
    """The name of a class's component."""
    if name in _NAMES:
        return _NAMES[name]
    return next((name.removesuffix(each) for each in _ENDINGS if name.endswith(each) and name != each), name)


def name_of(kind: Any) -> str:
    """The name of a type's component: `CasePage` for `Page[CaseView]`."""
    inner = get_args(kind)
    return "".join(published(each.__name__) for each in (*inner, get_origin(kind) or kind))


class Components:
    """The components of some types, and of all that they have in them."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}

    def add(self, kind: Any) -> Schema:
        """The schema of a type: a reference where it has a component. Raises `ValueError` for a type that says nothing
        about its values."""
        return self._of(kind, {})

    def _of(self, kind: Any, generic: Mapping[Any, Any]) -> Schema:
        origin = get_origin(kind)
        if isinstance(kind, TypeVar):
            return self._of(generic[kind], {})
        if origin is Annotated:
            base, *extras = get_args(kind)
            return _limited(self._of(base, generic), extras)
        if kind in _PLAIN:
            return dict(_PLAIN[kind])
        if origin is Literal:
            return _enumeration(get_args(kind))
        if origin in (Union, types.UnionType):
            return _either([self._of(each, generic) for each in get_args(kind) if each is not msgspec.UnsetType])
        if origin in (list, tuple, frozenset, set):
            return {"type": "array", "items": self._of(get_args(kind)[0], generic)}
        if origin is dict:
            return {"type": "object", "additionalProperties": self._of(get_args(kind)[1], generic)}
        if kind is Any:
            return {}
        if isinstance(kind, type) and issubclass(kind, Enum):
            return self._named(kind, lambda: _enumeration([each.value for each in kind]))
        if isinstance(origin or kind, type) and issubclass(origin or kind, msgspec.Struct):
            return self._named(kind, lambda: self._struct(kind))
        raise ValueError(f"{kind} has no schema")

    def _named(self, kind: Any, made: Any) -> Schema:
        name = name_of(kind)
        if name not in self.schemas:
            self.schemas[name] = {}  # a type may have itself in it
            found = made()
            if text := _docstring(get_origin(kind) or kind):
                found = {"description": text, **found}
            self.schemas[name] = found
        return {"$ref": REF + name}

    def _struct(self, kind: Any) -> Schema:
        struct = get_origin(kind) or kind
        generic = _arguments(kind)
        hints = get_type_hints(struct, include_extras=True)
        taken = bool(struct.__struct_config__.forbid_unknown_fields)
        sparse = bool(struct.__struct_config__.omit_defaults)
        properties: dict[str, Schema] = {}
        required = []
        for field in msgspec.structs.fields(struct):
            found = self._of(hints[field.name], generic)
            if field.required or (not taken and not sparse and field.default is not UNSET):
                required.append(field.encode_name)
            elif taken and field.default not in (msgspec.NODEFAULT, UNSET, None, ""):
                found["default"] = msgspec.to_builtins(field.default)
            properties[field.encode_name] = found
        closed: Schema = {"additionalProperties": False} if taken else {}
        return {"type": "object", **({"required": required} if required else {}), "properties": properties, **closed}


def _arguments(kind: Any) -> dict[Any, Any]:
    """What the type variables of a struct stand for: `Page[CaseView]`, or a class that is made of one."""
    found: dict[Any, Any] = {}
    for base in (kind, *getattr(kind, "__orig_bases__", ())):
        origin = get_origin(base)
        if origin is not None and issubclass(origin, msgspec.Struct):
            found |= zip(origin.__parameters__, get_args(base), strict=True)
    return found


def _docstring(kind: type) -> str:
    """Its own, as one line of Markdown; not the one that it inherits."""
    own = kind.__dict__.get("__doc__") or ""
    return " ".join(inspect.cleandoc(own).split()) if own and not own.startswith("An enumeration") else ""


def _enumeration(values: Iterable[Any]) -> Schema:
    """One value is an enumeration too: generators know `enum`, not all of them `const`. Of truth values they know
    neither."""
    listed = list(values)
    if any(isinstance(each, bool) for each in listed):
        return {"type": "boolean"}
    name = "string" if any(isinstance(each, str) for each in listed) else "integer"
    return {"type": [name, "null"] if None in listed else name, "enum": listed}


def _either(schemas: list[Schema]) -> Schema:
    """A value that may be null has it in its `type`; a reference cannot."""
    null = {"type": "null"}
    others = [each for each in schemas if each != null]
    if len(others) == len(schemas) or len(others) != 1:
        return {"anyOf": schemas} if len(schemas) > 1 else schemas[0]
    (only,) = others
    if isinstance(only.get("type"), str):
        nullable = {**only, "type": [only["type"], "null"]}
        return nullable | ({"enum": [*only["enum"], None]} if "enum" in only else {})
    return {"anyOf": [only, null]}


def _limited(schema: Schema, extras: list[Any]) -> Schema:
    for meta in extras:
        if not isinstance(meta, Meta):
            continue
        for name, keyword in _LIMITS.items():
            if (value := getattr(meta, name)) is not None:
                schema[keyword] = value
        array = "array" in str(schema.get("type", ""))
        for name, keyword in (("min_length", "min"), ("max_length", "max")):
            if (value := getattr(meta, name)) is not None:
                schema[keyword + ("Items" if array else "Length")] = value
        schema.update(meta.extra_json_schema or {})
    return schema


def references(found: Any) -> Iterator[str]:
    """The names of the components that a part of the document refers to."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key == "$ref" and isinstance(value, str) and value.startswith(REF):
                yield value.removeprefix(REF)
            elif key == "mapping":
                yield from (str(each).removeprefix(REF) for each in value.values())
            else:
                yield from references(value)
    elif isinstance(found, list):
        for each in found:
            yield from references(each)

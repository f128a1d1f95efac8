"""JSON pointers (RFC 6901) into a form, which are the names of its fields, and the conditions that use them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_PLACE: Final = re.compile(r"[0-9]{1,4}")


def place(text: str) -> int | None:
    """Of an item in its list, in digits of ASCII; None for what is none. `str.isdigit` takes `²`, of which `int` makes
    an error."""
    return int(text) if _PLACE.fullmatch(text) else None


def value_at(form: Any, pointer: str) -> Any:
    """None where there is nothing."""
    for part in pointer.split("/")[1:]:
        if isinstance(form, list) and (at := place(part)) is not None and at < len(form):
            form = form[at]
        elif isinstance(form, dict):
            form = form.get(part)
        else:
            return None
    return form


def schema_at(schema: Schema, pointer: str) -> Schema | None:
    """The part of the schema for a member; a number goes into the items of a list."""
    for part in pointer.split("/")[1:]:
        inside = schema.get("items") if place(part) is not None else schema.get("properties", {}).get(part)
        if inside is None:
            return None
        schema = inside
    return schema


def holds(condition: Mapping[str, Any], form: Any) -> bool:
    """Whether the form has one of the values there. Numbers and truth values are compared as they are written."""
    return written(value_at(form, condition["at"])) in [written(each) for each in condition["values"]]


def written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def members(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Of an object, in the order in which people are asked."""
    properties = schema.get("properties", {})
    for name in [*schema.get("x-order", ()), *(each for each in properties if each not in schema.get("x-order", ()))]:
        if name in properties:
            yield name, properties[name]


def required(schema: Schema) -> set[str]:
    """Members that may be asked for, under whatever condition: what is not among them is called optional."""
    found = set(schema.get("required", ()))
    for part in (schema.get("then"), schema.get("else"), *schema.get("allOf", ())):
        if isinstance(part, Mapping):
            found |= required(part)
    return found


def laid_over(form: Any, other: Any) -> Any:
    """`other` where it says something, `form` elsewhere, however deep."""
    if isinstance(form, dict) and isinstance(other, dict):
        return {**form, **{name: laid_over(form.get(name), value) for name, value in other.items()}}
    return form if other is None else other


def defaults(schema: Schema) -> Any:
    """What the schema itself begins with."""
    if "default" in schema:
        return schema["default"]
    if schema.get("type") == "object":
        found = {name: defaults(part) for name, part in schema.get("properties", {}).items()}
        return {name: value for name, value in found.items() if value not in (None, {})}
    return None

"""A form as its answers, to be looked over before it is sent; and what of it the sign-in vouches for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from window.forms.fields import Field, Part, shown
from window.forms.pointers import Schema, members, value_at, written


@dataclass(frozen=True, slots=True)
class GivenValue:
    title: str
    kind: str
    value: Any
    """As people read it; of a list of lines, a list."""
    group: str = ""


def answers(parts: list[Part], form: Any) -> list[tuple[str, list[GivenValue]]]:
    """By part; what was left empty is left out."""
    found = [(part.title, [inner for each in part.fields for inner in _answers(each, form, "")]) for part in parts]
    return [(title, inside) for title, inside in found if inside]


def _answers(field: Field, form: Any, group: str) -> Iterator[GivenValue]:
    if not shown(field, form):
        return
    if field.fields or field.kind in ("group", "list"):
        for each in field.fields:
            yield from _answers(each, form, field.title if field.kind == "group" else group)
        return
    if field.value in (None, "", []):
        return
    yield GivenValue(field.title, field.kind, _read(field), group)


def _read(field: Field) -> Any:
    named = {each.value: each.title for each in field.choices}
    if field.kind == "lines":
        return str(field.value).splitlines()
    return named.get(written(field.value), field.value)


def identity(service: dict[str, Any]) -> list[GivenValue]:
    """Members that are the verified person's own, with what is known of them. The same claim is said once."""
    found: dict[str, GivenValue] = {}
    for title, kind, value, claim in _verified(service["form"], "", service["prefill"] or {}):
        found.setdefault(claim, GivenValue(title, kind, value))
    return list(found.values())


def _verified(schema: Schema, at: str, prefill: Any) -> Iterator[tuple[str, str, Any, str]]:
    for name, part in members(schema):
        pointer = f"{at}/{name}"
        if part.get("type") == "object":
            yield from _verified(part, pointer, prefill)
        elif part.get("readOnly") and (value := value_at(prefill, pointer)) is not None:
            kind = "date" if part.get("format") in ("date", "birth-date") else "text"
            yield part.get("title", ""), kind, value, part.get("x-identity") or pointer

"""Conditions of a form as a style sheet: what is shown follows from what is checked, without a script.

A browser without `:has` shows everything; what a condition hides is not read anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from window.forms.pointers import Schema, written


def mark(condition: Mapping[str, Any]) -> str:
    """Name of a condition, for `data-show` and `data-verified`."""
    text = condition["at"] + "\n" + "\n".join(map(written, condition["values"]))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def style_sheet(schema: Schema) -> str:
    """Rules for all conditions of a form. Every text in it is escaped: a catalogue cannot add rules."""
    rules = [
        rule
        for attribute, condition in sorted({(name, _frozen(each)) for name, each in _conditions(schema)})
        for rule in _rules(attribute, condition)
    ]
    return "@supports selector(:has(*)) {\n" + "\n".join(rules) + "\n}\n"


def _rules(attribute: str, condition: tuple[str, tuple[str, ...]]) -> Iterator[str]:
    at, values = condition
    one_of = ", ".join(
        selector
        for value in values
        for selector in (
            f"[name={_text(at)}][value={_text(value)}]:checked",
            f"[name={_text(at)}] option[value={_text(value)}]:checked",
        )
    )
    name = mark({"at": at, "values": values})
    if attribute == "show":
        yield f'.form:not(:has({one_of})) [data-show="{name}"] {{ display: none !important }}'
    else:
        yield f'.form:has({one_of}) [data-verified="{name}"] {{ display: none !important }}'
        yield f'.form:not(:has({one_of})) [data-verified-note="{name}"] {{ display: none !important }}'


def _conditions(schema: Schema) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "x-show-when" in schema:
        yield "show", schema["x-show-when"]
    if "x-verified-when" in schema:
        yield "verified", schema["x-verified-when"]
    for each in schema.get("x-choices", ()):
        if each.get("show_when"):
            yield "show", each["show_when"]
    for part in schema.get("properties", {}).values():
        yield from _conditions(part)
    if "items" in schema:
        yield from _conditions(schema["items"])


def _frozen(condition: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    return condition["at"], tuple(map(written, condition["values"]))


def _text(value: str) -> str:
    """A CSS string, with everything escaped that is not a letter, a digit or one of a few signs."""
    return (
        '"'
        + "".join(
            each if (each.isalnum() and each.isascii()) or each in "/-_." else f"\\{ord(each):x} " for each in value
        )
        + '"'
    )

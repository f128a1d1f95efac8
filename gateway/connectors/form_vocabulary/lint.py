"""What a form should say so that a frontend can draw it and a person can fill it in: the lint of `make check` and of
the conformance kit. `check` refuses what is wrong; this asks for what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.connectors.form_vocabulary.check import member, schemas

_LANGUAGES: Final = ("ar", "fr", "en")
_ARABIC: Final = re.compile(r"[\u0621-\u064A]")
_LATIN: Final = re.compile(r"[A-Za-z\u00C0-\u017F]")
_CONTACT: Final = frozenset({"email", "phone"})
_OF_FIXED_LENGTH: Final = frozenset({"date", "birth-date", "attachment"})
"""The format says how long the text is."""
_EXPLAINED: Final = frozenset({"cnie", "phone", "birth-date"})

DEVELOPERS: Final[Mapping[str, re.Pattern[str]]] = {
    "ar": re.compile(r"`|/v1/|\bid\b|JSON|\(افتراض|null|true|false", re.IGNORECASE),
    "fr": re.compile(r"`|/v1/|\bid\b|\bidentifiant dans\b|JSON|\(supposé|\bnull\b|\btrue\b|\bfalse\b", re.IGNORECASE),
    "en": re.compile(
        r"`|/v1/|\bid\b|JSON|\(assumed|\bnull\b|\btrue\b|\bfalse\b|\ballows to\b|\bdemands?\b|\bact number\b",
        re.IGNORECASE,
    ),
}
"""Words of people who build the service, not of those who use it."""


def texts_of(value: object, at: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every text by language in a table of `services.toml`, with its place."""
    if isinstance(value, Mapping):
        if set(_LANGUAGES) <= value.keys() and all(isinstance(each, str) for each in value.values()):
            yield at, value
        else:
            for name, inner in value.items():
                yield from texts_of(inner, f"{at}.{name}" if at else str(name))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from texts_of(inner, f"{at}.{number}")


def wording(texts: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the words of a text."""
    for language in _LANGUAGES:
        found = DEVELOPERS[language].search(texts[language])
        if found is not None:
            yield f"says {found[0]!r} in {language}, which is a developer's word"
        if texts[language] != " ".join(texts[language].split()):
            yield f"has superfluous spaces in {language}"
    if _LATIN.search(texts["fr"]) and not _ARABIC.search(texts["ar"]):
        yield "is not in Arabic letters in ar"
    if any(_ARABIC.sub("", texts[each]) == "" for each in ("fr", "en")):
        yield "is not in Latin letters in fr or en"


def form(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the form lacks: place, and what to add."""
    for at, each in schemas(schema):
        if at:
            for found in _member(each, at.endswith("/items")):
                yield at, found
        yield from _conditional(schema, at, each)
        for word, texts in texts_of(each_words(each)):
            for found in wording(texts):
                yield f"{at}.{word}", found


def each_words(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The words of our own that this very schema has."""
    return {name: value for name, value in schema.items() if name.startswith("x-")}


def _member(schema: Mapping[str, Any], item: bool) -> Iterator[str]:
    kind, name = schema.get("type"), schema.get("format", "")
    if item and "x-title" not in schema:
        yield "needs an x-title: what one entry of the list is called"
    if kind == "string" and "enum" not in schema and "const" not in schema:
        if "maxLength" not in schema and name not in _OF_FIXED_LENGTH:
            yield "needs a maxLength"
        if not name and "pattern" not in schema and "minLength" not in schema and schema.get("maxLength", 0) > 12:
            yield "needs a minLength"
    if "pattern" in schema:
        if "x-message" not in schema:
            yield "has a pattern and needs an x-message"
        if not (schema["pattern"].startswith("^") and schema["pattern"].endswith("$")):
            yield "has a pattern that must begin with ^ and end with $, as browsers read it"
        if "x-help" not in schema and "x-source" not in schema:
            yield "has a pattern and needs an x-help that says how the value looks"
    if name in _EXPLAINED and "x-help" not in schema:
        yield f"has the format {name} and needs an x-help"
    if name in ("date", "birth-date") and not {"x-earliest", "x-latest"} <= schema.keys():
        yield "is a date and needs x-earliest and x-latest"
    if name == "attachment" and not {"x-media-types", "x-max-bytes"} <= schema.keys():
        yield "is a file and needs x-media-types and x-max-bytes"
    if name == "country" and "x-source" not in schema:
        yield "is a country and needs an x-source"
    if kind in ("integer", "number") and "enum" not in schema and not {"minimum", "maximum"} <= schema.keys():
        yield "is a number and needs minimum and maximum"
    if kind == "array" and "maxItems" not in schema:
        yield "is a list and needs maxItems"
    if "enum" in schema and "x-enum-titles" not in schema:
        yield "is a choice and needs x-enum-titles"
    if "x-prefill" not in schema and ("x-identity" in schema or name in _CONTACT):
        yield "identifies or reaches somebody and needs x-prefill (`none` if nobody can know it)"


def _conditional(form: Mapping[str, Any], at: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A member that is asked for only under a condition says when it is shown."""
    always = set(schema.get("required", ()))
    for word in ("then", "else"):
        branch = schema.get(word)
        for name in branch.get("required", ()) if isinstance(branch, Mapping) else ():
            inner = schema.get("properties", {}).get(name)
            if inner is None or name in always or "x-show-when" in inner:
                continue
            if member(form, f"{at}/{name}") is not None and not inner.get("x-help"):
                yield f"{at}/{name}", "is required under a condition and needs x-show-when, or an x-help that says so"

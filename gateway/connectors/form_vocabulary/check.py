"""What a form in `services.toml` must be to be loaded at all. `lint` asks for more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import jsonschema_rs
import msgspec

from gateway.connectors.form_vocabulary import bounds, patterns
from gateway.connectors.manifest import ManifestError, check_texts

AUTHORED: Final = Path(__file__).with_name("authored.schema.json")
SERVED: Final = Path(__file__).with_name("served.schema.json")
_TEXTS: Final = ("x-title", "x-help", "x-message")


def check_form(form: dict[str, Any], path: Path, key: str) -> None:
    """Raises `ManifestError` naming the place and the rule."""
    wrong = _schema_error(msgspec.json.encode(form))
    if wrong is not None:
        raise ManifestError(path, f"{key}{wrong[0]}", wrong[1])
    if form.get("type") != "object" or "properties" not in form:
        raise ManifestError(path, key, "must be an object with properties")
    for at, schema in objects(form):
        if schema.get("additionalProperties") is not False:
            raise ManifestError(
                path, f"{key}{at}", "needs additionalProperties = false: a misspelt field must not vanish"
            )
        for name, inner in schema["properties"].items():
            if not isinstance(inner, dict) or not isinstance(inner.get("x-title"), dict):
                raise ManifestError(path, f"{key}{at}/{name}", "needs an x-title with ar, fr and en")
    for at, schema in schemas(form):
        for word in _TEXTS:
            if isinstance(schema.get(word), dict):
                check_texts(schema[word], path, f"{key}{at}.{word}")
    error = next(_vocabulary().iter_errors(form), None)
    if error is not None:
        raise ManifestError(path, f"{key}{_place(error.instance_path)}", error.message)
    for at, schema in schemas(form):
        wrong_word = _wrong_word(schema, form)
        if wrong_word is not None:
            raise ManifestError(path, f"{key}{at}.{wrong_word[0]}", wrong_word[1])


def objects(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object schema that lists properties, with its place."""
    return ((at, each) for at, each in schemas(schema) if "properties" in each)


def schemas(schema: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The form and every member, entry of a list and definition in it, with its place. Conditions (`if`, `allOf`) only
    refine: left out."""
    yield at, schema
    for name, inner in schema.get("properties", {}).items():
        if isinstance(inner, Mapping):
            yield from schemas(inner, f"{at}/{name}")
    for name, inner in schema.get("$defs", {}).items():
        yield from schemas(inner, f"{at}/$defs/{name}")
    if isinstance(schema.get("items"), Mapping):
        yield from schemas(schema["items"], f"{at}/items")


def member(form: Mapping[str, Any], pointer: str) -> Mapping[str, Any] | None:
    """The schema of the form's member at `pointer`, without following `$ref`."""
    found: Mapping[str, Any] = form
    for step in pointer.removeprefix("/").split("/"):
        inner = found.get("properties", {}).get(step.replace("~1", "/").replace("~0", "~"))
        if not isinstance(inner, Mapping):
            return None
        found = inner
    return found


def _wrong_word(schema: Mapping[str, Any], form: Mapping[str, Any]) -> tuple[str, str] | None:
    """The word whose value does not fit the rest of the form, and why."""
    conditions = [("x-show-when", schema.get("x-show-when")), ("x-source.when", schema.get("x-source", {}).get("when"))]
    for word, condition in conditions:
        if condition is None:
            continue
        asked = member(form, condition["at"])
        if asked is None:
            return word, f"{condition['at']} is not in the form"
        if "enum" in asked and not set(condition["values"]) <= set(asked["enum"]):
            return word, f"{condition['at']} never has all of these values"
    for name in ("country", "region", "province"):
        pointer = schema.get("x-source", {}).get(name)
        if pointer is not None and member(form, pointer) is None:
            return f"x-source.{name}", f"{pointer} is not in the form"
    titles = schema.get("x-enum-titles")
    if titles is not None and set(titles) != {str(each) for each in schema["enum"]}:
        return "x-enum-titles", "must name each value of enum, and nothing else"
    for word in ("x-earliest", "x-latest"):
        if word not in schema:
            continue
        if schema.get("format") not in ("date", "birth-date"):
            return word, "is for a date"
        try:
            bounds.day(schema[word], date(2024, 2, 29))
        except (ValueError, OverflowError):
            return word, "is no day"
    for word in ("x-media-types", "x-max-bytes"):
        if word in schema and schema.get("format") != "attachment":
            return word, "is for a file"
    if "x-groups" in schema:
        named = [each for group in schema["x-groups"] for each in group["members"]]
        if schema is not form or sorted(named) != sorted(schema["properties"]):
            return "x-groups", "is for the whole form, and names each of its members once"
    return None


def _place(path: list[Any]) -> str:
    """`["properties", "a", "x-title"]` as the other errors name it: `/a.x-title`."""
    return "".join(
        f".{step}" if str(step).startswith("x-") else f"/{step}" for step in path if step not in ("properties", "$defs")
    )


@cache
def _vocabulary() -> Any:
    return jsonschema_rs.validator_for(msgspec.json.decode(AUTHORED.read_bytes()))


def _patterns(schema: object, at: str = "") -> Iterator[tuple[str, str]]:
    """Everything in the schema that is a regular expression, with its place as `jsonschema` names one."""
    if isinstance(schema, dict):
        for name, inner in schema.items():
            if name == "pattern" and isinstance(inner, str):
                yield f"{at}.{name}", inner
            elif name == "patternProperties" and isinstance(inner, dict):
                yield from ((f"{at}.{name}", each) for each in inner)
            yield from _patterns(inner, f"{at}.{name}")
    elif isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from _patterns(inner, f"{at}[{number}]")


def _portable(pattern: str) -> str | None:
    try:
        patterns.check(pattern)
    except patterns.NotPortable as error:
        return str(error)
    return None


@lru_cache(maxsize=256)
def _schema_error(form: bytes) -> tuple[str, str] | None:
    """Where the form is no JSON Schema, and why. The quick library decides, the slow one explains."""
    schema = msgspec.json.decode(form)
    for at, pattern in _patterns(schema):
        if (reason := _portable(pattern)) is not None:
            return at, f"{pattern!r} {reason}"
    if jsonschema_rs.meta.is_valid(schema):
        return None
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        return error.json_path[1:], error.message
    return None

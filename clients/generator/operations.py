"""What the generated methods need to know of each operation of the description."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from clients.generator.names import LEFT_OUT, MEDIA_PARAMETERS, METHODS

_VERBS: Final = ("get", "post", "put", "patch", "delete")
STREAM: Final = "text/event-stream"

_KEPT: Final = (
    *("$ref", "additionalProperties", "allOf", "anyOf", "deprecated", "description", "enum"),
    *("items", "oneOf", "prefixItems", "properties", "required", "type"),
)

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument of a method."""

    name: str
    """As it is sent."""
    schema: Schema
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of a client: an operation, in one of the media types of its answer."""

    resource: str
    name: str
    each: str
    """Name of the method that goes through all pages, or empty."""
    operation: str
    verb: str
    path: str
    summary: str
    media_type: str
    result: Schema
    """Schema of the answer's JSON; of one event for a stream."""
    path_parameters: tuple[Parameter, ...]
    query: tuple[Parameter, ...]
    headers: tuple[Parameter, ...]
    body: str = ""
    """Name of the component that is sent as JSON."""
    members: tuple[Parameter, ...] = ()
    """Members of the body."""
    multipart: bool = False
    keyed: bool = False
    """Takes an `Idempotency-Key`."""
    mandated: bool = False
    """Takes a `Mandate`."""


def read_methods(description: dict[str, Any]) -> list[Method]:
    """One for each name in `METHODS`. Raises `SystemExit` where these and the description do not fit together."""
    found, known = list(_methods(description)), {each.operation for each in _all(description)}
    used = {each.operation for each in found} | set(LEFT_OUT)
    if missing := sorted(known - used):
        raise SystemExit(f"no method for {', '.join(missing)}: name it in clients/generator/names.py")
    if gone := sorted(({key.split()[0] for key in METHODS} | set(LEFT_OUT)) - known):
        raise SystemExit(f"not in the description: {', '.join(gone)}")
    if len(found) != len(METHODS):
        raise SystemExit("a media type in clients/generator/names.py is not in the description")
    return found


@dataclass(frozen=True, slots=True)
class _Operation:
    operation: str
    verb: str
    path: str
    content: dict[str, Any]


def _all(description: dict[str, Any]) -> Iterator[_Operation]:
    for path, item in description["paths"].items():
        for verb in _VERBS:
            if verb in item:
                yield _Operation(item[verb]["operationId"], verb.upper(), path, item[verb])


def _methods(description: dict[str, Any]) -> Iterator[Method]:
    by_id = {each.operation: each for each in _all(description)}
    for key, name in METHODS.items():
        operation, _, media_type = key.partition(" ")
        if operation not in by_id:
            continue
        found = by_id[operation]
        answers = _answers(found.content)
        media_type = media_type or next(iter(answers))
        if media_type in answers:
            yield _method(description, found, media_type, answers[media_type], name)


def _answers(operation: dict[str, Any]) -> dict[str, Schema]:
    """What a successful answer may hold, by media type."""
    return {
        media_type: content.get("schema", {})
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for media_type, content in answer.get("content", {}).items()
    }


def _method(description: dict[str, Any], found: _Operation, media_type: str, result: Schema, name: str) -> Method:
    call, _, each = (part.strip() for part in name.partition("+"))
    resource, _, method = call.partition(".")
    parameters = [_resolved(description, each) for each in found.content.get("parameters", [])]
    sent = {each["name"] for each in parameters}
    body, multipart = "", False
    for content_type, content in found.content.get("requestBody", {}).get("content", {}).items():
        multipart = content_type.startswith("multipart/")
        body = "" if multipart else content["schema"]["$ref"].rpartition("/")[2]
    if media_type == STREAM:
        result = {"$ref": "#/components/schemas/CaseEvent"}
    left = MEDIA_PARAMETERS | ({"limit"} if media_type == STREAM else set())
    return Method(
        resource=resource,
        name=method,
        each=each,
        operation=found.operation,
        verb=found.verb,
        path=found.path,
        summary=found.content["summary"],
        media_type=media_type,
        result=result,
        path_parameters=tuple(_parameter(each) for each in parameters if each["in"] == "path"),
        query=tuple(_parameter(each) for each in parameters if each["in"] == "query" and each["name"] not in left),
        headers=tuple(_parameter(each) for each in parameters if each["name"] in ("If-Match", "Tracking-Proof")),
        body=body,
        members=tuple(_members(description, body)) if body else (),
        multipart=multipart,
        keyed="Idempotency-Key" in sent,
        mandated="Mandate" in sent,
    )


def _resolved(description: dict[str, Any], part: Schema) -> Schema:
    while "$ref" in part:
        found: Any = description
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def _parameter(found: Schema) -> Parameter:
    return Parameter(
        name=found["name"],
        schema=found["schema"],
        required=found.get("required", False),
    )


def _members(description: dict[str, Any], body: str) -> Iterator[Parameter]:
    """The members of a body. Where it may be one of several they are those of the first, with what differs open."""
    schema = description["components"]["schemas"][body]
    branches = [_resolved(description, each) for each in schema.get("oneOf", [])]
    first = branches[0] if branches else schema
    required = first.get("required", [])
    for name, member in sorted(first["properties"].items(), key=lambda each: each[0] not in required):
        differs = any(branch["properties"].get(name) != member for branch in branches)
        kind = _resolved(description, member).get("type")
        yield Parameter(
            name=name,
            schema={"type": kind} if differs else member,
            required=name in required,
        )


def plain_schemas(description: dict[str, Any]) -> dict[str, Any]:
    """A description of the components alone, with nothing in it but what a type can say."""
    schemas = {name: _plain(schema) for name, schema in description["components"]["schemas"].items()}
    return {"openapi": "3.1.0", "info": description["info"], "paths": {}, "components": {"schemas": schemas}}


def _plain(schema: Any) -> Any:
    """Only what a type can say: no limits, patterns or conditions, and no refusal of members yet unknown."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: value for name, value in schema.items() if name in _KEPT}
    for name, value in found.items():
        if name == "properties":
            found[name] = {member: _plain(each) for member, each in value.items()}
        elif name not in ("enum", "required", "type", "description"):
            found[name] = _plain(value)
    if found.get("additionalProperties") is False:
        del found["additionalProperties"]
    return found

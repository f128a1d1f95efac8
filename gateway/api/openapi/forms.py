"""The forms of services, as components that generators make types of.

A service's form is made for frontends: it has texts in three languages and rules between members. Generators get its
shape: each object and each list of choices is a component that is named after its place, whatever its title says:
`WatiqaBirthExtractFormPerson`. Rules between members (`if`, `then`) stay in the form itself, at
`GET /v1/services/{service_id}`.
"""

from __future__ import annotations

from typing import Any, Final

from gateway.api.openapi.schemas import REF, Schema
from gateway.connectors.services import Service

_KEPT: Final = (
    "type",
    "enum",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "default",
    "examples",
)
_ELSEWHERE: Final = "Rules between members are in the form itself: `GET /v1/services/{service_id}`."
_AGREED: Final = "It must be true."
_FILLED: Final = "Verified identity: the gateway fills it in, and what is sent must agree with it."


def case_requests(services: list[Service], base: Schema) -> dict[str, Schema]:
    """`CaseRequest` as one of the requests of all services, each a component with its form. `base`: what they share."""
    found: dict[str, Schema] = {}
    mapping = {}
    for service in services:
        name = _pascal(service.id)
        form = _Form(service, found).add()
        properties = dict(base["properties"])
        properties["service"] = {"type": "string", "enum": [service.id]}
        properties["form"] = form
        title = service.text("title", "en")
        mapping[service.id] = f"{REF}{name}Request"
        found[f"{name}Request"] = {**base, "description": title, "properties": properties}
    found["CaseRequest"] = {
        "description": "What is asked for: `service` decides what `form` has.",
        "oneOf": [{"$ref": each} for each in mapping.values()],
        "discriminator": {"propertyName": "service", "mapping": mapping},
    }
    return found


def examples(services: list[Service]) -> dict[str, Any]:
    """The example of each service that has one."""
    return {
        service.id: {
            "summary": service.text("title", "en"),
            "value": {"service": service.id, "form": service.example},
        }
        for service in services
        if service.example
    }


class _Form:
    """One form, whose parts become components in `into`."""

    def __init__(self, service: Service, into: dict[str, Schema]) -> None:
        self._form = service.localised_form("en")
        self._name = _pascal(service.id) + "Form"
        self._into = into

    def add(self) -> Schema:
        return self._of(self._form, self._name)

    def _of(self, schema: Schema, name: str) -> Schema:
        schema = self._resolved(schema)
        found: Schema = {each: schema[each] for each in _KEPT if each in schema}
        if "const" in schema and not isinstance(schema["const"], bool):
            found["enum"] = [schema["const"]]
        if "enum" in found:
            found.setdefault("type", "string")
            if titles := _titles(schema):
                found["x-enum-descriptions"] = titles
        if schema.get("type") == "array":
            found["items"] = self._of(schema.get("items", {}), name + "Item")
        if "properties" in schema:
            found |= self._object(schema, name)
        text = _text(schema)
        if "properties" in found or "enum" in found:
            return self._component(name, found, text)
        return {"description": text, **found} if text else found

    def _object(self, schema: Schema, name: str) -> Schema:
        properties = {}
        filled = []
        for member, each in schema["properties"].items():
            each = self._resolved(each)
            properties[member] = self._of(each, name + _pascal(member))
            if each.get("readOnly"):
                filled.append(member)
        required = [each for each in schema.get("required", ()) if each not in filled]
        closed = {} if schema.get("additionalProperties", True) else {"additionalProperties": False}
        return {"type": "object", **({"required": required} if required else {}), "properties": properties, **closed}

    def _component(self, name: str, found: Schema, text: str) -> Schema:
        if self._into.setdefault(name, found) is not found:
            raise ValueError(f"two parts of forms are called {name}")
        if text:
            self._into[name] = {"description": text, **found}
        return {"$ref": REF + name}

    def _resolved(self, schema: Schema) -> Schema:
        """A form refers to nothing but its own definitions."""
        while "$ref" in schema:
            target: Any = self._form
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
        return schema


def _text(schema: Schema) -> str:
    parts = [schema.get("title", ""), schema.get("description", "")]
    parts += [_FILLED] if schema.get("readOnly") else []
    parts += [_AGREED] if schema.get("const") is True else []
    parts += [_ELSEWHERE] if "if" in schema or "allOf" in schema else []
    return " ".join(each if each.endswith((".", "?", "!")) else each + "." for each in parts if each)


def _titles(schema: Schema) -> list[str]:
    """The English titles of the choices, in the order of `enum`."""
    shown = {each["value"]: {"en": each["title"]} for each in schema.get("x-choices", ())}
    titles = schema.get("x-enum-titles") or shown
    found = []
    for each in schema.get("enum", [schema.get("const")]):
        title = titles.get(each) if isinstance(titles, dict) else None
        found.append(title.get("en", "") if isinstance(title, dict) else str(title or ""))
    return found if any(found) else []


def _pascal(text: str) -> str:
    """`registry.birth-extract` -> `RegistryBirthExtract`."""
    words = text.replace(".", " ").replace("-", " ").replace("_", " ").split()
    return "".join(each[0].upper() + each[1:] for each in words)

"""Structs of a portal's messages, written from schemas in the manner of JSON Schema: what `connector new --from` makes.

Whoever reads a description (`openapi_models`, `wsdl_models`) makes such schemas of it. It is somebody else's: read
within bounds, and of its texts only names and the words of enumerations reach the module. What a schema can say and a
struct cannot (bounds, patterns, alternatives of objects) is left out. The words of an enumeration are examples: a word
that is new to a connector is its table's matter, and no reason to read nothing of the answer.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MOST_BYTES: Final = 2_000_000
MOST_SCHEMAS: Final = 500
"""Structs of the module, those of nested objects included."""
MOST_MEMBERS: Final = 300
"""Of one object, and words of one enumeration."""
MOST_DEPTH: Final = 24
"""Schemas within each other, references followed."""
MOST_STEPS: Final = 50_000
"""Schemas looked at, each as often as it is referred to."""
JSON_TYPES: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_LONGEST_NAME: Final = 100


class BadDescription(Exception):
    """No models can be made of it; the text says why, and where."""


@dataclass(slots=True)
class ModelWriter:
    """Writes a struct for each schema of an object."""

    schemas: Mapping[str, Any]
    here: str
    """How a `$ref` to one of them begins."""
    types: Mapping[str, str] = field(default_factory=lambda: JSON_TYPES)
    """Words of `type`, and how the module writes them."""
    formats: Mapping[str, str] = field(default_factory=dict)
    """Words of `format` of a text, and how the module writes them. Others are texts."""
    absent: str = "msgspec.UNSET"
    """The value of a member that is not there."""
    texts: dict[str, str] = field(default_factory=dict)
    """By name of a class, its definition."""
    named: dict[str, str] = field(default_factory=dict)
    """Schema of an object -> its class. What is no object is written out where it is referred to."""
    steps: int = 0

    @property
    def _reserved(self) -> frozenset[str]:
        """What annotations of the module mean by these stays so."""
        words = {each.partition(".")[0] for each in (*self.types.values(), *self.formats.values())}
        return frozenset({"Annotated", "Any", "msgspec", "str", "list", "dict", *words})

    def write(self) -> str:
        """The definitions."""
        if len(self.schemas) > MOST_SCHEMAS:
            raise BadDescription(f"it has more than {MOST_SCHEMAS} schemas")
        objects = {name: each for name, each in self.schemas.items() if self._is_object(each, f"{self.here}{name}", 0)}
        if not objects:
            raise BadDescription("no schema of it is an object with properties")
        for name in objects:
            self.named[name] = self._free(_class_name(name))
            self.texts[self.named[name]] = ""
        for name, schema in objects.items():
            self._struct(self.named[name], schema, f"{self.here}{name}", 0)
        return "".join(f"\n\n{each}" for each in self.texts.values())

    def _struct(self, name: str, schema: Any, at: str, depth: int) -> None:
        lines, taken = [], set(self.texts)
        members, required = self._members(schema, at, depth)
        for member, each in members.items():
            attribute = self._attribute(member, taken)
            taken.add(attribute)
            kind = self._type(each, name + _class_name(member), f"{at}/{member}", depth + 1)
            default = "" if member in required else self.absent
            if default and kind.startswith("list[") and self.absent == "None":
                default = "[]"
            elif default:
                kind += f" | {'msgspec.UnsetType' if default == 'msgspec.UNSET' else default}"
            value = f" = {default}" if default else ""
            if attribute != member:
                given = [f"default={default}"] if default and default != "[]" else []
                given += ["default_factory=list"] if default == "[]" else []
                value = f" = msgspec.field({', '.join([*given, f'name={member!r}'])})"
            lines.append(f"    {attribute}: {kind}{value}\n")
        body = "".join(lines) or "    pass\n"
        self.texts[name] = f"class {name}(msgspec.Struct, frozen=True, kw_only=True):\n{body}"

    def _members(self, schema: Any, at: str, depth: int) -> tuple[dict[str, Any], frozenset[str]]:
        """Those of an object, with what `allOf` brings."""
        self._step(depth, at)
        schema = self._followed(schema, at)
        found: dict[str, Any] = {}
        required: set[str] = set()
        for index, part in enumerate(_list(schema, "allOf", at)):
            more, needed = self._members(part, f"{at}/allOf/{index}", depth + 1)
            found |= more
            required |= needed
        properties = schema.get("properties", {})
        if not isinstance(properties, dict):
            raise BadDescription(f"{at}/properties is not an object")
        found |= properties
        required |= {each for each in _list(schema, "required", at) if isinstance(each, str)}
        if len(found) > MOST_MEMBERS:
            raise BadDescription(f"{at} has more than {MOST_MEMBERS} members")
        return found, frozenset(required)

    def _type(self, schema: Any, name: str, at: str, depth: int) -> str:
        """The type of a member, as an annotation. `name` is for an object that has none."""
        self._step(depth, at)
        if schema is True:
            return "Any"
        if isinstance(schema, dict) and "$ref" in schema:
            name_there = self._referred(schema, at)
            if name_there in self.named:
                return self.named[name_there]
            return self._type(self.schemas[name_there], _class_name(name_there), f"{self.here}{name_there}", depth + 1)
        if not isinstance(schema, dict):
            raise BadDescription(f"{at} is no schema")
        kinds = self._kinds(schema, at)
        nullable = "null" in kinds or schema.get("nullable") is True
        kinds = [each for each in kinds if each != "null"]
        words = _list(schema, "enum", at)
        if words and all(isinstance(each, str) for each in words if each is not None):
            kind = self._one_of([each for each in words if each is not None], at)
            nullable = nullable or None in words
        elif self._is_object(schema, at, depth):
            kind = self._free(name)
            self.texts[kind] = ""
            self._struct(kind, schema, at, depth)
        elif len(kinds) != 1:
            kind = self._alternatives(schema, name, at, depth)
        elif kinds[0] == "array":
            kind = f"list[{self._type(schema.get('items', True), f'{name}Item', f'{at}/items', depth + 1)}]"
        elif kinds[0] == "object":
            more = schema.get("additionalProperties", True)
            value = "Any" if isinstance(more, bool) else self._type(more, f"{name}Value", f"{at}/*", depth + 1)
            kind = f"dict[str, {value}]"
        else:
            told = schema.get("format")
            kind = self.formats.get(told, "") if kinds[0] == "string" and isinstance(told, str) else ""
            kind = kind or self.types.get(kinds[0]) or _unknown(kinds[0], at)
        return f"{kind} | None" if nullable and kind != "Any" else kind

    def _alternatives(self, schema: Mapping[str, Any], name: str, at: str, depth: int) -> str:
        """One object that may be null is that; other alternatives are not told apart."""
        for word in ("oneOf", "anyOf", "allOf"):
            parts = _list(schema, word, at)
            real = [each for each in parts if not (isinstance(each, dict) and each.get("type") == "null")]
            if len(real) == 1:
                kind = self._type(real[0], name, f"{at}/{word}", depth + 1)
                return f"{kind} | None" if len(parts) > 1 and kind != "Any" else kind
        return "Any"

    def _kinds(self, schema: Mapping[str, Any], at: str) -> list[str]:
        told = schema.get("type", [])
        kinds = [told] if isinstance(told, str) else told
        if not isinstance(kinds, list) or not all(isinstance(each, str) for each in kinds):
            raise BadDescription(f"{at}/type is neither a word nor a list of words")
        return kinds

    def _one_of(self, words: list[str], at: str) -> str:
        """A text, with these words as examples."""
        if len(words) > MOST_MEMBERS or any(len(each) > _LONGEST_NAME for each in words):
            raise BadDescription(f"{at}/enum has too many words, or too long ones")
        known = ", ".join(map(repr, dict.fromkeys(words)))
        return f"Annotated[str, msgspec.Meta(examples=[{known}])]" if words else "None"

    def _is_object(self, schema: Any, at: str, depth: int) -> bool:
        self._step(depth, at)
        if not isinstance(schema, dict) or "$ref" in schema:
            return False
        if "properties" in schema:
            return True
        parts = _list(schema, "allOf", at)
        return len(parts) > 1 and any(
            self._is_object(self._followed(each, at), at, depth + 1) for each in parts if isinstance(each, dict)
        )

    def _followed(self, schema: Any, at: str) -> Mapping[str, Any]:
        """What the schema refers to in the end."""
        seen: list[str] = []
        while isinstance(schema, dict) and "$ref" in schema:
            name = self._referred(schema, at)
            if name in seen:
                raise BadDescription(f"{at}: $ref goes in a circle: {' -> '.join([*seen, name])}")
            seen.append(name)
            schema = self.schemas[name]
        if not isinstance(schema, dict):
            raise BadDescription(f"{at} is no schema")
        return schema

    def _referred(self, schema: Mapping[str, Any], at: str) -> str:
        told = schema["$ref"]
        if not isinstance(told, str) or not told.startswith(self.here):
            raise BadDescription(f"{at}: $ref must be to {self.here}..., nothing else is followed")
        name = told.removeprefix(self.here)
        if name not in self.schemas:
            raise BadDescription(f"{at}: $ref to {name!r}, which is not there")
        return name

    def _step(self, depth: int, at: str) -> None:
        self.steps += 1
        if depth > MOST_DEPTH:
            raise BadDescription(f"{at[:200]} is deeper than {MOST_DEPTH} schemas, or refers to itself")
        if self.steps > MOST_STEPS:
            raise BadDescription(f"it takes more than {MOST_STEPS:,} steps to read: its parts refer to each other")

    def _attribute(self, member: str, taken: set[str]) -> str:
        if len(member) > _LONGEST_NAME:
            raise BadDescription(f"a member's name has more than {_LONGEST_NAME} characters: {member[:40]!r}...")
        plain = re.sub(r"[^A-Za-z0-9_]", "_", member).strip("_") or "member"
        if not plain[0].isalpha():
            plain = f"member_{plain}"
        if keyword.iskeyword(plain) or keyword.issoftkeyword(plain) or plain in self._reserved:
            plain += "_"
        return next(each for each in _numbered(plain) if each not in taken)

    def _free(self, name: str) -> str:
        if len(self.texts) >= MOST_SCHEMAS:
            raise BadDescription(f"it has more than {MOST_SCHEMAS} objects")
        return next(each for each in _numbered(name) if each not in self.texts and each not in self._reserved)


def _list(schema: Mapping[str, Any], name: str, at: str) -> list[Any]:
    found = schema.get(name, [])
    if not isinstance(found, list):
        raise BadDescription(f"{at}/{name} is not a list")
    return found


def _unknown(kind: str, at: str) -> str:
    raise BadDescription(f"{at}/type is {kind[:40]!r}, which JSON Schema does not know")


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(2, 10_000):
        yield f"{name}{number}"


def _class_name(name: str) -> str:
    """ASCII letters and digits, words joined: `pre-demande` is `PreDemande`."""
    if len(name) > _LONGEST_NAME:
        raise BadDescription(f"a name has more than {_LONGEST_NAME} characters: {name[:40]!r}...")
    parts = [each for each in re.split(r"[^A-Za-z0-9]+", name) if each]
    joined = "".join(each[0].upper() + each[1:] for each in parts)
    return joined if joined[:1].isalpha() else f"Schema{joined}"

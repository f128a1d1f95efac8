"""Say what a new description of the API breaks for clients of an older one: `api_changes.py OLD.json NEW.json`.

What is sent may get wider, what is answered may get narrower, and nothing that has a name may lose it: paths,
operation ids, parameters, members, components and values of enumerations are names in generated clients. New members
and new values of an enumeration in an answer break nothing: clients leave alone what they do not know, as the
description says.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

METHODS: Final = ("get", "put", "post", "delete", "patch")
LOWEST: Final = ("minLength", "minItems", "minimum", "exclusiveMinimum")
HIGHEST: Final = ("maxLength", "maxItems", "maximum", "exclusiveMaximum")
EXACT: Final = ("pattern", "format", "multipleOf")

Schema = dict[str, Any]


class Comparison:
    """Two descriptions, and the pairs of components that were compared already."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, str, bool]] = set()

    def breaking(self) -> list[str]:
        """One line for each change that breaks a client."""
        return list(dict.fromkeys([*self._operations(), *self._components()]))

    def _components(self) -> Iterator[str]:
        old, new = (each.get("components", {}).get("schemas", {}) for each in (self._old, self._new))
        yield from (f"component {name}: is gone" for name in old if name not in new)

    def _operations(self) -> Iterator[str]:
        new = {_address(path): item for path, item in self._new["paths"].items()}
        for path, item in self._old["paths"].items():
            for method in (each for each in METHODS if each in item):
                label = f"{method.upper()} {path}"
                following = new.get(_address(path), {}).get(method)
                if following is None:
                    yield f"{label}: is gone"
                else:
                    yield from self._operation(label, item[method], following)

    def _operation(self, label: str, old: Schema, new: Schema) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):
            yield f"{label}: its operationId was {old.get('operationId')}"
        if not _scopes(old) <= _scopes(new) and _scopes(new):
            yield f"{label}: takes other scopes than {', '.join(sorted(_scopes(old))) or 'none'}"
        yield from self._parameters(label, old, new)
        before, after = (each.get("requestBody", {}) for each in (old, new))
        if after.get("required") and not before:
            yield f"{label}: needs a body"
        yield from self._contents(f"{label} body", before, after, sent=True)
        for status in [each for each in old["responses"] if each.startswith("2")]:
            place = f"{label} {status}"
            if status not in new["responses"]:
                yield f"{place}: is gone"
                continue
            before = _resolved(self._old, old["responses"][status])
            after = _resolved(self._new, new["responses"][status])
            yield from (
                f"{place}: has no header {name} any more"
                for name in before.get("headers", {})
                if name not in after.get("headers", {})
            )
            yield from self._contents(place, before, after, sent=False)

    def _parameters(self, label: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = self._named(self._old, old), self._named(self._new, new)
        for key, parameter in before.items():
            place = f"{label} {parameter['in']} {parameter['name']}"
            if key not in after:
                yield f"{place}: is gone"
                continue
            if after[key].get("required") and not parameter.get("required"):
                yield f"{place}: is required"
            yield from self._schema(place, parameter.get("schema", {}), after[key].get("schema", {}), sent=True)
        for key, parameter in after.items():
            if key not in before and parameter.get("required"):
                yield f"{label} {parameter['in']} {parameter['name']}: is new, and required"

    def _named(self, document: Schema, operation: Schema) -> dict[tuple[str, str], Schema]:
        found = [_resolved(document, each) for each in operation.get("parameters", ())]
        path = [each for each in found if each["in"] == "path"]  # by their places: their names are ours alone
        return {
            (each["in"], str(path.index(each)) if each["in"] == "path" else each["name"].lower()): each
            for each in found
        }

    def _contents(self, place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        for media_type, content in old.get("content", {}).items():
            if media_type not in new.get("content", {}):
                yield f"{place}: is not {media_type} any more"
            else:
                schemas = (each.get("schema", {}) for each in (content, new["content"][media_type]))
                yield from self._schema(place, *schemas, sent=sent)

    def _schema(self, place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        names = (old.get("$ref", ""), new.get("$ref", ""))
        if all(names):
            if (*names, sent) in self._seen:
                return
            self._seen.add((*names, sent))
            place = names[0].rpartition("/")[2] + (" sent" if sent else " answered")
        old, new = _merged(self._old, old), _merged(self._new, new)
        yield from self._types(place, old, new, sent=sent)
        yield from _limits(place, old, new, sent=sent)
        yield from self._members(place, old, new, sent=sent)
        yield from self._alternatives(place, old, new, sent=sent)
        if "items" in old and "items" in new:
            yield from self._schema(f"{place}[]", old["items"], new["items"], sent=sent)

    def _types(self, place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        before, after = _types_of(old), _types_of(new)
        narrow, wide = (before, after) if sent else (after, before)
        if "integer" in narrow and "number" in wide:
            narrow = narrow - {"integer"}
        if before and after and not narrow <= wide:
            yield f"{place}: is {_listed(after)}, and was {_listed(before)}"

    def _members(self, place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        if not before and not after:
            return
        for name, schema in before.items():
            if name not in after:
                if not sent or new.get("additionalProperties") is False:
                    yield f"{place}.{name}: is gone"
                continue
            yield from self._schema(f"{place}.{name}", schema, after[name], sent=sent)
        had, has = set(old.get("required", ())), set(new.get("required", ()))
        if sent:
            yield from (f"{place}.{name}: is required" for name in sorted(has - had))
        else:
            yield from (f"{place}.{name}: may be left out" for name in sorted((had - has) & set(after)))
        if sent and new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
            yield f"{place}: takes no other members any more"

    def _alternatives(self, place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        before, after = _mapping(old), _mapping(new)
        for value, name in before.items():
            if value in after:
                yield from self._schema(f"{place} {value}", {"$ref": name}, {"$ref": after[value]}, sent=sent)
            elif after and sent:
                yield f"{place}: takes no {value} any more"


def _limits(place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
    had, has = old.get("enum"), new.get("enum")
    if sent and has is not None:
        gone = set(had or ()) - set(has)
        yield from (f"{place}: does not take {each!r} any more" for each in sorted(gone, key=str))
        if had is None:
            yield f"{place}: takes no other values than {_listed(has)}"
    if not sent:
        if had is not None and has is None and "const" not in new:
            yield f"{place}: has no enumeration of its values any more"
        return
    for keyword in (*LOWEST, *HIGHEST):
        before, after = old.get(keyword), new.get(keyword)
        tighter = before is None or (after is not None and (after > before) == (keyword in LOWEST))
        if after is not None and after != before and tighter:
            yield f"{place}: {keyword} is {after}, and was {before}"
    for keyword in EXACT:
        if keyword in new and new[keyword] != old.get(keyword):
            yield f"{place}: {keyword} is {new[keyword]}, and was {old.get(keyword)}"


def _resolved(document: Schema, found: Schema) -> Schema:
    while "$ref" in found:
        target: Any = document
        for step in found["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        found = target
    return found


def _merged(document: Schema, found: Schema) -> Schema:
    """What a schema refers to; one that may be null beside something else, as one schema."""
    schema = _resolved(document, found)
    for keyword in ("anyOf", "oneOf"):
        others = [each for each in schema.get(keyword, ()) if each != {"type": "null"}]
        if len(others) == 1 and len(schema[keyword]) == 2:
            return {**_resolved(document, others[0]), "x-null": True}
    return schema


def _types_of(schema: Schema) -> set[str]:
    named = schema.get("type", ())
    found = {named} if isinstance(named, str) else set(named)
    return found | ({"null"} if schema.get("x-null") and found else set())


def _mapping(schema: Schema) -> dict[str, str]:
    found: dict[str, str] = schema.get("discriminator", {}).get("mapping", {})
    return found


def _scopes(operation: Schema) -> set[str]:
    return {scope for each in operation.get("security", ()) for scopes in each.values() for scope in scopes}


def _address(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def _listed(values: Any) -> str:
    return ", ".join(sorted(map(str, values)))


def announced(old: str, new: str) -> bool:
    """Whether a version may break what an older one promised (Semantic Versioning): by its major number, and before
    1.0.0 by its minor one."""
    before, after = ([int(each) for each in re.findall(r"\d+", version)[:3]] for version in (old, new))
    return after[0] > before[0] or (after[0] == before[0] == 0 and after[1] > before[1])


def main() -> int:
    old, new = (json.loads(Path(each).read_text(encoding="utf-8")) for each in sys.argv[1:3])
    found = Comparison(old, new).breaking()
    print("\n".join(found), end="\n" if found else "")
    return bool(found) and not announced(old["info"]["version"], new["info"]["version"])


if __name__ == "__main__":
    sys.exit(main())

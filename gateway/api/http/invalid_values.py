"""What does not fit a route's signature, as field errors that name what would fit.

The framework's words are taken apart and not passed on, because they may quote the value. A parameter of the query has
no place in the body and is named like `/?limit`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from litestar.handlers.base import BaseRouteHandler
from litestar.typing import FieldDefinition
from msgspec import inspect

from gateway.api.http.field_error import FieldError

_MISSING: Final = re.compile(r"missing required field `([^`]{1,100})`")
_EXTRA: Final = re.compile(r"contains unknown field `([^`]{1,100})`")
_BOUND: Final = re.compile(r"Expected `(\w+)` (of length )?(<=|>=) (\d{1,18})")
_STEP: Final = re.compile(r"[^.\[\]]+|\[")
_CODES: Final = {
    ("number", "<="): "maximum",
    ("number", ">="): "minimum",
    ("str", "<="): "maxLength",
    ("str", ">="): "minLength",
    ("array", "<="): "maxItems",
    ("array", ">="): "minItems",
    ("object", "<="): "maxProperties",
    ("object", ">="): "minProperties",
}


def field_errors(
    extra: object, handler: BaseRouteHandler | None, translate: Callable[..., str] | None = None
) -> list[FieldError]:
    """`extra`: of the framework's exception, one entry for each thing that is wrong. `translate`: into the caller's
    language, where a code has texts for several kinds of value."""
    found = []
    parameters = dict(_parameters(handler)) if handler is not None else {}
    for each in extra if isinstance(extra, list) else []:
        message, key = str(each.get("message", "")), str(each.get("key", ""))
        if each.get("source") in (None, "body"):
            place = "/" + key.replace("~", "~0").replace("/", "~1").replace(".", "/") if key not in ("", "data") else ""
            kind = parameters.get("data")
            found.append(_error(place, message, _allowed(kind, key) if kind else [], translate))
        else:
            kind = parameters.get(key)
            found.append(_error(f"/?{_alias(kind) or key}", message, _allowed(kind, "") if kind else [], translate))
    return found


def _error(place: str, message: str, allowed: list[str], translate: Callable[..., str] | None) -> FieldError:
    if match := _MISSING.search(message):
        return FieldError(f"{place}/{match[1]}", "required")
    if match := _EXTRA.search(message):
        return FieldError(f"{place}/{match[1]}", "additionalProperties")
    if match := _BOUND.search(message):
        kind = match[1] if match[2] else "number"
        return FieldError(place, _CODES.get((kind, match[3]), "invalid"), limit=int(match[4]))
    if allowed:
        return FieldError(place, "enum", allowed=allowed)
    if "RFC3339 encoded date" in message and "datetime" not in message:
        return FieldError(place, "format", translate("form.format.date") if translate else "")
    return FieldError(place, "type" if ", got `" in message else "invalid")


def _parameters(handler: BaseRouteHandler) -> Iterator[tuple[str, FieldDefinition]]:
    """Of the route and of what it depends on, by the name in Python, which is what the framework gives."""
    for provider in handler.resolve_dependencies().values():
        yield from provider.parsed_fn_signature.parameters.items()
    yield from handler.parsed_fn_signature.parameters.items()


def _alias(kind: FieldDefinition | None) -> str:
    return str(getattr(kind.kwarg_definition, "name", None) or "") if kind is not None else ""


def _allowed(kind: FieldDefinition, path: str) -> list[str]:
    """The values that are possible at `path` (`contact.kinds[1]`) of this type; empty if they cannot be listed."""
    try:
        types = [inspect.type_info(kind.annotation)]
    except (TypeError, NotImplementedError):  # a type of the framework
        return []
    for step in _STEP.findall(path):
        types = [inner for each in types for inner in _inside(each, step)]
    return [str(value) for each in types for value in _values(each)]


def _inside(kind: inspect.Type, step: str) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _inside(each, step)
    elif isinstance(kind, inspect.Metadata):
        yield from _inside(kind.type, step)
    elif isinstance(kind, inspect.StructType):
        yield from (field.type for field in kind.fields if field.encode_name == step)
    elif isinstance(kind, inspect.ListType) and step == "[":
        yield kind.item_type


def _values(kind: inspect.Type) -> list[Any]:
    if isinstance(kind, inspect.UnionType):
        return [value for each in kind.types for value in _values(each)]
    if isinstance(kind, inspect.Metadata):
        return _values(kind.type)
    if isinstance(kind, inspect.ListType):  # a parameter that may come several times
        return _values(kind.item_type)
    if isinstance(kind, inspect.EnumType):
        return [each.value for each in kind.cls]
    return list(kind.values) if isinstance(kind, inspect.LiteralType) else []

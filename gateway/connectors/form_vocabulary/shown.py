"""A form in one language, as a frontend draws it (`served.schema.json`): texts picked, choices, order and parts written
out, patterns for what people type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.connectors.form_vocabulary import formats, patterns
from gateway.i18n.messages import translate

NOWHERE: Final = "none"
_TEXTS: Final = {"x-title": "title", "x-help": "description", "x-message": "x-message"}
_LISTS: Final[Mapping[str, tuple[str, str, str]]] = {
    # list -> address, member that is the value, member that people read
    "posts": ("/v1/posts", "id", "name"),
    "countries": ("/v1/countries", "code", "name"),
    "cases": ("/v1/cases", "id", "service_title"),
    "provinces": ("/v1/provinces", "value", "name"),
    "communes": ("/v1/communes", "value", "name"),
}
_FILTERS: Final = ("country", "region", "province")


class Shown:
    """One form, in one language. `booked_for`: the service by which its posts are listed; empty for all posts."""

    def __init__(self, form: Mapping[str, Any], language: str, default: str, *, booked_for: str = "") -> None:
        self._form = form
        self._booked_for = booked_for
        self._languages = (language, default, "fr")
        self._language = language

    def form(self) -> dict[str, Any]:
        shown: dict[str, Any] = self._schema(self._form)
        shown["x-groups"] = self._groups()
        return shown

    def _schema(self, schema: Any) -> Any:
        if isinstance(schema, list):
            return [self._schema(each) for each in schema]
        if not isinstance(schema, Mapping):
            return schema
        shown: dict[str, Any] = {}
        for name, value in schema.items():
            if name in _TEXTS and isinstance(value, Mapping):
                shown[_TEXTS[name]] = self._text(value)
            elif name in ("properties", "$defs", "patternProperties"):
                shown[name] = {key: self._schema(inner) for key, inner in value.items()}
            elif name == "x-prefill":
                shown[name] = [] if value == NOWHERE else value.split("|")
            elif name == "x-source":
                shown[name] = self._source(value)
            elif name in ("x-enum-titles", "x-groups"):
                continue
            else:
                shown[name] = value if name in ("enum", "const", "default") else self._schema(value)
        if "properties" in schema and schema.get("type") == "object":
            shown["x-order"] = list(schema["properties"])
            self._narrow(schema, shown["properties"])
        if "x-enum-titles" in schema:
            shown["x-choices"] = self._choices(schema)
        self._typed(schema, shown)
        return shown

    def _text(self, texts: Mapping[str, str]) -> str:
        return next((texts[each] for each in self._languages if texts.get(each)), "")

    def _choices(self, schema: Mapping[str, Any]) -> list[dict[str, Any]]:
        titles = schema["x-enum-titles"]
        return [
            {"value": value, "title": self._text(titles.get(str(value), {})) or str(value)}
            for value in schema.get("enum", ())
        ]

    def _narrow(self, schema: Mapping[str, Any], shown: dict[str, Any]) -> None:
        """What a choice leaves of another one, from the conditions `if one has this value, then the other is one of`:
        each choice says under which values it is offered."""
        at = _pointer_to(self._form, schema)
        offered: dict[tuple[str, str], dict[Any, list[Any]]] = {}
        for rule in schema.get("allOf", ()):
            for member, value in _constants(rule.get("if")):
                for other, inner in rule.get("then", {}).get("properties", {}).items():
                    for each in inner.get("enum", ()):
                        offered.setdefault((member, other), {}).setdefault(each, []).append(value)
        for (member, other), values in offered.items():
            for choice in shown.get(other, {}).get("x-choices", ()):
                if at is not None and choice["value"] in values and "show_when" not in choice:
                    choice["show_when"] = {"at": f"{at}/{member}", "values": values[choice["value"]]}

    def _source(self, source: Mapping[str, Any]) -> dict[str, Any]:
        url, value, title = _LISTS[source["list"]]
        if source["list"] == "posts" and self._booked_for:
            url += f"?service={self._booked_for}"
        shown: dict[str, Any] = {
            "list": source["list"],
            "url": url,
            "value": source.get("value", value),
            "title": title,
            "open": source.get("open", False),
        }
        narrowed = {name: source[name] for name in _FILTERS if name in source}
        if narrowed:
            shown["filter"] = narrowed
        if "when" in source:
            shown["when"] = source["when"]
        return shown

    def _typed(self, schema: Mapping[str, Any], shown: dict[str, Any]) -> None:
        """The pattern for what people type, before the gateway cleans it, and what they are told when it does not
        fit."""
        name = schema.get("format", "")
        if not isinstance(name, str):
            return
        if "pattern" in schema:
            shown["pattern"] = patterns.as_typed(schema["pattern"], name)
            shown.setdefault("x-message", translate("form.pattern", self._language))
        elif name in formats.PATTERNS:
            shown["pattern"] = formats.PATTERNS[name]
        if name in formats.PATTERNS:
            shown.setdefault("x-message", translate(f"form.format.{name}", self._language))

    def _groups(self) -> list[dict[str, Any]]:
        if "x-groups" in self._form:
            return [
                {"title": self._text(each["title"]), "members": list(each["members"])}
                for each in self._form["x-groups"]
            ]
        loose: list[str] = []
        parts: list[dict[str, Any]] = []
        for name, inner in self._form["properties"].items():
            if inner.get("type") in ("object", "array") and "x-title" in inner:
                parts.append({"title": self._text(inner["x-title"]), "members": [name]})
            else:
                loose.append(name)
        first = {"title": translate("group.request", self._language), "members": loose}
        return [first, *parts] if loose else parts


def _constants(condition: Any) -> list[tuple[str, Any]]:
    """Of `{"properties": {"a": {"const": 1}}}`: [("a", 1)]."""
    properties = condition.get("properties", {}) if isinstance(condition, Mapping) else {}
    return [(name, inner["const"]) for name, inner in properties.items() if "const" in inner]


def _pointer_to(root: Mapping[str, Any], wanted: Mapping[str, Any], at: str = "") -> str | None:
    """Where in the form the object is that this very schema describes; None if it is not reached by `properties`."""
    if root is wanted:
        return at
    for name, inner in root.get("properties", {}).items():
        found = _pointer_to(inner, wanted, f"{at}/{name}")
        if found is not None:
            return found
    return None

"""Choices that come from a list of the API: posts, countries, provinces and communes, the person's own cases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from window.api import Api, ApiAway, ApiProblem
from window.forms.fields import Choice
from window.forms.pointers import Schema, holds, schema_at, value_at

_PAGES: Final = 20
_KEPT_SECONDS: Final = 600.0
_MOST_KEPT: Final = 500
_SAME_FOR_ALL: Final = ("countries", "provinces", "communes", "posts")
_AWAY: Final = 500
_TOO_MANY_WITHOUT: Final = ("communes",)
"""Lists that are only asked for once the fields that narrow them down are filled in."""


@dataclass(frozen=True, slots=True)
class Choices:
    listed: Mapping[str, list[Choice]]
    """By pointer."""
    missing: Set[str]
    """Members whose list cannot be had now."""


class Sources:
    """Lists that are the same for everybody are kept for some minutes, a language each, and longer while they cannot be
    had anew."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], tuple[float, list[dict[str, Any]]]] = {}

    async def choices(self, api: Api, service: str, schema: Schema, form: Any) -> Choices:
        """Of all members with a source, as the form is filled in now. A portal that is away takes its lists with it and
        not the form."""
        wanted = list(_sourced(schema, "", form))
        lists = await asyncio.gather(*(self._or_none(api, service, part, form, schema) for _, part in wanted))
        found = {pointer: choices for (pointer, _), choices in zip(wanted, lists, strict=True)}
        listed = {pointer: choices for pointer, choices in found.items() if choices is not None}
        return Choices(listed, found.keys() - listed.keys())

    async def _or_none(self, api: Api, service: str, part: Schema, form: Any, schema: Schema) -> list[Choice] | None:
        try:
            return await self._of(api, service, part, form, schema)
        except ApiAway:
            return None
        except ApiProblem as problem:
            if problem.status < _AWAY:
                raise
            return None

    async def _of(self, api: Api, service: str, part: Schema, form: Any, schema: Schema) -> list[Choice]:
        source = part["x-source"]
        if source.get("when") and not holds(source["when"], form):
            return []
        narrowed = {
            name: await self._value(api, service, pointer, form, schema)
            for name, pointer in source.get("filter", {}).items()
        }
        if source["list"] in _TOO_MANY_WITHOUT and not all(narrowed.values()):
            return []
        entries = await self._entries(api, service, source, narrowed)
        kept = [
            each for each in entries if all(not value or each.get(name) == value for name, value in narrowed.items())
        ]
        choices = {str(each[source["value"]]): _title(each, source) for each in kept if each.get(source["value"])}
        return [Choice(value, title) for value, title in sorted(choices.items(), key=lambda each: each[1])]

    async def _value(self, api: Api, service: str, pointer: str, form: Any, schema: Schema) -> Any:
        """Of the member there; the title of a choice counts for its value, where she may type what she likes."""
        value, part = value_at(form, pointer), schema_at(schema, pointer) or {}
        if not isinstance(value, str) or not value or not part.get("x-source", {}).get("open"):
            return value
        called = await self._of(api, service, part, form, schema)
        return next((each.value for each in called if value.strip() in (each.value, each.title)), value)

    async def post_names(self, api: Api, hidden: Collection[str] = ()) -> dict[str, str]:
        """What posts are called, by id. One that cannot be asked for now has none, nor has an id of two posts; those of
        `hidden` portals do not count."""
        called: dict[str, set[str]] = {}
        try:
            for each in await self._entries(api, "", {"list": "posts", "url": "/v1/posts"}, {}):
                if each["portal"] not in hidden:
                    called.setdefault(each["id"], set()).add(each["name"])
        except (ApiAway, ApiProblem):
            return {}
        return {post: names.pop() for post, names in called.items() if len(names) == 1}

    async def _entries(
        self, api: Api, service: str, source: Mapping[str, Any], narrowed: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        asked = {name: value for name, value in narrowed.items() if name in ("region", "province") and value}
        key = (api.language, source["url"], service if source["list"] == "posts" else "", *sorted(asked.items()))
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[0] < _KEPT_SECONDS:
            return kept[1]
        try:
            entries = await _entries(api, service, source, asked)
        except (ApiAway, ApiProblem):
            if kept is None:
                raise
            return kept[1]
        if source["list"] in _SAME_FOR_ALL:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (time.monotonic(), entries)
        return entries


async def _entries(api: Api, service: str, source: Mapping[str, Any], asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    if source["list"] != "posts":
        return await _all(api, source["url"], asked)
    try:
        return await _all(api, source["url"], {"service": service})
    except ApiProblem:
        return await _all(api, source["url"], {})  # the service gives no appointments


async def _all(api: Api, url: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(_PAGES):
        page = await api.get(url, **params, **({"cursor": cursor} if cursor else {}))
        found += page["data"]
        cursor = page.get("next_cursor") or ""
        if not cursor:
            break
    return found


def _title(entry: Mapping[str, Any], source: Mapping[str, Any]) -> str:
    return str(entry.get(source.get("title", "name")) or entry[source["value"]])


def _sourced(schema: Schema, at: str, form: Any) -> Iterator[tuple[str, Schema]]:
    if "x-source" in schema and not schema.get("readOnly"):
        yield at, schema
    for name, part in schema.get("properties", {}).items():
        yield from _sourced(part, f"{at}/{name}", form)
    if "items" in schema:
        given = value_at(form, at)
        for place in range(max(len(given) if isinstance(given, list) else 0, schema.get("minItems", 0))):
            yield from _sourced(schema["items"], f"{at}/{place}", form)

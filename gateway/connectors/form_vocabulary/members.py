"""Members written once and used by name: `x-use = "cnie"`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

USE: Final = "x-use"
OWN: Final = "members"
"""The table of a `services.toml` that holds members for its own forms; no service can have this name."""
STANDARD: Final = Path(__file__).with_name("members.toml")


class UnknownMember(ValueError):
    """`x-use` names no member, or one that uses itself."""


@cache
def standard_members() -> Mapping[str, Any]:
    """The members that every form may use, by name."""
    return tomllib.loads(STANDARD.read_text(encoding="utf-8"))


def expanded(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of a `services.toml` with every `x-use` replaced, without the table of members.

    What stands beside `x-use` replaces the member's own key; of `properties` each one that of its name. Raises
    `UnknownMember`.
    """
    own = tables.get(OWN, {})
    if not isinstance(own, dict):
        raise UnknownMember(f"{OWN} must be a table of members")
    known = {**standard_members(), **own}
    return {name: _expanded(table, known, ()) for name, table in tables.items() if name != OWN}


def _expanded(value: Any, known: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_expanded(each, known, inside) for each in value]
    if not isinstance(value, dict):
        return value
    name = value.get(USE)
    if name is None:
        return {key: _expanded(inner, known, inside) for key, inner in value.items()}
    if not isinstance(name, str) or not isinstance(known.get(name), dict):
        raise UnknownMember(f"{USE} = {name!r} names no member")
    if name in inside:
        raise UnknownMember(f"the member {name!r} uses itself")
    found = _expanded(known[name], known, (*inside, name))
    beside = {key: _expanded(inner, known, inside) for key, inner in value.items() if key != USE}
    if isinstance(beside.get("properties"), dict) and isinstance(found.get("properties"), dict):
        beside["properties"] = {**found["properties"], **beside["properties"]}
    return {**found, **beside}

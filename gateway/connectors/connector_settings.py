"""The settings that a connector declares by its class: what they are, and whether what an operator gave fits them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec

from gateway.connectors.contract import Connector, ConnectorSettings, settings_class
from gateway.connectors.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    name: str
    type: str
    """In words: `whole number, 30 to 2700`."""
    default: str
    """As it is written in `[portals.<id>.options]`."""
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A line for an operator: what can be set for a plugin, secrets among it."""

    name: str
    type: str
    default: str
    about: str
    secret: bool


class Unfit(ValueError):
    """A setting that the connector does not have, or not of its type. The text names it, and never its value."""


def declared(connector: type[Connector]) -> tuple[Setting, ...]:
    """In the order of the class."""
    kind = settings_class(connector)
    return () if kind is None else tuple(_setting(each) for each in _fields(kind))


def defaults(connector: type[Connector]) -> dict[str, str]:
    return {each.name: each.default for each in declared(connector)}


def listed(connector: type[Connector], manifest: Manifest) -> list[Listed]:
    """All that `[portals.<id>]` takes for this plugin alone: `options`, then `secrets`, which have no default."""
    own = [
        Listed(name=f"options.{each.name}", type=each.type, default=each.default, about=each.about, secret=False)
        for each in declared(connector)
    ]
    plain = [
        Listed(name=f"options.{name}", type="text", default=default, about="", secret=False)
        for name, default in manifest.options.items()
    ]
    secrets = [
        Listed(name=f"secrets.{name}", type="reference", default="", about="", secret=True) for name in manifest.secrets
    ]
    return [*own, *plain, *secrets]


def check_settings(connector: type[Connector], manifest: Mapping[str, str], given: Mapping[str, str]) -> None:
    """`manifest` are the plugin's options with their defaults, `given` those of the operator. A connector that declares
    no settings takes any. Raises `Unfit`."""
    kind = settings_class(connector)
    if kind is None:
        return
    own = {each.name: each for each in declared(connector)}
    for name in given:
        if name not in own and name not in manifest:
            raise Unfit(f"options.{name}: there is no such setting; there are {', '.join([*own, *manifest]) or 'none'}")
    for name in own.keys() & given.keys():
        if not _fits(kind, name, given[name]):
            raise Unfit(f"options.{name}: must be: {own[name].type}")


def settings_violations(connector: type[Connector], manifest: Manifest) -> Iterator[str]:
    """One sentence for each thing that is wrong with the declaration."""
    try:
        kind = settings_class(connector)
    except Exception as error:
        yield f"{connector.__name__}.settings: its annotation cannot be read: {type(error).__name__}: {error}"
        return
    if kind is None:
        return
    for field in _fields(kind):
        where = f"{connector.__name__}.settings.{field.name}"
        if _words(field.type) is None:
            yield f"{where} must be a text, a number, true or false, or one of several words"
        elif field.default is msgspec.NODEFAULT:
            yield f"{where} has no default"
        elif not _about(field.type):
            yield f"{where} has no description: Annotated[..., msgspec.Meta(description=...)]"
        elif not _fits(kind, field.name, _setting(field).default):
            yield f"{where} has a default that is not of its type"
        elif field.name in manifest.options or field.name in manifest.secrets:
            yield f"{where} stands among the manifest's `options` or `secrets` too"


def _fits(kind: type[ConnectorSettings], name: str, value: str) -> bool:
    try:
        msgspec.convert(value, get_type_hints(kind, include_extras=True)[name], strict=False)
    except msgspec.ValidationError:
        return False
    return True


def _fields(kind: type[ConnectorSettings]) -> tuple[msgspec.inspect.Field, ...]:
    about = msgspec.inspect.type_info(kind)
    assert isinstance(about, msgspec.inspect.StructType)
    return about.fields


def _setting(field: msgspec.inspect.Field) -> Setting:
    default = field.default
    text = str(default).lower() if isinstance(default, bool) else str(default)
    return Setting(name=field.name, type=_words(field.type) or "", default=text, about=_about(field.type))


def _about(kind: msgspec.inspect.Type) -> str:
    if isinstance(kind, msgspec.inspect.Metadata):
        return str((kind.extra_json_schema or {}).get("description", ""))
    return ""


def _words(kind: Any) -> str | None:
    """The type in words; None for one that a setting cannot have."""
    inspect = msgspec.inspect
    if isinstance(kind, inspect.Metadata):
        kind = kind.type
    if isinstance(kind, inspect.BoolType):
        return "true or false"
    if isinstance(kind, inspect.IntType):
        return "whole number" + _range(kind)
    if isinstance(kind, inspect.FloatType):
        return "number" + _range(kind)
    if isinstance(kind, inspect.LiteralType) and all(isinstance(each, str) for each in kind.values):
        return "one of " + ", ".join(sorted(map(str, kind.values)))
    if isinstance(kind, inspect.StrType):
        least, most = kind.min_length, kind.max_length
        told = [f"at least {least} characters"] if least and most is None else []
        told += [f"{least or 0} to {most} characters"] if most is not None else []
        told += [f"of the form `{kind.pattern}`"] if kind.pattern else []
        return ", ".join(["text", *told])
    return None


def _range(kind: msgspec.inspect.IntType | msgspec.inspect.FloatType) -> str:
    if kind.ge is not None and kind.le is not None:
        return f", {kind.ge} to {kind.le}"
    bounds = ((kind.ge, "at least"), (kind.gt, "more than"), (kind.le, "at most"), (kind.lt, "less than"))
    told = [f"{words} {bound}" for bound, words in bounds if bound is not None]
    return f", {' and '.join(told)}" if told else ""

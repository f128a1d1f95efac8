"""Read once in a process of tests, and not at each of hundreds of starts: the signatures of the web framework's
handlers, a third of what the start of a gateway costs, and the entry points of what is installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path
from typing import Any

import pytest
from litestar._signature import SignatureModel
from litestar.utils.signature import ParsedSignature

from gateway.connectors import sources


def read_signatures_once(patch: pytest.MonkeyPatch) -> None:
    parse: Callable[..., ParsedSignature] = ParsedSignature.from_fn.__func__  # type: ignore[attr-defined]
    model: Callable[..., type[SignatureModel]] = SignatureModel.create.__func__  # type: ignore[attr-defined]
    parsed: dict[Hashable, ParsedSignature] = {}
    kept: set[int] = set()
    models: dict[Hashable, tuple[type[SignatureModel], Any]] = {}

    def from_fn(cls: Any, fn: Any, signature_namespace: dict[str, Any]) -> ParsedSignature:
        key = None if signature_namespace else _written(fn)
        if key is None:
            return parse(cls, fn, signature_namespace)
        if key not in parsed:
            parsed[key] = parse(cls, fn, signature_namespace)
            kept.add(id(parsed[key]))
        return parsed[key]

    def create(
        cls: Any, dependency_name_set: set[str], fn: Any, parsed_signature: ParsedSignature, **more: Any
    ) -> type[SignatureModel]:
        key = id(parsed_signature), frozenset(dependency_name_set), repr(more)
        if id(parsed_signature) not in kept:
            return model(cls, dependency_name_set, fn, parsed_signature, **more)
        if key not in models:
            # `more` is kept with it: its addresses are in the key.
            models[key] = model(cls, dependency_name_set, fn, parsed_signature, **more), more
        return models[key][0]

    patch.setattr(ParsedSignature, "from_fn", classmethod(from_fn))
    patch.setattr(SignatureModel, "create", classmethod(create))


def _written(fn: Any) -> Hashable | None:
    """Equal for functions that are written in one place with equal defaults, if that is all that their signature
    depends on."""
    function = getattr(fn, "__func__", fn)
    if not hasattr(function, "__code__") or not all(type(each) is str for each in function.__annotations__.values()):
        return None
    defaults = *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items()
    key = function.__code__, tuple((type(each), each) for each in defaults)
    try:
        hash(key)
    except TypeError:
        return None
    return key


def find_entry_points_once(patch: pytest.MonkeyPatch) -> None:
    """Once for the folders of the path as they are: installing something changes one, or the path."""
    found: dict[Hashable, EntryPoints] = {}

    def find(**wanted: str) -> EntryPoints:
        key = tuple((each, _changed(each)) for each in sys.path), tuple(wanted.items())
        if key not in found:
            found[key] = entry_points(**wanted)
        return found[key]

    patch.setattr(sources, "entry_points", find)


def _changed(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0

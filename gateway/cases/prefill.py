"""Prefill: once only (law 55-19). What the identity provider has verified, and what the person told the same portal
before, need not be typed again. Only fields whose schema says `x-prefill` are filled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.auth.principal import Identity
from gateway.connectors.services import PREFILL, prefilled, value_at


def prefill(schema: Mapping[str, Any], claims: Identity, earlier: Mapping[str, Any]) -> dict[str, Any]:
    """A part of the form, to be shown and changed: `earlier` is the form of the person's last case at this portal."""
    found: dict[str, Any] = {}
    for pointer, sources in prefilled(schema):
        values = (_value(source, pointer, claims, earlier) for source in sources)
        value = next((each for each in values if each not in (None, "")), None)
        if value is not None:
            _put(found, pointer, value)
    return found


def _value(source: str, pointer: str, claims: Identity, earlier: Mapping[str, Any]) -> Any:
    assert source in PREFILL
    if source == "earlier":
        return value_at(earlier, pointer)
    return getattr(claims, source.removeprefix("claims."))


def _put(form: dict[str, Any], pointer: str, value: Any) -> None:
    *steps, last = pointer.removeprefix("/").split("/")
    for step in steps:
        form = form.setdefault(step, {})
    form[last] = msgspec.to_builtins(value)

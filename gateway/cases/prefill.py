"""Prefill: once only (law 55-19). What the identity provider has verified, and what the person told the same portal
before, need not be typed again. Fields whose schema says `x-prefill` are filled to be changed; who the person is, where
the form says nothing else can stand there (`x-identity`), comes from the verified claims alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gateway.auth.principal import Identity
from gateway.cases.subject import verified_member
from gateway.connectors.services import PREFILL, Service, prefilled, value_at

_NO_YEAR: Final = "0000"
"""How OpenID Connect writes a year that is not told; no register asks for such a date."""


def prefill(service: Service, claims: Identity, earlier: Mapping[str, Any]) -> dict[str, Any]:
    """A part of the form, to be shown: `earlier` is the form of the person's last case at this portal. What is
    `readOnly` in the shown form is what `subject.bind` puts there when the demand is filed."""
    found: dict[str, Any] = {}
    bound = service.always_bound()
    for pointer in bound:
        place, _, name = pointer.rpartition("/")
        if verified := verified_member(service, place, name, claims):
            _put(found, pointer, verified)
    for pointer, sources in prefilled(service.form):
        if pointer in bound:
            continue
        values = (_value(source, pointer, claims, earlier) for source in sources)
        value = next((each for each in values if each not in (None, "")), None)
        if value is not None:
            _put(found, pointer, value)
    return found


def _value(source: str, pointer: str, claims: Identity, earlier: Mapping[str, Any]) -> Any:
    assert source in PREFILL
    if source == "earlier":
        return value_at(earlier, pointer)
    if source == "claims.birthdate" and claims.birthdate.startswith(_NO_YEAR):
        return ""
    return getattr(claims, source.removeprefix("claims."))


def _put(form: dict[str, Any], pointer: str, value: Any) -> None:
    *steps, last = pointer.removeprefix("/").split("/")
    for step in steps:
        form = form.setdefault(step, {})
    form[last] = msgspec.to_builtins(value)

"""Prefill: once only (law 55-19). A person need not retype verified claims, nor what she told the same portal before.
Fields with `x-prefill` in their schema are filled and can be changed; fields that identify the person (`x-identity`)
come from the verified claims alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gateway.auth.principal import Identity
from gateway.cases.subject import verified_member
from gateway.connectors.services import Service, prefilled, value_at

_NO_YEAR: Final = "0000"
"""OpenID Connect's placeholder for an omitted year; no register asks for such a date."""


_NO_PROFILE: Final[Mapping[str, str]] = {}


def prefill(
    service: Service, claims: Identity, earlier: Mapping[str, Any], profile: Mapping[str, str] = _NO_PROFILE
) -> dict[str, Any]:
    """A part of the form, to be shown: `earlier` is the form of the person's last case at this portal, `profile` what
    she keeps here (`email`, `phone`). Members that are `readOnly` in the shown form are those that `subject.bind` fills
    when the demand is filed."""
    found: dict[str, Any] = {}
    bound, by_choice = service.always_bound(), service.bound_when()
    for pointer in bound:
        place, _, name = pointer.rpartition("/")
        if verified := verified_member(service, place, name, claims):
            _put(found, pointer, verified)
    for pointer, sources in prefilled(service.form):
        if pointer in bound or pointer in by_choice:
            continue  # of a choice that makes it her own: `subject.bind` fills it in, and of another it is not hers
        values = (_value(source, pointer, claims, earlier, profile) for source in sources)
        value = next((each for each in values if each not in (None, "")), None)
        if value is not None:
            _put(found, pointer, value)
    return found


def _value(source: str, pointer: str, claims: Identity, earlier: Mapping[str, Any], profile: Mapping[str, str]) -> Any:
    if source == "earlier":
        return value_at(earlier, pointer)
    if source.startswith("profile."):
        return profile.get(source.removeprefix("profile."))
    if source == "claims.birthdate" and claims.birthdate.startswith(_NO_YEAR):
        return ""
    return getattr(claims, source.removeprefix("claims."))


def _put(form: dict[str, Any], pointer: str, value: Any) -> None:
    *steps, last = pointer.removeprefix("/").split("/")
    for step in steps:
        form = form.setdefault(step, {})
    form[last] = msgspec.to_builtins(value)

"""Who asks, for a form that the kit or a plugin's tests file without a sign-in: whom the form says it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.connectors.contract import Requester
from gateway.connectors.services import Service, value_at

_MEMBERS: Final = {
    # claim         member of `Requester`
    "cnie": "national_id",
    "name": "name",
    "family_name": "family_name",
    "given_name": "given_name",
    "family_name_ar": "family_name_ar",
    "given_name_ar": "given_name_ar",
    "birthdate": "birth_date",
}
SOMEBODY: Final = "AB123456"
"""Where the form does not say who asks."""


def requester(service: Service, form: Mapping[str, Any]) -> Requester | None:
    """The first of those who may be the requester, as the form names them; None for a service about nobody."""
    rule = service.rule_for(form)
    if rule is None or rule.proof == "none":
        return None
    known = {"national_id": SOMEBODY}
    for place in rule.requesters[:1]:
        held = value_at(form, place, {})
        told = {claim: held.get(name) for name, claim in service.identity_at(place).items() if claim in _MEMBERS}
        known |= {_MEMBERS[claim]: value for claim, value in told.items() if isinstance(value, str)}
    return Requester(relation=rule.whom, **known)

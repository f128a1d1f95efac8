"""The subject of a demand: the form's identity is bound to the verified claims, or the relation is proved.

Decided when a case is filed, before anything is stored or paid. Verified claims replace typed values: a form that names
somebody else in place of the requester is refused, never corrected silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from gateway import national_id
from gateway.auth.claim_match import agrees, name_words
from gateway.auth.principal import Identity
from gateway.cases import formats
from gateway.connectors.contract import Requester
from gateway.connectors.services import Service, value_at
from gateway.connectors.subjects import SubjectRule, Whom

Code = Literal[
    "another_person",
    "identity_not_verified",
    "identity_not_in_mandate",
    "identity_required",
    "proof_of_relation_missing",
]

FORM: Final = "/form"


class NotEntitled(Exception):
    """The requester may not make this demand. `places` are JSON pointers into the request body; `rule` and `reason`
    are words for the audit record; `named` are the CNIEs of other people that the form gives."""

    def __init__(
        self, code: Code, rule: SubjectRule, places: list[str], reason: str, named: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(code)
        self.code: Code = code
        self.places = places
        self.rule = f"subject:{rule.whom}@1"
        self.reason = reason
        self.named = named


@dataclass(frozen=True, slots=True)
class Bound:
    """A form with the verified claims in their places."""

    form: dict[str, Any]
    whom: Whom
    others: frozenset[str]
    """CNIEs of people other than the requester whom the form names."""


def bind(form: Mapping[str, Any], service: Service, claims: Identity, *, by_mandate: bool = False) -> Bound | None:
    """`form` is normalised and not checked yet. None if it falls under no rule: then it does not fit its schema either.

    `by_mandate`: the claims are those that a mandate holds, as they were verified when it was given. If a claim is
    missing there, the person must give a new mandate; a new sign-in of the agent does not help.

    Raises `NotEntitled`.
    """
    try:
        return _bind(form, service, claims)
    except NotEntitled as error:
        if by_mandate and error.code == "identity_not_verified":
            error.code = "identity_not_in_mandate"
        raise


def _bind(form: Mapping[str, Any], service: Service, claims: Identity) -> Bound | None:
    rule = service.rule_for(form)
    if rule is None:
        return None
    if rule.proof != "none" and not claims.cnie:
        raise NotEntitled("identity_required", rule, [], "no_verified_person")
    named = frozenset(_others(form, service, claims))
    bound = dict(form)
    if rule.requesters:
        place = _requester(form, service, rule, claims, named)
        if place is not None:
            _put(bound, place, _claims_at(form, service, rule, place, claims, named))
    if rule.proof == "document" and not any(_handed_in(value_at(form, each), rule) for each in rule.documents):
        places = [FORM + each for each in rule.documents]
        raise NotEntitled("proof_of_relation_missing", rule, places, "no_document", named)
    return Bound(bound, rule.whom, named)


def requester_of(claims: Identity, whom: Whom) -> Requester | None:
    """The requester as sent to the portal; None for a caller that is not a person."""
    if not claims.cnie:
        return None
    return Requester(
        national_id=claims.cnie,
        relation=whom,
        name=claims.name,
        family_name=claims.family_name,
        given_name=claims.given_name,
        family_name_ar=claims.family_name_ar,
        given_name_ar=claims.given_name_ar,
        birth_date=claims.birthdate,
    )


def same(claim: str, given: str, verified: str) -> bool:
    """Whether a form's member matches the verified claim. Names are compared as registers do, also with their words
    joined."""
    if claim == "cnie":
        return agrees("cnie", given, verified)
    if claim == "birthdate":
        return agrees("birthdate", given, verified)
    return agrees("name", given, verified) or "".join(name_words(given)) == "".join(name_words(verified)) != ""


def _requester(
    form: Mapping[str, Any], service: Service, rule: SubjectRule, claims: Identity, named: frozenset[str]
) -> str | None:
    """The object of the form that stands for the requester. Of several it is the best match; None if the form has none
    of them, which its schema refuses."""
    if len(rule.requesters) == 1:
        return rule.requesters[0]
    agreed = {}
    for place in rule.requesters:
        given = _given(form, service, place)
        if given and not _wrong(given, service.identity_at(place), claims):
            agreed[place] = len(given)
    if agreed:
        return max(agreed, key=lambda place: agreed[place])
    if not any(_given(form, service, place) for place in rule.requesters):
        return None
    raise NotEntitled("another_person", rule, [FORM + each for each in rule.requesters], "another_person", named)


def _claims_at(
    form: Mapping[str, Any],
    service: Service,
    rule: SubjectRule,
    place: str,
    claims: Identity,
    named: frozenset[str],
) -> dict[str, str]:
    """The required values of the object at `place`: member -> verified claim of the requester."""
    members = service.identity_at(place)
    given = _given(form, service, place)
    if wrong := _wrong(given, members, claims):
        raise NotEntitled("another_person", rule, [f"{FORM}{place}/{name}" for name in wrong], "another_person", named)
    needed = service.required_at(place)
    verified = {name: verified_member(service, place, name, claims) for name in members}
    unverified = [
        name
        for name, claim in members.items()
        if not verified[name]
        and (name in given or name in needed)
        and (name not in given or getattr(claims, claim, "") == "")
    ]
    if unverified:
        places = [f"{FORM}{place}/{name}" for name in unverified]
        raise NotEntitled("identity_not_verified", rule, places, "claim_missing", named)
    there = value_at(form, place, {})
    return {name: value for name, value in verified.items() if value and (name in given or name not in there)}


def verified_member(service: Service, place: str, name: str, claims: Identity) -> str:
    """The claim as the form can hold it: a birth date of which only the year was verified may not fit the member."""
    value: str = getattr(claims, service.identity_at(place)[name], "")
    format = formats.FORMATS.get(service.format_at(f"{place}/{name}"))
    return value if format is None or format.fits(value) else ""


def _wrong(given: Mapping[str, str], members: Mapping[str, str], claims: Identity) -> list[str]:
    """Members that contradict the verified claims."""
    return [
        name
        for name, value in given.items()
        if (verified := getattr(claims, members[name], "")) and not same(members[name], value, verified)
    ]


def _given(form: Mapping[str, Any], service: Service, place: str) -> dict[str, str]:
    """The identity members of the form at `place`. The schema refuses other types and invalid CNIEs."""
    found = value_at(form, place)
    if not isinstance(found, Mapping):
        return {}
    return {
        name: value
        for name, claim in service.identity_at(place).items()
        if isinstance(value := found.get(name), str) and (claim != "cnie" or _cnie(value))
    }


def _others(form: Mapping[str, Any], service: Service, claims: Identity) -> Iterator[str]:
    places = {place for rule in service.subject for place in (*rule.person, *rule.requesters)}
    for place in places:
        found = value_at(form, place)
        if not isinstance(found, Mapping):
            continue
        for name, claim in service.identity_at(place).items():
            value = found.get(name)
            if claim == "cnie" and isinstance(value, str) and (number := _cnie(value)) and number != claims.cnie:
                yield number


def _handed_in(value: Any, rule: SubjectRule) -> bool:
    if isinstance(value, str):
        return bool(value)
    if not isinstance(value, list):
        return False
    if not rule.kinds:
        return bool(value)
    return any(isinstance(each, Mapping) and each.get("kind") in rule.kinds and each.get("file") for each in value)


def _put(form: dict[str, Any], place: str, members: Mapping[str, str]) -> None:
    """Merge `members` into the object at `place`. The enclosing objects are copied, not changed."""
    *steps, last = (step.replace("~1", "/").replace("~0", "~") for step in place.removeprefix("/").split("/"))
    holder = form
    for step in steps:
        inner = holder.get(step, {})
        if not isinstance(inner, Mapping):
            return
        holder[step] = dict(inner)
        holder = holder[step]
    found = holder.get(last, {})
    if isinstance(found, Mapping):
        holder[last] = {**found, **members}


def _cnie(text: str) -> str:
    try:
        return national_id.typed(text)
    except ValueError:
        return ""

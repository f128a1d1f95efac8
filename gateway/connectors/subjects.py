"""Whom a service may concern, and how that is proved: the tables `subject` of `services.toml`, and their check.

Members of a form that identify somebody carry `x-identity`: the verified claim that they stand for, or the
trade-register number of a company. What a rule calls `person` or `requester` are the objects that hold such members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from gateway.connectors.manifest import ManifestError

IDENTITY: Final = "x-identity"
CLAIMS: Final = ("cnie", "name", "family_name", "given_name", "family_name_ar", "given_name_ar", "birthdate")
"""What an issuer vouches for, by the names of `gateway.auth.principal.Identity`."""
TRADE_REGISTER: Final = "trade_register"
WORDS: Final = (*CLAIMS, TRADE_REGISTER)

Whom = Literal["self", "child", "spouse", "parent", "company", "anyone"]
Proof = Literal["claims", "document", "portal", "none"]
POINTER: Final = "^(/[^/]+)+$"
Pointer = Annotated[str, msgspec.Meta(pattern=POINTER)]
SchemaAt = Callable[[Mapping[str, Any], str], dict[str, Any]]


class SubjectRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way in which the service may concern somebody. Several need `when`, so that each form falls under one."""

    whom: Whom
    """From the requester's side: `child` is a demand about her child, `anyone` one about a person who is none of hers
    (as an heir, by a power of attorney), or about nobody."""
    proof: Proof
    """`claims`: the form is about the person who signed in. `document`: it brings one of `documents`. `portal`: the
    portal decides, from the requester's verified identity that every filing carries. `none`: about nobody."""
    basis: Annotated[str, msgspec.Meta(min_length=1)]
    """The law, or `assumed: ...`."""
    when: Pointer | None = None
    """The member of the form that decides whether this rule is the one; a closed choice that must be made."""
    values: tuple[str, ...] = ()
    """Its values under which this rule is the one."""
    person: tuple[Pointer, ...] = ()
    """Who it is about; of several, one is."""
    requester: Pointer | None = None
    """Where the form names the requester, where that is not `person`."""
    documents: tuple[Pointer, ...] = ()
    """Where the form takes a document that proves it: a file, a list of files, or of `kind` and `file`."""
    kinds: tuple[str, ...] = ()
    """Of the last: which kinds do."""

    @property
    def requesters(self) -> tuple[str, ...]:
        """Objects of the form of which one is the requester, and so holds her verified claims and nothing else."""
        if self.whom == "self":
            return self.person
        return (self.requester,) if self.requester is not None else ()


def pointer_explained(problem: str) -> str:
    """A message of `msgspec` about a pointer, in words."""
    if POINTER not in problem:
        return problem
    return "must be a JSON pointer into the form, `/person`: what identifies a person stands in an object of its own"


def identity_members(schema: Mapping[str, Any], pointer: str, schema_at: SchemaAt) -> dict[str, str]:
    """The members of the object at `pointer` that identify somebody: name -> claim."""
    found = {}
    for name in schema_at(schema, pointer).get("properties", {}):
        claim = schema_at(schema, f"{pointer}/{_escaped(name)}").get(IDENTITY)
        if claim is not None:
            found[name] = str(claim)
    return found


def check_subject(
    rules: Sequence[SubjectRule], form: Mapping[str, Any], path: Path, name: str, schema_at: SchemaAt
) -> None:
    """Raises `ManifestError` for a service that leaves open whose demand it takes."""
    if not rules:
        raise ManifestError(
            path,
            f"{name}.subject",
            "is missing: say whom the service may concern (self, child, spouse, parent, company, anyone) and how that "
            "is proved",
        )
    marked = dict(_marked(form, form, schema_at))
    for place, (claim, kind) in marked.items():
        if claim is None and kind == "cnie":
            raise ManifestError(path, f"{name}.form{place}", 'takes a CNIE and needs x-identity = "cnie"')
        if claim == "cnie" and kind != "cnie":
            raise ManifestError(path, f"{name}.form{place}", 'stands for a CNIE and needs format = "cnie"')
        if claim is not None and claim not in WORDS:
            raise ManifestError(path, f"{name}.form{place}.x-identity", f"must be one of {', '.join(WORDS)}")
    identifying = {place: claim for place, (claim, _) in marked.items() if claim is not None}
    named = {place for rule in rules for place in (*rule.person, *rule.requesters)}
    for place in identifying:
        if place.rpartition("/")[0] not in named:
            raise ManifestError(
                path,
                f"{name}.form{place}.x-identity",
                "identifies somebody whom `subject` does not name: what identifies a person stands in an object of its "
                'own, which `person` names (person = ["/person"])',
            )
    for number, rule in enumerate(rules):
        _check_rule(rule, identifying, form, path, f"{name}.subject.{number}", schema_at)
    _check_choice(rules, form, path, f"{name}.subject", schema_at)


_PROOFS: Final[Mapping[str, tuple[str, ...]]] = {
    "self": ("claims",),
    "child": ("document", "portal"),
    "spouse": ("document", "portal"),
    "parent": ("document", "portal"),
    "company": ("document", "portal"),
    "anyone": ("none", "document", "portal"),
}


def _check_rule(
    rule: SubjectRule,
    identifying: Mapping[str, str],
    form: Mapping[str, Any],
    path: Path,
    key: str,
    schema_at: SchemaAt,
) -> None:
    if rule.proof not in _PROOFS[rule.whom]:
        raise ManifestError(path, f"{key}.proof", f"of {rule.whom} is {' or '.join(_PROOFS[rule.whom])}")
    if (rule.proof == "none") == bool(rule.person):
        raise ManifestError(path, f"{key}.person", "names who the demand is about, and is left out with proof = none")
    if rule.proof == "none" and identifying:
        raise ManifestError(path, f"{key}.proof", f"is none, but the form identifies somebody: {min(identifying)}")
    if rule.whom == "self" and rule.requester is not None:
        raise ManifestError(path, f"{key}.requester", "is the person herself")
    for place in (*rule.person, *rule.requesters):
        claims = {claim for each, claim in identifying.items() if each.rpartition("/")[0] == place}
        if not claims:
            raise ManifestError(
                path,
                f"{key}.person",
                f"{place} has no member with x-identity: it must name an object of the form, and the members that "
                "identify the person stand in it",
            )
        if rule.whom == "company" and place in rule.person and TRADE_REGISTER not in claims:
            raise ManifestError(path, f"{key}.person", f"{place} has no trade-register number")
    if (rule.proof == "document") != bool(rule.documents):
        raise ManifestError(path, f"{key}.documents", "goes with proof = document")
    for place in rule.documents:
        _check_document(_at(form, place, path, f"{key}.documents", schema_at), rule.kinds, path, f"{key}.documents")


def _check_document(schema: Mapping[str, Any], kinds: tuple[str, ...], path: Path, key: str) -> None:
    inner = schema.get("items", schema) if schema.get("type") == "array" else schema
    if kinds:
        properties = inner.get("properties", {})
        known = properties.get("kind", {}).get("enum", [])
        if properties.get("file", {}).get("format") != "attachment" or not set(kinds) <= set(known):
            raise ManifestError(path, key, "with `kinds` it must be a list of kind and file")
    elif inner.get("format") != "attachment":
        raise ManifestError(path, key, "must be a file, or a list of them")


def _check_choice(
    rules: Sequence[SubjectRule], form: Mapping[str, Any], path: Path, key: str, schema_at: SchemaAt
) -> None:
    """Each form that fits its schema falls under exactly one rule."""
    if len(rules) == 1 and rules[0].when is None:
        return
    places = {rule.when for rule in rules}
    if len(places) != 1 or None in places:
        raise ManifestError(path, f"{key}.when", "must be there in each rule, and the same")
    place = str(rules[0].when)
    choice = _at(form, place, path, f"{key}.when", schema_at)
    parent, _, last = place.rpartition("/")
    holder = schema_at(form, parent) if parent else form
    if last not in holder.get("required", ()) or not choice.get("enum"):
        raise ManifestError(path, f"{key}.when", f"{place} must be a required choice (enum)")
    values = [value for rule in rules for value in rule.values]
    if sorted(values) != sorted(choice["enum"]):
        raise ManifestError(path, f"{key}.values", f"must name each choice of {place} once")


def _at(form: Mapping[str, Any], pointer: str, path: Path, key: str, schema_at: SchemaAt) -> dict[str, Any]:
    try:
        return schema_at(form, pointer)
    except KeyError as error:
        raise ManifestError(path, key, f"{pointer} is not in the form (no {error})") from error


def _marked(
    schema: Mapping[str, Any], root: Mapping[str, Any], schema_at: SchemaAt, at: str = ""
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Every member of the form with what it says about identity, and its format."""
    for name in schema.get("properties", {}):
        place = f"{at}/{_escaped(name)}"
        inner = schema_at(root, place)
        yield place, (inner.get(IDENTITY), inner.get("format"))
        yield from _marked(inner, root, schema_at, place)
        if isinstance(items := inner.get("items"), Mapping) and any(
            "x-identity" in str(each) or each.get("format") == "cnie"
            for each in items.get("properties", {}).values()
            if isinstance(each, Mapping)
        ):
            yield f"{place}/items", ("a list of persons is not known", None)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")

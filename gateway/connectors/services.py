"""`services.toml`: what a person can ask of a portal. One table a service: texts, form, fee, delivery, deadline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from gateway.connectors.contract import Address, Money
from gateway.connectors.form_vocabulary.check import check_form
from gateway.connectors.form_vocabulary.example import check_example
from gateway.connectors.form_vocabulary.members import USE, UnknownMember, expanded
from gateway.connectors.form_vocabulary.shown import NOWHERE, Shown
from gateway.connectors.manifest import ManifestError, Texts, check_texts, typed
from gateway.connectors.subjects import CLAIMS, SubjectRule, check_subject, identity_members, pointer_explained
from gateway.connectors.toml_file import read_toml

FILENAME: Final = "services.toml"
TEXTS: Final = ("title", "summary", "who", "competent_body", "appeal", "bring")
BY_POST: Final = "post"
"""The value of a form's delivery method that means a parcel."""
ADDRESS_MEMBERS: Final = ("name", "lines", "city", "country")

Acr = Literal["low", "substantial", "high"]
Step = Literal["acknowledge", "triage"]
"""What a law may set a term for before the answer itself."""
Category = Literal["civil-status", "identity", "consular", "permits", "complaints", "payments", "tracking", "other"]
"""What a service is about. The list is closed: each has a title in every language (`category.<id>` in `guide.po`)."""
Audience = Literal["person", "child", "business"]
"""Whom the result is for."""
RULES: Final = ("fee", "later_fee", "appointment", "delivery")
"""The keys of a service whose `portal` takes part in it, beside the one that it is filed with."""
Days = Annotated[float, msgspec.Meta(gt=0)]
Pointer = Annotated[str, msgspec.Meta(pattern="^(/[^/]+)+$")]


class FeeRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fee, paid at `portal`: `unit_amount` centimes MAD, times the number at `per` in the form.

    The stamp is used up when the demand is filed or, with `used = "lodging"`, once the filing portal has the file in
    hand (any milestone beyond `created` and `paid`); until then a withdrawal cancels it.
    """

    portal: str
    """Id of the plugin that takes it."""
    unit_amount: Annotated[int, msgspec.Meta(ge=0)]
    """Centimes (MAD)."""
    per: Pointer | None = None
    """Where the form has the number by which it is multiplied."""
    used: Literal["filing", "lodging"] = "filing"
    """When the stamp is used up: as soon as the portal has taken the demand, or only when it has the file in hand that
    the person has to bring. Until then a refusal voids the stamp."""


class LaterFeeRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a fee is paid that the filing portal asks for on the way; the portal says how much."""

    portal: str
    """Id of the plugin that takes it."""


class AppointmentRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The person comes in person: `portal` books it, under its own name `service` for what is to be done there.

    `before = "filing"`: booked before the demand is filed. `before = "lodging"`: filed first, and booked for the
    demand's reference. `post` is where the form names the post; without it the person chooses one with the slot.
    """

    portal: str
    """Id of the plugin that books it."""
    service: str
    """What is to be done there, by that portal's own name."""
    before: Literal["filing", "lodging"] = "filing"
    """Booked before the demand is filed, or for the filed demand."""
    post: Pointer | None = None
    """Where the form names the post; without it the person chooses one with the slot."""


class DeliveryRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What comes by post, carried by `portal`. With `method`, only when the form says "post" there."""

    portal: str
    """Id of the plugin that carries it."""
    address: Pointer
    """Where the form has the address."""
    sender: str
    """Who hands the parcel over."""
    content: str
    """What is in it."""
    method: Pointer | None = None
    """Where the form says `post` if there is a parcel at all."""
    usual_days: Days | None = None
    """How long a parcel usually takes."""


class PlaceRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the form names a consular post in words, at `post`, and the country that it is in, at `country`. `portal`
    is the one that has the list of posts: a post that it has elsewhere alone is refused at filing."""

    portal: str
    """Id of the plugin that has the list of posts."""
    post: Pointer
    """Where the form names the post."""
    country: Pointer
    """Where the form names its country (ISO 3166-1 alpha-2)."""


class SilenceRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That no answer within the term is a yes. Law 55-19 says so only of the acts that decree 2-22-387 lists."""

    source: Annotated[str, msgspec.Meta(min_length=10, max_length=300)]
    """Where the law says it of this act: text, article or line. It is signed into the receipt."""


class ServiceTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service as `services.toml` has it. Times are days; every text is by language, in ar, fr and en at least."""

    title: Texts
    """What the service is called."""
    summary: Texts
    """What the person gets, in a sentence."""
    who: Texts
    """Who may ask for it."""
    competent_body: Texts
    """Who decides."""
    appeal: Texts
    """What can be done against a decision, and where."""
    bring: Texts
    """What the person has to have at hand."""
    purpose: str
    """What the data are processed for (law 09-08): a word for the register of processings."""
    languages: Annotated[list[str], msgspec.Meta(min_length=1)]
    """Languages in which the portal gives its result."""
    form: dict[str, Any]
    """JSON Schema 2020-12 with the words of the form vocabulary; each object says `additionalProperties = false`."""
    version: Annotated[int, msgspec.Meta(ge=1)] = 1
    """Counts up when the form changes in a way that a stored demand would not fit."""
    category: Category = "other"
    """What it is about, in the guide."""
    audience: Annotated[tuple[Audience, ...], msgspec.Meta(min_length=1)] = ("person",)
    """Whom the result is for."""
    keywords: tuple[str, ...] = ()
    """Search words that occur in no text. They are shown to nobody."""
    acr: Acr = "low"
    """Least assurance level that the caller's token must have."""
    deadline_days: Annotated[int, msgspec.Meta(ge=1)] | None = 60
    """The legal term of the answer, in days after filing."""
    deadline_basis: str = "Law 55-19"
    """The law that sets it."""
    silence_is_acceptance: SilenceRule | None = None
    """That no answer in time is a yes; absent without a source that says so."""
    milestones_days: dict[Step, Annotated[int, msgspec.Meta(ge=1)]] = {}
    """Terms on the way to the answer, `acknowledge` and `triage`, in days after filing."""
    usual_days: Days | None = None
    """How long the portal usually takes, by which it is queried more or less often. It is not published."""
    deadline_text: Texts = {}
    """The basis for people, where the core has no words for it."""
    fee: FeeRule | None = None
    """What is paid before anything is filed."""
    later_fee: LaterFeeRule | None = None
    """Who takes a fee that the portal asks for on the way."""
    appointment: AppointmentRule | None = None
    """Where the person has to come herself."""
    delivery: DeliveryRule | None = None
    """What ends with a parcel."""
    post: Pointer | None = None
    """Where the form has the id of the post that deals with the demand."""
    place: PlaceRule | None = None
    """Where the form names a consular post in words, and its country."""
    subject: tuple[SubjectRule, ...] = ()
    """Whom it may concern, and how that is proved: one table for each way. Without one the service is not loaded."""
    example: dict[str, Any] = {}
    """A form that is valid; the conformance kit files it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Service:
    """One thing a person can ask for."""

    id: str
    """`<plugin>.<name>`."""
    plugin: str
    version: int
    texts: Mapping[str, Texts]
    """title, summary, who, competent_body, appeal, bring: each by language."""
    form: dict[str, Any]
    """JSON Schema 2020-12 with the words of `form_vocabulary`, texts by language, every `x-use` replaced."""
    fee: FeeRule | None
    later_fee: LaterFeeRule | None
    appointment: AppointmentRule | None
    delivery: DeliveryRule | None
    post: str | None
    """Where the form names the post that deals with the demand; without it, where it names that of the appointment."""
    place: PlaceRule | None
    deadline_days: int | None
    deadline_basis: str
    silence_is_acceptance: SilenceRule | None
    """Absent where no source says so, which is everywhere so far."""
    milestones_days: Mapping[str, int]
    """Terms on the way to the answer, `acknowledge` and `triage`, in days after filing."""
    usual_days: float | None
    """How long the portal usually takes, by which it is queried more or less often. Nobody is told: it is no promise,
    and mostly assumed."""
    deadline_text: Texts
    """The basis for people, by language, where the core has no words for it."""
    category: Category
    audience: tuple[Audience, ...]
    keywords: tuple[str, ...]
    """Words that people look for and that stand in no text. They are shown to nobody."""
    acr: Acr
    """Least assurance level that the caller's token must have."""
    purpose: str
    """What the data are processed for (law 09-08)."""
    languages: tuple[str, ...]
    """Languages in which the portal gives its result."""
    subject: tuple[SubjectRule, ...]
    """Whom it may concern, and how that is proved: each form falls under one of the rules."""
    example: dict[str, Any]
    """A form that is valid."""
    _localised: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    _identity: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    def text(self, name: str, language: str, default: str = "fr") -> str:
        return self.text_in(name, (language, default))[0]

    def text_in(self, name: str, languages: Sequence[str]) -> tuple[str, str]:
        """A text in the first of these languages that has it, and which one that is."""
        texts = self.texts[name]
        language = next((each for each in languages if texts.get(each)), "fr")
        return texts[language], language

    @property
    def portals(self) -> list[str]:
        """Every portal that takes part, the filing one first."""
        return list(dict.fromkeys([self.plugin, *self.helpers.values()]))

    @property
    def helpers(self) -> dict[str, str]:
        """Which portal does what beside the filing: `fee`, `delivery`, ..."""
        rules = {name: getattr(self, name, None) for name in RULES}
        return {name: rule.portal for name, rule in rules.items() if rule is not None}

    def fee_for(self, form: Mapping[str, Any]) -> Money | None:
        """What this form costs; None if nothing."""
        if self.fee is None:
            return None
        quantity = 1
        if self.fee.per is not None:
            quantity = value_at(form, self.fee.per, schema_at(self.form, self.fee.per).get("default", 1))
        amount = self.fee.unit_amount * quantity
        return Money(amount=amount) if amount else None

    def ships(self, form: Mapping[str, Any]) -> bool:
        """Whether this form ends with a parcel."""
        if self.delivery is None:
            return False
        return self.delivery.method is None or value_at(form, self.delivery.method) == BY_POST

    @property
    def post_at(self) -> str | None:
        """Where the form names, by its id, the post that deals with the demand."""
        return self.post or (self.appointment.post if self.appointment is not None else None)

    def post_in(self, form: Mapping[str, Any]) -> Any:
        """What the form says of the post that deals with the demand; empty if it does not say."""
        return value_at(form, self.post_at, "") if self.post_at is not None else ""

    def destination(self, form: Mapping[str, Any]) -> Address:
        """Where the parcel goes; call it only when `ships(form)`. Raises `KeyError` if the form has no address."""
        if self.delivery is None:
            raise KeyError("delivery")
        found = value_at(form, self.delivery.address)
        if found is None:
            raise KeyError(self.delivery.address)
        return msgspec.convert(found, Address)

    def rule_for(self, form: Mapping[str, Any]) -> SubjectRule | None:
        """Under which rule of `subject` a form falls; None for one that does not fit its schema."""
        for rule in self.subject:
            if rule.when is None or value_at(form, rule.when) in rule.values:
                return rule
        return None

    def identity_at(self, pointer: str) -> dict[str, str]:
        """The members of the form's object at `pointer` that identify somebody: name -> claim."""
        if pointer not in self._identity:
            self._identity[pointer] = identity_members(self.form, pointer, schema_at)
        return self._identity[pointer]

    def required_at(self, pointer: str) -> frozenset[str]:
        """The members that the form's object at `pointer` must have, whatever else it says."""
        return frozenset(schema_at(self.form, pointer).get("required", ()))

    def format_at(self, pointer: str) -> str:
        """The format of the form's member at `pointer`; empty if it has none."""
        return str(schema_at(self.form, pointer).get("format", ""))

    def bound(self, rule: SubjectRule) -> list[str]:
        """Members that are the requester's verified claims under this rule, if it is clear which: JSON pointers."""
        places = rule.requesters
        if len(places) != 1:
            return []
        return [f"{places[0]}/{name}" for name, claim in self.identity_at(places[0]).items() if claim in CLAIMS]

    def always_bound(self) -> list[str]:
        """Members that are the requester's verified claims whatever the form says: JSON pointers, as the form has
        them."""
        first, *others = (self.bound(rule) for rule in self.subject)
        return [pointer for pointer in first if all(pointer in each for each in others)]

    def bound_when(self) -> dict[str, dict[str, Any]]:
        """Members that are the requester's verified claims if the form has one of these values, by JSON pointer."""
        found: dict[str, dict[str, Any]] = {}
        always = self.always_bound()
        for rule in self.subject:
            for pointer in self.bound(rule) if rule.when is not None else ():
                if pointer not in always:
                    found.setdefault(pointer, {"at": rule.when, "values": []})["values"].extend(rule.values)
        return found

    def localised_form(self, language: str, default: str = "fr") -> dict[str, Any]:
        """The form's schema in one language (`form_vocabulary/served.schema.json`). Shared: do not change it."""
        if language not in self._localised:
            if language not in self.texts["title"]:
                language = default
            booked = self.appointment is not None or self.post is not None
            shown = Shown(self.form, language, default, booked_for=self.id if booked else "").form()
            for pointer in self.always_bound():
                _mark_bound(shown, pointer, {"readOnly": True})
            for pointer, when in self.bound_when().items():
                _mark_bound(shown, pointer, {"x-verified-when": when})
            self._localised[language] = shown
        return self._localised[language]


def read_services(path: Path, plugin: str) -> dict[str, Service]:
    """The services of one plugin by full id. Raises `ManifestError` naming the service and the key.

    Gateway and sandboxes in one process read the same files: what has not changed is not checked again.
    """
    try:
        status = path.stat()
    except OSError:
        return dict(_read(path, plugin, 0, 0))  # which says what is wrong
    return dict(_read(path, plugin, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=64)
def _read(path: Path, plugin: str, _modified: int, _size: int) -> Mapping[str, Service]:
    services = {}
    try:
        tables = expanded(read_toml(path))
    except UnknownMember as error:
        raise ManifestError(path, USE, str(error)) from error
    for name, values in tables.items():
        try:
            table = typed(values, ServiceTable, path, name)
        except ManifestError as error:
            raise ManifestError(path, error.key, pointer_explained(error.problem)) from error
        for text in TEXTS:
            check_texts(getattr(table, text), path, f"{name}.{text}", one_line=text == "title")
        if table.deadline_text:
            check_texts(table.deadline_text, path, f"{name}.deadline_text")
        check_form(table.form, path, f"{name}.form")
        _check_pointers(table, path, name)
        check_subject(table.subject, table.form, path, name, schema_at)
        if table.example:
            check_example(table.example, table.form, path, f"{name}.example")
        own = {key: value for key, value in msgspec.structs.asdict(table).items() if key not in TEXTS}
        services[f"{plugin}.{name}"] = Service(
            id=f"{plugin}.{name}",
            plugin=plugin,
            texts={text: getattr(table, text) for text in TEXTS},
            **own | {"languages": tuple(table.languages)},
        )
    return services


def laid_over(form: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`form` with the members of `changes` replaced, however deep they are."""
    deep = {name: laid_over(form[name], value) for name, value in changes.items() if _both(form.get(name), value)}
    return form | changes | deep


def _both(old: Any, new: Any) -> bool:
    return isinstance(old, dict) and isinstance(new, dict)


def value_at(document: Any, pointer: str, default: Any = None) -> Any:
    """The value at a JSON pointer (RFC 6901), or `default` where there is none."""
    for step in pointer.removeprefix("/").split("/"):
        if not isinstance(document, Mapping) or (key := _unescaped(step)) not in document:
            return default
        document = document[key]
    return document


def schema_at(schema: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    """The subschema that governs the value at `pointer`. Raises `KeyError` with the step that leads nowhere."""
    found = _dereferenced(schema, schema)
    for step in pointer.removeprefix("/").split("/"):
        found = _dereferenced(found.get("properties", {})[_unescaped(step)], schema)
    return dict(found)


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _dereferenced(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a local `$ref`; the members beside it win."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    target = value_at(root, reference[1:])
    if target is None:
        raise KeyError(reference)
    return {**_dereferenced(target, root), **{k: v for k, v in schema.items() if k != "$ref"}}


def prefilled(schema: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The fields that may be prefilled: JSON pointer, sources in their order."""
    pending = [("", schema)]
    while pending:
        at, found = pending.pop()
        for name, inner in _dereferenced(found, schema).get("properties", {}).items():
            pointer = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            if "x-prefill" in inner:
                if inner["x-prefill"] != NOWHERE:
                    yield pointer, inner["x-prefill"].split("|")
            else:
                pending.append((pointer, inner))


def _check_pointers(table: ServiceTable, path: Path, name: str) -> None:
    def resolved(pointer: str, key: str) -> dict[str, Any]:
        try:
            return schema_at(table.form, pointer)
        except KeyError as error:
            raise ManifestError(path, f"{name}.{key}", f"{pointer} is not in the form (no {error})") from error

    if table.fee is not None and table.fee.per is not None:
        per = resolved(table.fee.per, "fee.per")
        if per.get("type") != "integer" or per.get("minimum", -1) < 0:
            raise ManifestError(
                path, f"{name}.fee.per", f"{table.fee.per} must be an integer with a minimum of 0 or more"
            )
    named = {"post": table.post, "appointment.post": table.appointment.post if table.appointment is not None else None}
    if table.place is not None:
        named |= {"place.post": table.place.post, "place.country": table.place.country}
    for key, pointer in named.items():
        if pointer is not None and resolved(pointer, key).get("type") != "string":
            raise ManifestError(path, f"{name}.{key}", f"{pointer} must be a string")
    if table.delivery is None:
        return
    if table.delivery.method is not None:
        method = resolved(table.delivery.method, "delivery.method")
        if BY_POST not in method.get("enum", [method.get("const")]):
            raise ManifestError(path, f"{name}.delivery.method", f"{table.delivery.method} never is {BY_POST!r}")
    address = resolved(table.delivery.address, "delivery.address")
    missing = [member for member in ADDRESS_MEMBERS if member not in address.get("properties", {})]
    if missing:
        raise ManifestError(path, f"{name}.delivery.address", f"the address lacks {', '.join(missing)}")


def _mark_bound(form: dict[str, Any], pointer: str, marks: Mapping[str, Any]) -> None:
    """What is bound to the verified claims: shown, and not to be changed."""
    found = form
    for step in pointer.removeprefix("/").split("/"):
        # A definition that several members share is not theirs alone: this one gets a copy to be marked.
        inner = deepcopy(dict(_dereferenced(found["properties"][_unescaped(step)], form)))
        found["properties"][_unescaped(step)] = inner
        found = inner
    found.update(marks)

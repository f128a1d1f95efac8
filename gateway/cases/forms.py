"""Check and clean a form by the JSON Schema of its service (2020-12), and say in the person's language what is wrong.

A form is hostile until it is checked: its size, depth, numbers and characters are looked at before the schema is. An
error names a place (RFC 6901) and the schema's keyword as its code; it never repeats the value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import jsonschema
import jsonschema.validators
from jsonschema.exceptions import ValidationError
from referencing import Registry

from gateway import typed_text
from gateway.cases import formats
from gateway.cases.files import EXTENSIONS
from gateway.cases.model import Contact
from gateway.connectors.form_vocabulary import bounds
from gateway.i18n import formats as written
from gateway.i18n.messages import translate
from gateway.settings import Forms as Limits

FORM: Final = "/form"
"""Where it stands in the body of `POST /v1/cases`; every pointer begins with it."""

_CONTACT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 160},
        "email": {"type": "string", "format": "email", "maxLength": 254},
        "phone": {"type": "string", "format": "phone"},
    },
}

DEFAULT: Final = Limits()

_LARGEST: Final = 2**53 - 1
"""Beyond it JSON readers may disagree about the number (RFC 8259, section 6)."""
_NAME: Final = 200
_SMALL: Final = (60, 2_000)
"""Values and characters of a form that is checked within a few milliseconds; those of the catalogue's examples are."""
_MARKS_TOO: Final = 3
"""A text is cleaned before its length is checked, unless it is more than so many times too long."""


@dataclass(frozen=True, slots=True)
class FormError:
    """One thing that is wrong: JSON pointer into the request body, the schema's keyword, a sentence for the person."""

    pointer: str
    code: str
    detail: str = ""
    """Empty where the general text of the code is enough."""
    allowed: tuple[str, ...] = ()
    """The values that are possible, where they can be listed."""


def check(
    form: Any, schema: Mapping[str, Any], *, language: str, limits: Limits = DEFAULT, at: str = FORM
) -> list[FormError]:
    """The errors of a normalised form, in the order of the form; empty if it is valid."""
    found = _first(_unreadable(form, limits, at), limits.errors)
    if not found:
        errors = _compiled(schema).iter_errors(normalise(form, schema))
        found = _first((problem for error in errors for problem in _problems(error, at, schema)), limits.errors)
    return [each.told(language) for each in found]


def unreadable(form: Any, *, language: str, limits: Limits = DEFAULT) -> list[FormError]:
    """Check size, depth, numbers and characters, before the schema is applied."""
    return [each.told(language) for each in _first(_unreadable(form, limits, FORM), limits.errors)]


def is_small(form: Any) -> bool:
    """Whether the form is checked so fast that nobody notices."""
    values, characters = _SMALL
    pending = [form]
    while pending:
        value = pending.pop()
        values -= 1
        if isinstance(value, str):
            characters -= len(value)
        elif isinstance(value, Mapping):
            characters -= sum(map(len, value))
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        if len(pending) > values or characters < 0:
            return False
    return True


def _first(problems: Iterable[_Problem], most: int) -> list[_Problem]:
    """The first errors, without duplicates. The number is bounded because the sender decides how many there are."""
    found: dict[_Problem, None] = {}
    for each in problems:
        found[each] = None
        if len(found) == most:
            break
    return list(found)


def normalise(form: Any, schema: Mapping[str, Any]) -> Any:
    """The form as it is stored and sent: text by the rule of `typed_text`, CNIE in capitals, phone numbers in E.164,
    whole numbers without a point.

    A value that does not fit its format stays unchanged; `check` reports it.
    """
    return _clean(form, [schema], schema)


def attachment_places(form: Any, schema: Mapping[str, Any]) -> dict[str, str]:
    """The attachments that the form names: id -> JSON pointer."""
    return {
        value: place
        for place, value, schemas in _walk(form, [schema], schema, FORM)
        if isinstance(value, str) and "attachment" in _formats(schemas)
    }


def cases_named(form: Any, schema: Mapping[str, Any], *, wrong: Collection[str]) -> dict[str, str]:
    """Other cases of the person that the form names, in members whose choices are her cases: JSON pointer -> id.

    `wrong`: pointers at which the form does not fit its schema; what stands there is not looked at."""
    return {
        place: value
        for place, value, schemas in _walk(form, [schema], schema, FORM)
        if isinstance(value, str) and place not in wrong and any(_lists_cases(each) for each in schemas)
    }


def _lists_cases(schema: Mapping[str, Any]) -> bool:
    source = schema.get("x-source")
    return isinstance(source, Mapping) and source.get("list") == "cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """What the form takes at one place; None where it does not say."""

    place: str
    media_types: tuple[str, ...] | None
    max_bytes: int | None

    def problem(self, media_type: str, size: int, language: str) -> FormError | None:
        """What is wrong with a file that was handed in."""
        if self.media_types is not None and media_type not in self.media_types:
            named = ", ".join(EXTENSIONS.get(each, each).upper() for each in self.media_types)
            found = _Problem(
                self.place, "media_type", "form.media_type", (("allowed", named),), allowed=self.media_types
            )
        elif self.max_bytes is not None and size > self.max_bytes:
            limit = f"{self.max_bytes / 1_000_000:.0f}"
            found = _Problem(self.place, "max_bytes", "form.max_bytes", (("limit", limit),))
        else:
            return None
        return found.told(language)


def file_limits(form: Any, schema: Mapping[str, Any]) -> dict[str, FileLimits]:
    """What the form takes in each place where it names an attachment, by the attachment's id."""
    return dict(files_named(form, schema))


def files_named(form: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str, FileLimits]]:
    """Each place where the form names an attachment: its id, and what the form takes there."""
    for place, value, schemas in _walk(form, [schema], schema, FORM):
        if isinstance(value, str) and "attachment" in _formats(schemas):
            types = next((tuple(each["x-media-types"]) for each in schemas if "x-media-types" in each), None)
            most = min((each["x-max-bytes"] for each in schemas if "x-max-bytes" in each), default=None)
            yield value, FileLimits(place=place, media_types=types, max_bytes=most)


def missing_attachment(pointer: str, language: str) -> FormError:
    """The file named at `pointer` does not exist, or was used already."""
    return _Problem(pointer, "attachment_unknown", "form.attachment_unknown").told(language)


def wrong_place(pointer: str, code: str, language: str) -> FormError:
    """`post_unknown`, `post_elsewhere` or `country_not_served`, of the member at `pointer`, a place in the form."""
    return _Problem(f"{FORM}{pointer}", code, f"form.{code}").told(language)


def missing_choice(language: str) -> FormError:
    """The form does not say whom it is about. Every loaded service's schema prevents this."""
    return _Problem(FORM, "required", "form.required").told(language)


def contact_of(**known: str) -> Contact:
    """Name, e-mail address and phone number as far as they are known; what is not written as it should be is left
    out."""
    wrong = {each.pointer.removeprefix("/") for each in _unreadable(known, DEFAULT, "")}
    clean = normalise({name: "" if name in wrong else value for name, value in known.items()}, _CONTACT)
    return Contact(**{name: value if _is_contact(name, value) else "" for name, value in clean.items()})


def _is_contact(name: str, value: str) -> bool:
    """As the schema says it; these few members need no validator, whose errors nobody reads."""
    wanted = _CONTACT["properties"][name]
    format = formats.FORMATS.get(wanted.get("format", ""))
    long_enough = wanted.get("minLength", 0) <= len(value) <= wanted.get("maxLength", len(value))
    return long_enough and (format is None or format.fits(value))


# --- The schema, compiled once ------------------------------------------------------------------------------------

_CHECKER: Final = jsonschema.FormatChecker(formats=())
for _name, _format in formats.FORMATS.items():
    _CHECKER.checks(_name)(_format.fits)


def _unique_items(_: Any, wanted: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    """Replaces the library's check, which compares every pair of elements that are not plain texts or numbers."""
    if wanted is True and isinstance(instance, list) and len(set(map(_key, instance))) < len(instance):
        yield ValidationError("not unique")


def _key(value: Any) -> Any:
    """The same for values that JSON Schema treats as equal: 1 is 1.0, but not true."""
    if isinstance(value, dict):
        return frozenset((name, _key(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return tuple(map(_key, value))
    return (isinstance(value, bool), value)


def _earliest(_: Any, wanted: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and bounds.too_early(instance, wanted):
        yield ValidationError("too early")


def _latest(_: Any, wanted: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and bounds.too_late(instance, wanted):
        yield ValidationError("too late")


_Validator: Final[Any] = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    {"uniqueItems": _unique_items, "x-earliest": _earliest, "x-latest": _latest},
)
_validators: dict[int, tuple[Mapping[str, Any], Any]] = {}
_VALIDATORS: Final = 1000
_NOTHING_REMOTE: Final[Registry[Any]] = Registry()
"""A `$ref` that leaves the schema finds nothing; the library's default would fetch it."""


def _compiled(schema: Mapping[str, Any]) -> Any:
    """Keyed by the schema's identity: a service's schema lives as long as the process, and the reference here keeps its
    id unique."""
    held = _validators.get(id(schema))
    if held is None or held[0] is not schema:
        if len(_validators) >= _VALIDATORS:
            _validators.clear()
        held = (
            schema,
            _Validator(dict(schema), format_checker=_CHECKER, registry=_NOTHING_REMOTE),
        )
        _validators[id(schema)] = held
    return held[1]


# --- Before the schema --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Problem:
    pointer: str
    code: str
    key: str
    params: tuple[tuple[str, object], ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    """What the form itself says about this mistake, by language; it stands in place of `key`."""
    help: tuple[tuple[str, str], ...] = ()
    """What the form says about the field, by language; it follows the text of `key`."""
    allowed: tuple[str, ...] = ()
    choices: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """What may be chosen, each with its name by language; it fills the placeholder `allowed`."""

    def told(self, language: str) -> FormError:
        own = dict(self.said).get(language)
        if own:
            return FormError(self.pointer, self.code, own, self.allowed)
        params = {
            name: written.day(value, language) if isinstance(value, date) else value for name, value in self.params
        }
        if self.choices:
            params["allowed"] = ", ".join(dict(names).get(language) or value for value, names in self.choices)
        detail, help = translate(self.key, language, **params), dict(self.help).get(language)
        return FormError(self.pointer, self.code, f"{detail} {help}" if help else detail, self.allowed)


def _unreadable(form: Any, limits: Limits, at: str) -> Iterator[_Problem]:
    """Limits that are checked before the schema. Not recursive, because the depth may be hostile."""
    pending: list[tuple[str, Any, int]] = [(at, form, 1)]
    seen = 0
    while pending:
        place, value, depth = pending.pop()
        seen += 1
        if seen > limits.values:
            yield _Problem(at, "size", "form.size", (("limit", limits.values),))
            return
        if isinstance(value, dict | list):
            if depth > limits.depth:
                yield _Problem(at, "depth", "form.depth", (("limit", limits.depth),))
                return
            items: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
            for name, inner in items:
                if isinstance(name, str) and (len(name) > _NAME or not typed_text.acceptable(name)):
                    yield _Problem(place, "text", "form.text")
                    return
                pending.append((f"{place}/{_escaped(name)}", inner, depth + 1))
        elif isinstance(value, str):
            too_long = len(value) > _MARKS_TOO * limits.text_characters
            if not too_long and not typed_text.acceptable(value):
                yield _Problem(place, "text", "form.text")
            elif too_long or len(typed_text.clean(value)) > limits.text_characters:
                yield _Problem(place, "maxLength", "form.maxLength", (("limit", limits.text_characters),))
        elif isinstance(value, int | float) and not -_LARGEST <= value <= _LARGEST:  # NaN too
            yield _Problem(place, "range", "form.range")


# --- Errors of the schema -----------------------------------------------------------------------------------------

_WITH_LIMIT: Final = frozenset(
    {
        "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minItems", "maxItems", "minProperties", "maxProperties",
    }
)  # fmt: skip
_CHOICES: Final = 30


def _problems(error: ValidationError, at: str, root: Mapping[str, Any]) -> Iterator[_Problem]:
    """An error of the library as problems at the leaves. `root`: the form's schema."""
    if error.context:
        for inner in _likeliest(error):
            yield from _problems(inner, at, root)
        return
    place = at + "".join(f"/{_escaped(step)}" for step in error.absolute_path)
    keyword = str(error.validator)
    wanted: Any = error.validator_value
    instance: Any = error.instance
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    if keyword in ("required", "dependentRequired"):
        for name in _missing(wanted, instance):
            yield _Problem(f"{place}/{_escaped(name)}", "required", "form.required")
    elif keyword in ("additionalProperties", "unevaluatedProperties"):
        for name in instance.keys() - schema.get("properties", {}).keys():
            yield _Problem(f"{place}/{_escaped(name)}", "additionalProperties", "form.additionalProperties")
    elif keyword == "type":
        key = f"form.type.{wanted}" if isinstance(wanted, str) and wanted != "null" else "form.type"
        yield _Problem(place, keyword, key)
    elif keyword == "format":
        yield _Problem(place, keyword, f"form.format.{wanted}" if wanted in formats.FORMATS else "form.format")
    elif keyword == "const" and wanted is True:
        yield _Problem(place, keyword, "form.must_agree")
    elif keyword in ("enum", "const"):
        allowed = tuple(map(str, wanted if keyword == "enum" else [wanted]))
        names = _named(root, error.absolute_path)
        choices = tuple((each, tuple(names.get(each, {}).items())) for each in allowed[:_CHOICES])
        yield _Problem(place, keyword, f"form.{keyword}", allowed=allowed, choices=choices)
    elif keyword == "pattern":
        said, help = (tuple(schema.get(word, {}).items()) for word in ("x-message", "x-help"))
        yield _Problem(place, keyword, "form.pattern", said=said, help=help)
    elif keyword in ("x-earliest", "x-latest"):
        yield _Problem(place, keyword[2:], f"form.{keyword[2:]}", (("limit", _day(wanted)),))
    elif keyword in _WITH_LIMIT:
        yield _Problem(place, keyword, f"form.{keyword}", (("limit", wanted),))
    else:
        yield _Problem(place, keyword, "form.uniqueItems" if keyword == "uniqueItems" else "form.invalid")


def _named(root: Mapping[str, Any], path: Iterable[Any]) -> Mapping[str, Mapping[str, str]]:
    """What the choices of the member at `path` are called, by value and language. A condition that narrows a choice
    does not repeat the names, so they are looked for in every schema that speaks about the member."""
    schemas = _applying([root], root)
    for step in path:
        schemas = _applying(_below(schemas, step), root)
    return next((each["x-enum-titles"] for each in schemas if isinstance(each.get("x-enum-titles"), Mapping)), {})


def _day(bound: str) -> date:
    return bounds.day(bound, datetime.now(UTC).date())


def _likeliest(error: ValidationError) -> list[ValidationError]:
    """Of the branches of `anyOf` or `oneOf`, the errors of the one that is nearest: deepest, then with the fewest."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(next(iter(inner.schema_path)), []).append(inner)
    return min(branches.values(), key=lambda errors: (-max(len(e.path) for e in errors), _blunt(errors), len(errors)))


def _blunt(errors: list[ValidationError]) -> bool:
    return any(error.validator in ("type", "const", "enum") for error in errors)


def _missing(wanted: Any, instance: Mapping[str, Any]) -> list[str]:
    if isinstance(wanted, Mapping):  # dependentRequired
        wanted = [name for trigger, names in wanted.items() if trigger in instance for name in names]
    return [name for name in wanted if name not in instance]


def _escaped(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


# --- Walking form and schema together -----------------------------------------------------------------------------

Schemas = list[Mapping[str, Any]]


def _applying(schemas: Iterable[Any], root: Mapping[str, Any]) -> Schemas:
    """All subschemas that may speak about the same value: those given and what they refer to or combine."""
    found: Schemas = []
    pending = list(schemas)
    while pending:
        schema = pending.pop()
        if not isinstance(schema, Mapping) or any(schema is each for each in found):
            continue
        found.append(schema)
        pending += [inner for word in ("allOf", "anyOf", "oneOf") for inner in schema.get(word, ())]
        pending += [schema[word] for word in ("then", "else") if word in schema]
        if isinstance(reference := schema.get("$ref"), str):
            pending.append(_local(reference, root))
    return found


def _local(reference: str, root: Mapping[str, Any]) -> Any:
    target: Any = root
    for step in reference.removeprefix("#").split("/")[1:]:
        target = target.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(target, Mapping) else None
    return target


def _below(schemas: Schemas, name: object) -> Schemas:
    if isinstance(name, int):
        return [schema["items"] for schema in schemas if "items" in schema]
    return [schema["properties"][name] for schema in schemas if name in schema.get("properties", {})]


def _formats(schemas: Schemas) -> set[str]:
    return {schema["format"] for schema in schemas if isinstance(schema.get("format"), str)}


def _walk(
    value: Any, schemas: Iterable[Any], root: Mapping[str, Any], place: str
) -> Iterator[tuple[str, Any, Schemas]]:
    applying = _applying(schemas, root)
    yield place, value, applying
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _walk(inner, _below(applying, name), root, f"{place}/{_escaped(name)}")


def _clean(value: Any, schemas: Iterable[Any], root: Mapping[str, Any]) -> Any:
    applying = _applying(schemas, root)
    if isinstance(value, Mapping):
        return {name: _clean(inner, _below(applying, name), root) for name, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner, _below(applying, index), root) for index, inner in enumerate(value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # JSON Schema takes 2.0 for an integer; multiplying a fee needs an int
    if not isinstance(value, str):
        return value
    known = sorted(_formats(applying) & formats.FORMATS.keys())
    if not known:
        return typed_text.line(value) if _one_line(applying) else typed_text.clean(value)
    text = typed_text.bare(value)
    for name in known:
        text = formats.FORMATS[name].clean(text)
    return text


def _one_line(schemas: Schemas) -> bool:
    """A short text is a name, a number, a line of an address: no line end belongs in it."""
    return any(schema.get("maxLength", typed_text.ONE_LINE + 1) <= typed_text.ONE_LINE for schema in schemas)

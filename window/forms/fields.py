"""Fields to draw: what the schema says, with the values, the errors and the choices that belong to them now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from window.forms.mistakes import Mistake
from window.forms.pointers import Schema, holds, members, required, schema_at, value_at

Kind = Literal[
    "group", "list", "lines", "files", "text", "textarea", "number", "date", "file", "radio", "select", "open", "yes"
]

RADIOS: Final = 5
"""As many choices are shown side by side; more are a list to open."""
_LONG_TEXT: Final = 200
_LATIN: Final = ("cnie", "phone", "email", "ma-postcode", "code", "digits")
MOST_ITEMS: Final = 20


@dataclass(slots=True)
class Choice:
    value: str
    title: str
    show_when: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Field:
    pointer: str
    kind: Kind
    title: str
    help: str = ""
    optional: bool = False
    value: Any = None
    errors: list[Mistake] = field(default_factory=list)
    show_when: Mapping[str, Any] | None = None
    verified_when: Mapping[str, Any] | None = None
    choices: list[Choice] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    """Members of a group, items of a list."""
    item_title: str = ""
    autocomplete: str = ""
    inputmode: str = ""
    direction: str = "auto"
    most: int | None = None
    partial: bool = False
    """Of a date: the day, or the month too, may be unknown."""
    accept: str = ""
    most_bytes: int = 0
    depends_on: list[str] = field(default_factory=list)
    """Fields that its choices follow from, by pointer."""
    can_add: bool = False
    unlisted: bool = False
    """Its list cannot be had now."""

    @property
    def id(self) -> str:
        return f"f{self.pointer.replace('/', '.')}"

    @property
    def first_input(self) -> str:
        """Id of what a link to the field gives the focus to; of some kinds a frame stands around several."""
        return self.id + {"date": "-day", "radio": "-1"}.get(self.kind, "")

    def walk(self) -> list[Field]:
        return [self, *(inner for each in self.fields for inner in each.walk())]


@dataclass(slots=True)
class Part:
    """A part of a long form, with its own title."""

    title: str
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a form is drawn with."""

    form: Any
    errors: Mapping[str, list[Mistake]]
    choices: Mapping[str, list[Choice]]
    """Of members with `x-source`, by pointer."""
    yes: str
    no: str
    unlisted: Collection[str] = ()
    """Members whose list cannot be had now."""


def parts(schema: Schema, drawing: Drawing) -> list[Part]:
    """By `x-groups`, without what is not asked for at all."""
    drawn = {each.pointer: each for each in _members(schema, "", drawing)}
    found, placed = [], set()
    for group in schema.get("x-groups", ()):
        inside = [drawn[f"/{name}"] for name in group["members"] if f"/{name}" in drawn]
        placed |= {each.pointer for each in inside}
        if inside:
            found.append(Part(group["title"], _opened(inside, group["title"])))
    rest = [each for pointer, each in drawn.items() if pointer not in placed]
    return [*found, *([Part("", rest)] if rest else [])]


def _opened(fields: list[Field], title: str) -> list[Field]:
    """A part that is one group of the same title has that group's members, not a frame in a frame."""
    if len(fields) == 1 and fields[0].kind == "group" and fields[0].title == title and not fields[0].show_when:
        return fields[0].fields
    return fields


def _members(schema: Schema, at: str, drawing: Drawing) -> list[Field]:
    must = required(schema)
    found = []
    for name, part in members(schema):
        made = make(part, f"{at}/{name}", drawing, optional=name not in must)
        if made is not None:
            found.append(made)
    return found


def make(schema: Schema, pointer: str, drawing: Drawing, *, optional: bool) -> Field | None:
    """None for what the gateway fills in, and for groups of nothing else."""
    if schema.get("readOnly"):
        return None
    drawn = Field(
        pointer=pointer,
        kind=_kind(schema),
        title=schema.get("title", ""),
        help=schema.get("description", ""),
        optional=optional,
        value=value_at(drawing.form, pointer),
        errors=list(drawing.errors.get(pointer, ())),
        show_when=schema.get("x-show-when"),
        verified_when=schema.get("x-verified-when"),
        autocomplete=schema.get("x-autocomplete", ""),
        most=schema.get("maxLength"),
    )
    if drawn.kind == "group":
        drawn.fields = _members(schema, pointer, drawing)
        return drawn if drawn.fields else None
    if drawn.kind in ("list", "files"):
        return _list(schema, drawn, drawing)
    if drawn.kind == "lines":
        drawn.most = (schema["items"].get("maxLength") or 80) * (schema.get("maxItems") or 10)
        drawn.value = "\n".join(map(str, drawn.value)) if isinstance(drawn.value, list) else drawn.value
        _take_errors_inside(drawn, drawing)
        return drawn
    _detail(schema, drawn, drawing)
    return drawn


def _kind(schema: Schema) -> Kind:
    kind, form = schema.get("type"), schema.get("format", "")
    if kind == "object":
        return "group"
    if kind == "array":
        items = schema.get("items", {})
        return "list" if items.get("type") == "object" else "files" if items.get("format") == "attachment" else "lines"
    if kind == "boolean":
        return "yes" if schema.get("const") is True else "radio"
    if kind in ("integer", "number") and "enum" not in schema:
        return "number"
    if form in ("date", "birth-date"):
        return "date"
    if form == "attachment":
        return "file"
    if "enum" in schema:
        return "radio" if len(schema["enum"]) <= RADIOS else "select"
    if "x-source" in schema:
        return "open" if schema["x-source"].get("open") else "select"
    return "textarea" if (schema.get("maxLength") or 0) > _LONG_TEXT and not form else "text"


def _detail(schema: Schema, drawn: Field, drawing: Drawing) -> None:
    form = schema.get("format", "")
    if drawn.kind == "date":
        drawn.partial = form == "birth-date"
    elif drawn.kind == "file":
        drawn.accept = ",".join(schema.get("x-media-types", ()))
        drawn.most_bytes = schema.get("x-max-bytes", 0)
    elif schema.get("type") == "boolean":
        drawn.choices = [Choice("yes", drawing.yes), Choice("no", drawing.no)]
    elif "enum" in schema:
        known = schema.get("x-choices") or [{"value": each, "title": str(each)} for each in schema["enum"]]
        drawn.choices = [Choice(str(each["value"]), each["title"], each.get("show_when")) for each in known]
    elif "x-source" in schema:
        drawn.choices = drawing.choices.get(drawn.pointer, [])
        drawn.unlisted = drawn.pointer in drawing.unlisted
        if drawn.unlisted and drawn.value:
            drawn.choices = [Choice(str(drawn.value), str(drawn.value))]  # what was chosen before is not lost
        source = schema["x-source"]
        drawn.depends_on = [*source.get("filter", {}).values(), *([source["when"]["at"]] if "when" in source else [])]
    if form in _LATIN or drawn.kind == "number":
        drawn.direction = "ltr"
    drawn.inputmode = {"phone": "tel", "email": "email", "digits": "numeric", "ma-postcode": "numeric"}.get(form, "")
    if drawn.kind == "number":
        drawn.inputmode = "numeric"


def _list(schema: Schema, drawn: Field, drawing: Drawing) -> Field:
    items: Schema = schema["items"]
    least, most = schema.get("minItems", 0), min(schema.get("maxItems", MOST_ITEMS), MOST_ITEMS)
    given = drawn.value if isinstance(drawn.value, list) else []
    number = min(max(len(given), least), most)
    drawn.item_title, drawn.can_add = items.get("title", ""), number < most
    drawn.most_bytes = items.get("x-max-bytes", 0)
    for place in range(number):
        made = make(items, f"{drawn.pointer}/{place}", drawing, optional=False)
        if made is not None:
            drawn.fields.append(made)
    return drawn


def _take_errors_inside(drawn: Field, drawing: Drawing) -> None:
    inside = f"{drawn.pointer}/"
    drawn.errors += [text for pointer, texts in drawing.errors.items() if pointer.startswith(inside) for text in texts]


def unplaced(errors: Mapping[str, list[Mistake]], drawn: Sequence[Part], schema: Schema) -> list[tuple[str, Mistake]]:
    """Errors of what has no field here, with the title of what they are about: told in the summary alone. Those of the
    verified identity are left out, as nobody can mend them here; unless there are no others."""
    fields = [inner for part in drawn for each in part.fields for inner in each.walk()]
    placed = {each.pointer for each in fields}
    lines = tuple(f"{each.pointer}/" for each in fields if each.kind == "lines")
    found = {
        pointer: texts
        for pointer, texts in errors.items()
        if pointer not in placed and not (lines and pointer.startswith(lines))
    }
    mendable = {pointer: texts for pointer, texts in found.items() if not _verified(schema, pointer)}
    shown_here = mendable if mendable or len(found) < len(errors) else found
    return [(_title(schema, pointer), text) for pointer, texts in shown_here.items() for text in texts]


def _above(schema: Schema, pointer: str) -> list[Schema]:
    """The schemas on the way to the member, from it to the outermost."""
    steps = pointer.split("/")
    ways = ["/".join(steps[:length]) for length in range(len(steps), 1, -1)]
    return [part for way in ways if (part := schema_at(schema, way)) is not None]


def _verified(schema: Schema, pointer: str) -> bool:
    return any(part.get("readOnly") for part in _above(schema, pointer))


def _title(schema: Schema, pointer: str) -> str:
    """Of the nearest that has one; empty for the form itself."""
    return next((str(part["title"]) for part in _above(schema, pointer) if part.get("title")), "")


def shown(each: Field, form: Any) -> bool:
    """Whether the person sees it, with the form as it is."""
    if each.show_when is not None and not holds(each.show_when, form):
        return False
    return each.verified_when is None or not holds(each.verified_when, form)

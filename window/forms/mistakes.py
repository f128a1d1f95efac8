"""What is wrong with a form, in the window's own words where it knows how the field looks here: a date is three boxes,
a file has its kinds and its size. Else in the API's words, with the portal's own below them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from window.api import ApiProblem
from window.forms.pointers import Schema, schema_at, value_at
from window.translations import Texts

FORM: Final = "/form"
"""Where a form stands in the body of a call: every pointer of the API begins with it."""
_UNREADABLE: Final = ("format", "pattern", "type", "minLength")
_TOO_LARGE: Final = ("body_too_large", "attachment_too_large")
_WRONG_KIND: Final = ("attachment_type_refused", "unsupported_media_type")
_KINDS: Final = ("application/pdf", "image/jpeg", "image/png")
_MILLION: Final = 1_000_000
_MONTHS: Final = 12
_YEAR_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Mistake:
    text: str
    portal_message: str = ""
    """The portal's own words, where they are others."""


def by_pointer(
    errors: Iterable[Mapping[str, Any]], schema: Schema, form: Any, texts: Texts
) -> dict[str, list[Mistake]]:
    """Errors of the API, and findings of its check, by pointer into the form."""
    found: dict[str, list[Mistake]] = {}
    for each in errors:
        pointer = (each["pointer"] or "").removeprefix(FORM)
        part = schema_at(schema, pointer) if pointer else schema
        own = _own(each["code"], part or {}, value_at(form, pointer), texts)
        said = each.get("portal_message") or ""
        mistake = Mistake(own or each["detail"] or said, said if said != each["detail"] else "")
        if mistake not in (known := found.setdefault(pointer, [])):
            known.append(mistake)
    return found


def of_file(problem: ApiProblem, part: Schema, most_bytes: int, texts: Texts) -> str:
    """Why a file was not taken. `most_bytes`: of all files; the form may take less."""
    if problem.status == 413 or problem.code in _TOO_LARGE:
        return too_large(part.get("x-max-bytes") or most_bytes, texts)
    if problem.code in _WRONG_KIND:
        return _wrong_kind(part, texts)
    told = problem.errors[0]["detail"] if problem.errors else problem.detail
    return f"{told} {problem.remedy}".strip()


def too_large(most_bytes: int, texts: Texts) -> str:
    return texts._("This file is too large: at most %(size)s MB.", size=megabytes(most_bytes))


def megabytes(most_bytes: int) -> int:
    """As a person may count on it, and as files are shown on a phone: 10,485,760 are 10."""
    return max(1, most_bytes // _MILLION)


def _own(code: str, part: Schema, value: Any, texts: Texts) -> str:
    """Empty where the API's words are as good."""
    if part.get("format") in ("date", "birth-date") and code in _UNREADABLE:
        return _date(str(value or ""), texts, partial=part["format"] == "birth-date")
    if code == "media_type":
        return _wrong_kind(part, texts)
    if code == "max_bytes" and part.get("x-max-bytes"):
        return too_large(part["x-max-bytes"], texts)
    return ""


def _wrong_kind(part: Schema, texts: Texts) -> str:
    kinds = part.get("x-media-types") or part.get("items", {}).get("x-media-types") or _KINDS
    named = ", ".join(each.partition("/")[2].upper() for each in kinds)
    return texts._(
        "Only plain files of these kinds can be taken here: %(kinds)s."
        " A photo of the paper, or printing to PDF, helps.",
        kinds=named,
    )


def _date(value: str, texts: Texts, *, partial: bool) -> str:
    """Of a date as `window.forms.reading` wrote it: `1988-03-14`, with `?` for boxes that are empty."""
    boxes = [each.strip("?") for each in value.split("-")]
    year, month, day = (*boxes, "", "", "")[:3]
    if missing := _missing(year, month, day, texts, partial=partial):
        return missing
    if not all(each.isdecimal() for each in (year, month, day) if each):
        return texts._("Write the day, the month and the year in digits.")
    if len(year) != _YEAR_DIGITS:
        return texts._("Write the year with four digits.")
    if month and not 1 <= int(month) <= _MONTHS:
        return texts._("This month does not exist: write a number from 1 to 12.")
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return texts._("This day does not exist.")
    return ""


def _missing(year: str, month: str, day: str, texts: Texts, *, partial: bool) -> str:
    if not year:
        return texts._("Add the year.") if month else texts._("Add the month and the year.")
    if not month and day:
        return texts._("Add the month.")
    if not partial and not day:
        return texts._("Add the day.") if month else texts._("Add the day and the month.")
    return ""

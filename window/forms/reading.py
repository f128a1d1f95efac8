"""What a browser posted, read back into the value of the form. Nothing is checked here: the API does that."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, Final

from window.forms.fields import MOST_ITEMS
from window.forms.pointers import Schema, holds, members, place

FILE_SUFFIX: Final = "#file"
ITEMS_SUFFIX: Final = "#items"
NAME_SUFFIX: Final = "#name"
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")
DATE_PARTS: Final = ("#year", "#month", "#day")

Nothing: Final = object()


class Posted:
    """Texts by name. A name that came twice has its first text, but for lists of items."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._all: dict[str, list[str]] = {}
        for name, value in fields:
            self._all.setdefault(name, []).append(value.strip())

    def one(self, name: str) -> str:
        return self._all.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        return self._all.get(name, [])

    def put(self, name: str, value: str) -> None:
        self._all[name] = [value]

    def add(self, name: str, value: str) -> None:
        self._all.setdefault(name, []).append(value)

    def remove(self, name: str, value: str) -> None:
        self._all[name] = [each for each in self._all.get(name, []) if each != value]

    def add_item(self, pointer: str) -> int:
        """One more item of the list there. Its place."""
        taken = [at for each in self.all(pointer + ITEMS_SUFFIX) if (at := place(each)) is not None]
        self.add(pointer + ITEMS_SUFFIX, str(new := max(taken, default=-1) + 1))
        return new


def read(schema: Schema, posted: Posted) -> dict[str, Any]:
    """The form, without what is not shown and what is the person's verified identity."""
    raw = _object(schema, "", posted, lambda *_: True)

    def wanted(part: Schema, pointer: str) -> bool:
        del pointer
        if part.get("readOnly"):
            return False
        if (condition := part.get("x-show-when")) is not None and not holds(condition, raw):
            return False
        verified = part.get("x-verified-when")
        return verified is None or not holds(verified, raw)

    return _object(schema, "", posted, wanted)


def _object(schema: Schema, at: str, posted: Posted, wanted: Callable[[Schema, str], bool]) -> dict[str, Any]:
    found = {}
    must = schema.get("required", ())
    for name, part in members(schema):
        pointer = f"{at}/{name}"
        if not wanted(part, pointer):
            continue
        value = _value(part, pointer, posted, wanted)
        if value is Nothing or (value == {} and name not in must):
            continue
        found[name] = value
    return found


def _value(schema: Schema, pointer: str, posted: Posted, wanted: Callable[[Schema, str], bool]) -> Any:
    kind, form = schema.get("type"), schema.get("format", "")
    if kind == "object":
        return _object(schema, pointer, posted, wanted)
    if kind == "array":
        return _list(schema, pointer, posted, wanted)
    if form in ("date", "birth-date"):
        return _date(pointer, posted)
    text = posted.one(pointer)
    if not text:
        return Nothing
    if kind == "boolean":
        return text == "yes"
    if kind in ("integer", "number"):
        plain = digits(text)
        return int(plain) if _WHOLE.fullmatch(plain) else text  # what is no number goes as it is, to be refused
    return text


def _list(schema: Schema, pointer: str, posted: Posted, wanted: Callable[[Schema, str], bool]) -> Any:
    items: Schema = schema["items"]
    if items.get("type") != "object" and items.get("format") != "attachment":
        lines = [line.strip() for line in posted.one(pointer).splitlines()]
        found: list[Any] = [line for line in lines if line]
        return found or Nothing
    found = []
    for each in posted.all(f"{pointer}{ITEMS_SUFFIX}")[:MOST_ITEMS]:
        if place(each) is not None:
            value = _value(items, f"{pointer}/{each}", posted, wanted)
            if value is not Nothing and value != {}:
                found.append(value)
    return found or Nothing


def _date(pointer: str, posted: Posted) -> Any:
    """As much as was filled in: `1988-03-14`, `1988-03`, `1988`. What makes no date goes as it is, to be refused."""
    year, month, day = (digits(posted.one(pointer + part)) for part in DATE_PARTS)
    if not (year or month or day):
        return Nothing
    found = [year or "????"]
    if month or day:
        found.append(month.zfill(2) if month else "??")
    if day:
        found.append(day.zfill(2))
    return "-".join(found)


def digits(text: str) -> str:
    """Digits of any keyboard as 0 to 9. A `²` is none of them."""
    return "".join(str(unicodedata.decimal(each, each)) for each in text)

"""The shape of a portal's answer: which members it has and of which types. No value of it is in there.

So the operator and the portal's agency see what has changed without seeing whom it was about. Names of members are the
portal's own; one that is long, or holds digits or spaces, is shown as `*`, because maps may be keyed by a person's
number or name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from gateway import safe_xml

LARGEST: Final = 65_536
"""Bytes of an answer that are looked at; a larger one is `too large to look at`."""
LINES: Final = 80
"""Lines of a shape; more are cut, and the last one says so."""
_DEEPEST: Final = 8
_ITEMS: Final = 20
"""Entries of a list that are looked at."""
_MEMBERS: Final = 60
_NAME: Final = re.compile(r"[A-Za-z_@#$][A-Za-z_.:@#$-]{0,39}[0-9]?")
_OTHER: Final = "*"
_TYPES: Final = {bool: "boolean", int: "number", float: "number", str: "text", type(None): "null"}

Shape = tuple[str, ...]


def shape_of(media_type: str, body: bytes, *, lines: int = LINES, largest: int = LARGEST) -> Shape:
    """Sorted lines like `demande.statut: text`, `pieces[].type: text`, `html: form`. Never fails, never holds a value.

    At most `lines` lines, of a body of at most `largest` bytes."""
    if not body:
        return ("empty",)
    if len(body) > largest:
        return ("too large to look at",)
    try:
        found = sorted(set(_lines(media_type.partition(";")[0].strip().lower(), body)))
    except (ValueError, RecursionError, msgspec.MsgspecError, AssertionError):  # the last is html.parser's, of `<![x`
        found = ["cannot be read as what it says it is"]
    return tuple(found if len(found) <= lines else [*found[: lines - 1], "..."])


def hash_of(shape: Shape) -> str:
    return hashlib.sha256("\n".join(shape).encode()).hexdigest()


def _lines(media_type: str, body: bytes) -> Iterator[str]:
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        yield from _json("", msgspec.json.decode(body), 0)
    elif media_type in ("text/html", "application/xhtml+xml") or body[:400].lower().find(b"<html") >= 0:
        yield from _html(body)
    elif start == b"<":
        yield from _xml(body)
    elif media_type == "application/x-www-form-urlencoded":
        yield from (f"{_named(name)}: text" for name, _ in parse_qsl(body.decode("utf-8", "replace")))
    elif media_type.startswith("text/"):
        yield "plain text"
    else:
        yield "bytes"


def _json(path: str, value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        yield f"{path}: deeper"
    elif isinstance(value, dict):
        if not value:
            yield f"{path or '.'}: empty object"
        many = len(value) > _MEMBERS
        for name, each in list(value.items())[:_MEMBERS]:
            yield from _json(f"{path}.{_OTHER if many else _named(name)}".lstrip("."), each, depth + 1)
    elif isinstance(value, list):
        if not value:
            yield f"{path}[]: empty list"
        for each in value[:_ITEMS]:
            yield from _json(f"{path}[]", each, depth + 1)
    else:
        yield f"{path or '.'}: {_TYPES.get(type(value), 'text')}"


def _xml(body: bytes) -> Iterator[str]:
    def walk(path: str, element: Any, depth: int) -> Iterator[str]:
        name = f"{path}/{_named(_local(str(element.tag)))}"
        children = [each for each in element if isinstance(each.tag, str)][:_MEMBERS]
        if children and depth < _DEEPEST:
            for each in children:
                yield from walk(name, each, depth + 1)
        else:
            yield f"{name}: text" if (element.text or "").strip() else name
        yield from (f"{name}@{_named(_local(str(each)))}" for each in element.attrib)

    yield from walk("", safe_xml.parse(body), 0)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(_named(tag))


def _html(body: bytes) -> Iterator[str]:
    """Which elements there are: a page has no members."""
    tags = _Tags()
    tags.feed(body.decode("utf-8", "replace"))
    yield from (f"html: {tag}" for tag in tags.found)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _named(name: str) -> str:
    return name if _NAME.fullmatch(name) else _OTHER

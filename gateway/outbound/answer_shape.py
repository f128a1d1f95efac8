"""The shape of a portal's answer: which members it has and of which types. No value of it is in there.

So the operator and the portal's agency see what has changed without seeing whom it was about. A map may be keyed by a
person's number, name or address, so the name of a member is shown only if it is made of words that are known
(`gateway.outbound.answer_words`); any other is `*`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from gateway import safe_xml
from gateway.outbound.answer_words import HTML, TECHNICAL, parts_of

LARGEST: Final = 65_536
"""Bytes of an answer that are looked at; a larger one is `too large to look at`."""
LINES: Final = 80
"""Lines of a shape; more are cut, and the last one says so."""
_DEEPEST: Final = 8
_ITEMS: Final = 20
"""Entries of a list that are looked at."""
_MEMBERS: Final = 60
_NAME: Final = re.compile(r"[A-Za-z_@#$][A-Za-z_:#$-]{0,39}[0-9]?")
_OTHER: Final = "*"
_TYPES: Final = {bool: "boolean", int: "number", float: "number", str: "text", type(None): "null"}

Shape = tuple[str, ...]
_Shown = Callable[[str], str]


def shape_of(
    media_type: str,
    body: bytes,
    words: frozenset[str] | None = frozenset(),
    *,
    lines: int = LINES,
    largest: int = LARGEST,
) -> Shape:
    """Sorted lines like `demande.statut: text`, `pieces[].type: text`, `html: form`. Never fails, never holds a value.

    At most `lines` lines, of a body of at most `largest` bytes. `words`, in lower case, may be shown of names besides
    technical ones; None: all, for an answer that is about nobody."""
    if not body:
        return ("empty",)
    if len(body) > largest:
        return ("too large to look at",)
    try:
        found = sorted(set(_lines(media_type.partition(";")[0].strip().lower(), body, _shown(words))))
    except (ValueError, RecursionError, msgspec.MsgspecError, AssertionError):  # the last is html.parser's, of `<![x`
        found = ["cannot be read as what it says it is"]
    return tuple(found if len(found) <= lines else [*found[: lines - 1], "..."])


def hash_of(shape: Shape) -> str:
    return hashlib.sha256("\n".join(shape).encode()).hexdigest()


def _shown(words: frozenset[str] | None) -> _Shown:
    """How a name is shown."""

    def shown(name: str) -> str:
        known = words is None or all(each in words or each in TECHNICAL for each in parts_of(name))
        return name if known and _NAME.fullmatch(name) else _OTHER

    return shown


def _lines(media_type: str, body: bytes, shown: _Shown) -> Iterator[str]:
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        yield from _json("", msgspec.json.decode(body), 0, shown)
    elif media_type in ("text/html", "application/xhtml+xml") or body[:400].lower().find(b"<html") >= 0:
        yield from _html(body)
    elif start == b"<":
        yield from _xml(body, shown)
    elif media_type == "application/x-www-form-urlencoded":
        yield from (f"{shown(name)}: text" for name, _ in parse_qsl(body.decode("utf-8", "replace")))
    elif media_type.startswith("text/"):
        yield "plain text"
    else:
        yield "bytes"


def _json(path: str, value: Any, depth: int, shown: _Shown) -> Iterator[str]:
    if depth > _DEEPEST:
        yield f"{path}: deeper"
    elif isinstance(value, dict):
        if not value:
            yield f"{path or '.'}: empty object"
        many = len(value) > _MEMBERS
        for name, each in list(value.items())[:_MEMBERS]:
            yield from _json(f"{path}.{_OTHER if many else shown(name)}".lstrip("."), each, depth + 1, shown)
    elif isinstance(value, list):
        if not value:
            yield f"{path}[]: empty list"
        for each in value[:_ITEMS]:
            yield from _json(f"{path}[]", each, depth + 1, shown)
    else:
        yield f"{path or '.'}: {_TYPES.get(type(value), 'text')}"


def _xml(body: bytes, shown: _Shown) -> Iterator[str]:
    def walk(path: str, element: Any, depth: int) -> Iterator[str]:
        name = f"{path}/{shown(_local(str(element.tag)))}"
        children = [each for each in element if isinstance(each.tag, str)][:_MEMBERS]
        if children and depth < _DEEPEST:
            for each in children:
                yield from walk(name, each, depth + 1)
        else:
            yield f"{name}: text" if (element.text or "").strip() else name
        yield from (f"{name}@{shown(_local(str(each)))}" for each in element.attrib)

    yield from walk("", safe_xml.parse(body), 0)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag if tag in HTML else _OTHER)


def _html(body: bytes) -> Iterator[str]:
    """Which elements there are: a page has no members."""
    tags = _Tags()
    tags.feed(body.decode("utf-8", "replace"))
    yield from (f"html: {tag}" for tag in tags.found)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]

"""Patterns that mean the same to Python and to a browser, which compiles them with the `v` flag (`new RegExp(p, "v")`).

A browser that cannot compile a pattern drops it, and then takes every value. Much of what Python understands is an
error or means something else there, so a form uses what both have: characters, classes, groups, counts, `|`, `^`, `$`
and lookahead.
"""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 500
_SYNTAX: Final = frozenset("^$\\.*+?()[]{}|/")
_CLASS_SYNTAX: Final = frozenset("()[{}/|")
_CLASS_ESCAPED: Final = _SYNTAX | frozenset("-&!#%,:;<=>@`~")
_DOUBLED: Final = frozenset("&!#$%*+,.:;<=>?@^`~")
_CODE_POINT: Final = re.compile("u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[tnr]")
_COUNT: Final = re.compile(r"\{[0-9]{1,4}(?:,[0-9]{0,4})?\}")
_GROUPS: Final = ("(?:", "(?=", "(?!")
_ARABIC_DIGITS: Final = r"0-9\u0660-\u0669\u06F0-\u06F9"


class NotPortable(ValueError):
    """What one of the two would not understand, or understand in another way."""


def check(pattern: str) -> None:
    """Raises `NotPortable`."""
    if len(pattern) > _LONGEST:
        raise NotPortable(f"is longer than {_LONGEST} characters")
    _walk(pattern)
    try:
        re.compile(pattern)
    except re.error as error:
        raise NotPortable(f"is no regular expression: {error}") from error


def as_typed(pattern: str, format: str) -> str:
    """The pattern for what a person types, where the gateway cleans the value before it checks it: `digits` takes those
    of an Arabic keyboard, `code` small letters too."""
    if format not in ("digits", "code"):
        return pattern
    if format == "code" and "a-z" not in pattern:
        pattern = pattern.replace("A-Z", "A-Za-z")
    return pattern.replace("0-9", _ARABIC_DIGITS)


def _walk(pattern: str) -> None:
    at = 0
    quantified = False  # whether a count here would repeat what may not be repeated
    lookahead: list[bool] = []
    while at < len(pattern):
        each = pattern[at]
        if each == "\\":
            at = _escape(pattern, at + 1, _SYNTAX)
        elif each == "[":
            at = _class(pattern, at + 1)
        elif each == "(":
            if pattern.startswith("(?", at) and not pattern.startswith(_GROUPS, at):
                raise NotPortable(f"has a group that browsers or Python do not know, at {at}")
            lookahead.append(pattern[at + 2 : at + 3] in ("=", "!") and pattern[at + 1] == "?")
            at += 3 if pattern.startswith("(?", at) else 1
        elif each == ")":
            if not lookahead:
                raise NotPortable(f"has a single ) at {at}: write \\)")
            at, quantified = at + 1, lookahead.pop()
            continue
        elif each in "*+?" or each == "{":
            at = _quantifier(pattern, at, quantified)
            quantified = True
            continue
        elif each in "]}":
            raise NotPortable(f"has a single {each} at {at}: write \\{each}")
        else:
            at += 1
        quantified = False


def _quantifier(pattern: str, at: int, quantified: bool) -> int:
    """Past one quantifier. A second one is possessive to Python and an error to a browser; `?` makes the first lazy."""
    if pattern[at] == "{":
        found = _COUNT.match(pattern, at)
        if found is None:
            raise NotPortable(f"has a single {{ at {at}: write \\{{")
        end = found.end()
    else:
        end = at + 1
    if quantified:
        raise NotPortable(f"repeats a repetition at {at}")
    return end + 1 if pattern.startswith("?", end) else end


def _escape(pattern: str, at: int, plain: frozenset[str]) -> int:
    """Past what follows a backslash."""
    found = _CODE_POINT.match(pattern, at)
    if found is not None:
        if found[0].startswith("u") and 0xD800 <= int(found[0][1:], 16) <= 0xDFFF:
            raise NotPortable(f"has half of a character at {at}")
        return found.end()
    if pattern[at : at + 1] not in plain:
        raise NotPortable(
            f"has \\{pattern[at : at + 1]} at {at}, which is not the same everywhere: name the characters"
        )
    return at + 1


def _class(pattern: str, at: int) -> int:
    """Past a class, whose `[` is behind us."""
    at += pattern.startswith("^", at)
    first = at
    after_atom = False  # a hyphen may follow, as that of a range
    while at < len(pattern):
        each = pattern[at]
        if each == "]" and at > first:
            return at + 1
        if each == "-":
            if not after_atom or pattern[at + 1 : at + 2] in ("", "]", "-"):
                raise NotPortable(f"has a hyphen in a class at {at} that is no range: write \\-")
            at = _class_atom(pattern, at + 1)
            after_atom = False
            continue
        at = _class_atom(pattern, at)
        after_atom = True
    raise NotPortable("has a class without an end")


def _class_atom(pattern: str, at: int) -> int:
    each = pattern[at]
    if each == "\\":
        return _escape(pattern, at + 1, _CLASS_ESCAPED)
    if each in _CLASS_SYNTAX or each == "]":
        raise NotPortable(f"has {each} in a class at {at}: write \\{each}")
    if each in _DOUBLED and pattern[at + 1 : at + 2] == each:
        raise NotPortable(f"has {each}{each} in a class at {at}, which browsers keep for later")
    return at + 1

"""The record of an access to the log: its filters, and whose records were seen.

An auditor can type anything into a filter, even a person's name or number, which a leaf must not hold. So the record
holds a value only if it is one of ours, or if a record with it was found, because then the log has it already.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, get_args

from sqlalchemy import Connection, select

from gateway.audit.entry import Entry, Kind, Outcome
from gateway.audit.search import Filter, Found, leaves_of
from gateway.storage.tables import cases

PSEUDONYM: Final = re.compile(r"p(?:[0-9]{4})?_[0-9a-f]{32}")
"""Of a person, in the store or in the log."""

_PURPOSE: Final = "audit"
_LONGEST: Final = 200
"""Characters of `search` in a record."""
_OURS: Final = {"kind": get_args(Kind), "outcome": get_args(Outcome)}
_TYPED: Final = ("portal", "service", "client", "operation", "case_id", "call_id", "actor")


def describe(entry: Entry, where: Filter, found: Sequence[Found] = (), *, whole: bool = True, owner: str = "") -> None:
    """Make `entry` that of a look for `where`. It names the person, if it was about one: asked for by pseudonym, the
    `owner` of the case asked for if anything of it was `found`, whoever else has touched it, or the only one in what
    was `found`, if that is the `whole` of what is shown. The same holds for a case."""
    entry.kind = "access"
    entry.purpose, entry.search = _PURPOSE, searched(where, found=bool(found))
    if PSEUDONYM.fullmatch(where.subject):
        entry.subject = where.subject
    elif owner and where.case_id and found:
        entry.subject = owner
    elif whole and len(people := {each.record.subject for each in found}) == 1:
        entry.subject = people.pop()
    if len(seen := {each.record.case for each in found}) == 1 and (whole or where.case_id):
        entry.case_id = seen.pop()


def describe_export(connection: Connection, entry: Entry, where: Filter, start: int, stop: int | None) -> None:
    """The same for an access that shows more than a page: by its first page."""
    page = leaves_of(connection, where, start, stop)
    describe(entry, where, page.found(), whole=page.next is None, owner=owner_of(connection, where.case_id))


def owner_of(connection: Connection, case_id: str) -> str:
    """Pseudonym of the person whose case it is, as the store has it; empty if it is nobody's or there is no such."""
    if not case_id:
        return ""
    found: str | None = connection.execute(select(cases.c.subject).where(cases.c.id == case_id)).scalar_one_or_none()
    return found or ""


def searched(where: Filter, *, found: bool) -> str:
    """`kind=access portal=… since=2026-01-01T00:00Z`. Filters that do not fit appear by name alone."""
    words = []
    for name, values in _OURS.items():
        if value := getattr(where, name):
            words.append(f"{name}={value}" if value in values else name)
    typed = {name: value for name in _TYPED if (value := getattr(where, name))}
    words += [f"{name}={value}" if found else name for name, value in typed.items()]
    words += ["subject"] if where.subject or where.subjects else []
    for name, moment in (("since", where.since), ("until", where.until)):
        if moment is not None:
            words.append(f"{name}={moment:%Y-%m-%dT%H:%M%z}".replace("+0000", "Z"))
    while len(text := " ".join(words)) > _LONGEST:
        longest = words.index(max(words, key=len))
        words[longest] = words[longest].partition("=")[0]
    return text

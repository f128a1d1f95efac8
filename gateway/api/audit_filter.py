"""What an auditor asks the log for, in a query, and what the record of that look says about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, get_args

from litestar.di import Provide
from litestar.params import Parameter

from gateway.api.access import Call, entry_of
from gateway.api.problems import Problem
from gateway.audit.entry import Entry, Kind, Outcome
from gateway.audit.search import Filter, Found

Text = Annotated[str, Parameter(max_length=100)]

_PSEUDONYM: Final = re.compile(r"p([0-9]{4})?_[0-9a-f]{32}")
_PURPOSE: Final = "audit"
_LONGEST: Final = 100
"""Characters of a purpose in a record."""


def expand_subject(subject: str) -> tuple[str, ...]:
    """All pseudonyms that the log may have for the person whom `subject` names."""
    return (subject,) if subject else ()


def asked(
    since: Annotated[datetime | None, Parameter(description="From this time on, with its zone.")] = None,
    until: Annotated[datetime | None, Parameter(description="Before this time.")] = None,
    portal: Text = "",
    service: Text = "",
    client: Text = "",
    outcome: Annotated[str, Parameter(max_length=100, description=f"One of {', '.join(get_args(Outcome))}.")] = "",
    kind: Annotated[Literal["call", "step", "admin", "access", "refusal"] | None, Parameter()] = None,
    call_id: Text = "",
    case_id: Text = "",
    operation: Annotated[str, Parameter(max_length=100, description="Such as `tracking.read`.")] = "",
    subject: Annotated[
        str, Parameter(max_length=100, description="A pseudonym, as records or `POST /audit/subjects` give it.")
    ] = "",
) -> Filter:
    """All that is given must hold."""
    return Filter(
        since=_utc(since),
        until=_utc(until),
        portal=portal,
        service=service,
        client=client,
        outcome=outcome,
        kind=kind or "",
        call_id=call_id,
        case_id=case_id,
        operation=operation,
        subject=subject,
        subjects=expand_subject(subject),
    )


ASKED: Final = {"where": Provide(asked, sync_to_thread=False)}


def note_look(request: Call, where: Filter, found: Sequence[Found] | None = None) -> None:
    """Make the call's record that of a look. It names the person, if it was about one: asked for by pseudonym, or the
    only one in what was `found`."""
    entry = entry_of(request)
    entry.kind = "access"
    entry.purpose = _searched(where, found or ())
    if _PSEUDONYM.fullmatch(where.subject):
        entry.subject = where.subject
    if found:
        _name(entry, found)


def _name(entry: Entry, found: Sequence[Found]) -> None:
    people = {each.record.subject for each in found}
    if len(people) == 1 and not entry.subject:
        entry.subject = people.pop()
    cases = {each.record.case for each in found}
    if len(cases) == 1:
        entry.case_id = cases.pop()


def _searched(where: Filter, found: Sequence[Found]) -> str:
    """`audit: kind=access portal=barid client`. What was typed could be anything, even a person's name: a value is told
    only if it is one of ours, or stands in the log already because a record with it was found."""
    words = []
    for name in ("kind", "outcome", "portal", "service", "client", "operation", "case_id", "call_id", "subject"):
        value = getattr(where, name)
        ours = value in (*get_args(Kind), *get_args(Outcome)) if name in ("kind", "outcome") else bool(found)
        if value:
            words.append(f"{name}={value}" if ours and name != "subject" else name)
    for name, moment in (("since", where.since), ("until", where.until)):
        if moment is not None:
            words.append(f"{name}={moment:%Y-%m-%dT%H:%MZ}")
    while words and len(f"{_PURPOSE}: {' '.join(words)}") > _LONGEST:
        longest = max(words, key=len)
        words[words.index(longest)] = longest.partition("=")[0]
    return f"{_PURPOSE}: {' '.join(words)}" if words else _PURPOSE


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    try:
        if moment.tzinfo is None:
            raise Problem("filter_invalid")
        return moment.astimezone(UTC)
    except OverflowError:  # the first or the last day there is, in another zone
        raise Problem("filter_invalid") from None

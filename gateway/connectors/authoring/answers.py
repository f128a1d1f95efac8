"""A portal's answer, read strictly: what is missing, renamed or about something else is an error, never a default.

Describe the answer as a `msgspec.Struct` with required members and decode it. Between the portal's words and ours stand
the plugin's tables: statuses, and motives of a rejection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec

from gateway.connectors.contract import (
    CaseStatus,
    CheckFinding,
    DocumentRef,
    Milestone,
    PortalObjection,
    Progress,
    Refused,
    RequiredAction,
    Step,
)

_T = TypeVar("_T")
_R = TypeVar("_R")

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time that says its offset."""
Reference = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,40}\Z")]
"""A number that may stand in an address: a demand under another one would be one that we cannot ask about."""
Statuses = Mapping[str, tuple[CaseStatus, Milestone | None]]
"""The portal's word -> how the person's case stands, and where the demand is."""

_UNKNOWN: Final = (CaseStatus.IN_PROGRESS, None)


class UnexpectedAnswer(msgspec.ValidationError):
    """Not an answer as we know it. The text names the part and quotes nothing of it."""


def decoded(body: bytes, shape: type[_T]) -> _T:
    """JSON of this shape. Raises `UnexpectedAnswer` without a word of the answer, which `msgspec`'s own error may
    have."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnexpectedAnswer(f"the answer is not {shape.__name__.strip('_').lower()} as we know it") from error


def in_address(text: str, refusal: str = "not_found_at_portal", *, form: str = "[A-Za-z0-9-]{1,40}") -> str:
    """`text` if it may stand in an address, so that nobody's input becomes another address; else `Refused(refusal)`."""
    if not re.fullmatch(form, text):
        raise Refused(refusal)
    return text


def document_in_address(id: str) -> str:
    """The same for the id of a document; else `Refused("document_not_found")`. Where the portal has one document at a
    fixed address, raise that yourself for any other id: no request is needed."""
    return in_address(id, "document_not_found", form="[a-z0-9-]{1,40}")


def same(said: object, asked: object, what: str) -> None:
    """Raises `UnexpectedAnswer` for an answer about another `what` than the one asked about."""
    if said != asked:
        raise UnexpectedAnswer(f"the answer is about another {what}")


def with_key(found: Iterable[_T], key: str, read: Callable[[_T], _R], *, member: str = "client_reference") -> _R | None:
    """The first one that carries our key, read, or None. A portal that ignores its filter answers somebody else's."""
    return next((read(each) for each in found if getattr(each, member) == key), None)


def objection_in(word: str, *, message: str = "", fields: str = "") -> Callable[[bytes], PortalObjection]:
    """How this portal refuses, for `check(response, refusals, read=...)`: the members that hold its word, its text for
    people, and what it objects to (a list of names, or one name). A member within another is `"erreur.code"`. Word and
    message have to be there, the message may be null; the fields may be left out. A body of another shape is
    `UnexpectedAnswer`."""

    def read(body: bytes) -> PortalObjection:
        said = decoded(body, dict[str, Any])
        text = _member(said, message) if message else None
        named = _member(said, fields) if fields else None
        objection = {
            "word": _member(said, word),
            "message": "" if text is None else text,
            "fields": [] if named in (None, msgspec.UNSET) else [named] if isinstance(named, str) else named,
        }
        try:
            return msgspec.convert(objection, PortalObjection)
        except msgspec.ValidationError as error:
            raise UnexpectedAnswer("the answer is not an objection as we know it") from error

    return read


def _member(said: Any, path: str) -> Any:
    """`UNSET`, which is no text, if it is not there."""
    for name in path.split("."):
        said = said.get(name, msgspec.UNSET) if isinstance(said, dict) else msgspec.UNSET
    return said


class _Objection(msgspec.Struct, frozen=True):
    error: str
    message: str


class _Objections(msgspec.Struct, frozen=True):
    objections: list[msgspec.Raw]


def check_findings(
    body: bytes, refusals: Mapping[str, str], fields: Mapping[str, str], *, fields_member: str = "fields"
) -> list[CheckFinding]:
    """What a portal says it would refuse, as `{"objections": [{"error", "message", "fields"}]}`, by the tables that
    `check` takes: its words -> gateway codes, its fields -> JSON pointers into the form. A word that is new to us is
    `portal_refused`. Raises `UnexpectedAnswer` for another shape."""
    found = []
    for raw in decoded(body, _Objections).objections:
        said, named = decoded(bytes(raw), _Objection), decoded(bytes(raw), dict[str, Any]).get(fields_member)
        if not isinstance(named, list):
            raise UnexpectedAnswer("the answer is not an objection as we know it")
        pointers = [fields[name] for name in named if isinstance(name, str) and name in fields]
        code = refusals.get(said.error, "portal_refused")
        found.append(CheckFinding(code=code, fields=pointers, message=said.message))
    return found


def step(statuses: Statuses, word: str, at: datetime, label: str, place: str = "") -> Step:
    """One entry of the portal's history, with the milestone of its `word`. `label` is the portal's text for people, or
    the word again if it has none; `at` is when it happened, never the time of the query."""
    return Step(at=at, label=label, milestone=statuses.get(word, _UNKNOWN)[1], place=place)


def motive(motives: Mapping[str, str], word: str | None, otherwise: str = "officer_refused") -> str:
    """Why the portal rejected, as a code of ours; `otherwise` for a word that the table does not have, or none."""
    return motives.get(word or "", otherwise)


def progress_by(
    statuses: Statuses,
    reference: str,
    word: str,
    steps: Sequence[Step],
    *,
    documents: Sequence[DocumentRef] = (),
    reason: str = "",
    ask: RequiredAction | None = None,
    check_after: float | None = None,
    warnings: Sequence[str] = (),
    message: str = "",
) -> Progress:
    """How the demand stands by the portal's word for it. `steps` is the portal's history as it shows it, oldest first;
    of a portal that says since when it stands so, one step; else none. A word that is not in the table is `in_progress`
    with the warning `portal_status_unknown`. `reason`, and `message` (the portal's own words of it), count only where
    the word means a rejection or a failure. Raises `UnexpectedAnswer` for a blank word, which would tell the person
    nothing."""
    if not word.strip():
        raise UnexpectedAnswer("the answer has no word for how the demand stands")
    status, milestone = statuses.get(word, _UNKNOWN)
    ended_badly = status in (CaseStatus.REJECTED, CaseStatus.FAILED)
    return Progress(
        reference=reference,
        status=status,
        portal_status=word,
        milestone=milestone,
        steps=list(steps),
        documents=list(documents),
        reason=reason if ended_badly else "",
        message=message if ended_badly else "",
        ask=ask,
        check_after=check_after,
        warnings=[*([] if word in statuses else ["portal_status_unknown"]), *warnings],
    )

"""How a portal's answers differ from the recorded exchanges: in status, media type, members and their types.

Only shapes are compared, so nothing here is about a person. An answer is held against the recorded ones to the same
operation, of the same place in it (a call may make several requests) and with the same status. What all of these have
has to be there; what none of them has is new. A list may be empty, and of a page only what all recorded ones have
counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import httpx
import msgspec

from gateway.outbound.answer_shape import Shape, shape_of
from gateway.outbound.answer_words import parts_of, words_in
from gateway.testing.exchanges import Recorded, read_recording, recordings

Change = Literal["new", "missing", "type", "null", "media_type", "status", "unreadable", "unknown_word", "not_recorded"]

NOT_THE_PORTALS: Final = (
    "portal_answer_unexpected", "portal_answer_not_authentic", "portal_failed", "portal_denied_gateway",
    "connector_failed",
)  # fmt: skip
"""Codes of answers that are no word of a portal's: recorded or not, they say nothing of how it answers."""
_LINES: Final = 2_000
_LARGEST: Final = 8_388_608
_ADDED_BY_SECURITY: Final = ("/Envelope/Header", "/Envelope/Body@")
"""What signing adds to a SOAP message: the layers below the connector check it, and no recording has it."""
_CONTAINERS: Final = frozenset({"object", "list", "element"})
_ROOT: Final = "(body)"


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. `expected` and `found` are words: types, media types, numbers of a status."""

    operation: str
    change: Change
    member: str = ""
    """Where in the answer: `demande.statut`, `pieces[].type`."""
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        if self.change in ("new", "missing"):
            return f"{self.operation}: {self.member} is {self.change} ({self.found or self.expected})"
        if self.change in ("type", "null"):
            return f"{self.operation}: {self.member} is {self.found}, recorded was {self.expected}"
        if self.change in ("media_type", "status"):
            return (
                f"{self.operation}: the {self.change.replace('_', ' ')} is {self.found}, recorded was {self.expected}"
            )
        told = {
            "unreadable": "the connector cannot read the answer",
            "unknown_word": "the connector does not know a word of the answer",
            "not_recorded": "no exchange of this operation is recorded",
        }[self.change]
        return f"{self.operation}: {told}" + (f" ({self.found})" if self.found else "")


Members = Mapping[str, frozenset[str]]
"""Of one answer: place -> types found there. Objects, lists and elements are places too."""


@dataclass(slots=True)
class _Known:
    """The recorded answers of one place and status."""

    shapes: list[Members] = field(default_factory=list)
    media_types: set[str] = field(default_factory=set)


class RecordedAnswers:
    """What the exchanges of a plugin's folder say of how its portal answers."""

    def __init__(self, exchanges: Sequence[Recorded], words: frozenset[str] = frozenset()) -> None:
        """`words` may be shown of an answer's names, besides those of the recordings; see `answer_words`."""
        self._known: dict[tuple[str, int, int], _Known] = {}
        for each in exchanges:
            if each.error is not None and each.error.code in NOT_THE_PORTALS:
                continue
            for turn, made in enumerate(each.wire):
                answer = made.response.built()
                known = self._known.setdefault((each.operation, turn, answer.status_code), _Known())
                known.shapes.append(_members(_shape(answer, None)))
                known.media_types.add(_media_type(answer))
        shapes = (shape for known in self._known.values() for shape in known.shapes)
        self._words = words.union(part for shape in shapes for place in shape for part in parts_of(place))

    @classmethod
    def of(cls, folder: Path) -> RecordedAnswers:
        """Of a plugin's folder. A file that cannot be read is left out: replaying it says so."""
        found = []
        for path in recordings(folder):
            try:
                found.append(read_recording(path, {}))
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
        return cls(found, words_in(folder))

    def operations(self) -> frozenset[str]:
        return frozenset(operation for operation, _, _ in self._known)

    def compared(self, operation: str, answers: Sequence[httpx.Response]) -> list[Drift]:
        """How these answers to one call, in their order, differ from the recorded ones. None: it asked nobody."""
        if answers and operation not in self.operations():
            return [Drift(operation=operation, change="not_recorded")]
        return [drift for turn, answer in enumerate(answers) for drift in self._compared(operation, turn, answer)]

    def _compared(self, operation: str, turn: int, answer: httpx.Response) -> Iterator[Drift]:
        known = self._known.get((operation, turn, answer.status_code))
        if known is None:
            of = sorted({str(status) for name, at, status in self._known if (name, at) == (operation, turn)})
            yield Drift(
                operation=operation,
                change="status",
                expected=" or ".join(of) or "no further answer",
                found=str(answer.status_code),
            )
            return
        media_type = _media_type(answer)
        if "" not in known.media_types and media_type not in known.media_types:
            expected = " or ".join(sorted(known.media_types))
            yield Drift(operation=operation, change="media_type", expected=expected, found=media_type or "none")
        yield from _differences(operation, known.shapes, _members(_shape(answer, self._words)))


def to_json(drifts: Sequence[Drift]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(msgspec.json.encode(drifts))
    return found


def _shape(answer: httpx.Response, words: frozenset[str] | None) -> Shape:
    media_type = answer.headers.get("content-type", "")
    return shape_of(media_type, answer.content, words, lines=_LINES, largest=_LARGEST)


def _media_type(answer: httpx.Response) -> str:
    named: str = answer.headers.get("content-type", "")
    return named.partition(";")[0].strip().lower()


def _differences(operation: str, recorded: Sequence[Members], answer: Members) -> Iterator[Drift]:
    types: dict[str, set[str]] = {}
    for shape in recorded:
        for place, kinds in shape.items():
            types.setdefault(place, set()).update(kinds)
    new = {place for place in answer if place not in types and not place.startswith("html: ")}
    for place in sorted(new):
        if _parent(place) not in new:
            yield Drift(operation=operation, change="new", member=place, found=_words(answer[place]))
    for place, known in sorted(types.items()):
        if place in answer:
            if others := answer[place] - known:
                change: Change = "null" if others == {"null"} else "type"
                yield Drift(
                    operation=operation, change=change, member=place, expected=_words(known), found=_words(others)
                )
        elif _needed(place, recorded) and _could_hold(answer, place):
            yield Drift(operation=operation, change="missing", member=place, expected=_words(known))


def _needed(place: str, recorded: Sequence[Members]) -> bool:
    """Every recorded answer that could have it has it. A list may be empty."""
    return not place.endswith("[]") and all(place in each for each in recorded if _could_hold(each, place))


def _could_hold(shape: Members, place: str) -> bool:
    """There is something that has members, or attributes, and this could be one of them."""
    parent = _parent(place)
    return not parent or bool(shape.get(parent, frozenset()) & _CONTAINERS) or ("@" in place and parent in shape)


def _words(kinds: frozenset[str] | set[str]) -> str:
    return " or ".join(sorted(kinds))


def _members(shape: Shape) -> Members:
    found: dict[str, set[str]] = {}
    for line in shape:
        if line.startswith(_ADDED_BY_SECURITY):
            continue
        place, kind = _read(line)
        found.setdefault(place, set()).add(kind)
        while (parent := _parent(place)) and parent != place:
            kinds = found.setdefault(parent, set())
            if "@" not in place:
                kinds.add(_container(place))
            place = parent
    return {place: frozenset(kinds) for place, kinds in found.items()}


def _read(line: str) -> tuple[str, str]:
    """A line of a shape: where, and of which type."""
    if line.startswith("html: "):
        return line, "element"
    if line.startswith("/"):
        place, _, kind = line.partition(": ")
        return place, kind or ("attribute" if "@" in place else "element")
    place, colon, kind = line.partition(": ")
    if not colon:
        return _ROOT, line
    if kind == "empty list":
        return place.removesuffix("[]") or _ROOT, "list"
    return (_ROOT if place == "." else place), ("object" if kind == "empty object" else kind)


def _parent(place: str) -> str:
    """Empty for what stands at the top."""
    if place.startswith("html: "):
        return ""
    if place.startswith("/"):
        element, at, _ = place.rpartition("@")
        return element if at else place.rpartition("/")[0]
    if place.endswith("[]"):
        return place.removesuffix("[]") or _ROOT
    return place.rpartition(".")[0]


def _container(place: str) -> str:
    """What stands at its parent."""
    if place.endswith("[]"):
        return "list"
    return "element" if place.startswith("/") else "object"

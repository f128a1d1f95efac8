"""Checks that answer each operation with what is not the portal's own word, in its own shape, about this demand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote, quote_plus

import httpx
import msgspec

from gateway.connectors.contract import CaseStatus, Document, Filed, MessageState, PaymentState, Progress, Refused
from gateway.testing.attacks import GivenAnswer, Played, Scene, play
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination
from gateway.testing.rehearsal import FINAL
from gateway.testing.strange_answers import STRANGE

_REMEDY: Final = "let `check` of the contract judge the answer, and read every claim of success from its own shape"
UNKNOWN_WORD: Final = "kit-unknown-word"
ODD: Final = ("../../admin", "A/B", "A?b=c", "A#b", "A%2Fb", "..", "A\r\nX: y", " ")
"""References that somebody may type: as a part of an address each would be another address."""
_OFFSET: Final = re.compile(rb"(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|[+-]\d\d:?\d\d)")
_CUTS: Final = 3

Made = Callable[[GivenAnswer, Examination], Iterator[tuple[str, GivenAnswer]]]


async def _attack(exam: Examination, notes: Notes, made: Made, about: str = "") -> None:
    """Each answer of each operation, replaced by each of what `made` makes of the good one, and all later ones too.
    What several come to is told once, with what they are and what is to be said `about` all of them."""
    for scene in await exam.scenes():
        for at, good in enumerate(scene.answers):
            told = dict[str, list[str]]()
            for name, answer in made(good, exam):
                played = await play(exam.plugin, scene, exam.secrets, first=scene.answers[:at], after=answer)
                notes.count(played.heard)
                if wrong := played.wrong():
                    told.setdefault(wrong, []).append(name)
            for wrong, names in told.items():
                notes.error(scene.where, f"`{scene.operation}`, answered {', '.join(names)}{about}: {wrong}", _REMEDY)
    what = "asked for what it was answered" if await exam.scenes() else "came to a good end"
    notes.found_nothing(
        f"no operation {what}, at the stand-in or in a recording",
        "make the examples work at the stand-in, or record an exchange of each operation",
    )


def _strange(_good: GivenAnswer, _exam: Examination) -> Iterator[tuple[str, GivenAnswer]]:
    yield from _of_others(lambda status: status >= 400)


def _of_others(wanted: Callable[[int], bool]) -> Iterator[tuple[str, GivenAnswer]]:
    for name, each in STRANGE.items():
        if wanted(each.status):
            built = each.built()
            yield f"by {name}", GivenAnswer(status=built.status_code, headers=dict(built.headers), body=built.content)


def _broken(good: GivenAnswer, exam: Examination) -> Iterator[tuple[str, GivenAnswer]]:
    yield from _of_others(lambda status: status < 300)
    body = good.body
    structured = body[:1] in (b"{", b"[", b"<")
    if structured and len(body) > 1:  # what is whole on the wire is a whole document: a shorter one never arrives
        chance = exam.chance(f"cut {len(body)}")
        for cut in sorted({chance.randrange(1, len(body)) for _ in range(_CUTS)}):
            yield f"with {cut} of {len(body)} bytes", replace(good, body=body[:cut])
    if structured:
        noise = exam.chance("noise").randbytes(64)
        yield "with noise", replace(good, body=noise)
        wide = body.decode(errors="replace").encode("utf-16-be")
        yield "in another charset than it says", replace(good, body=wide)
    if body[:1] == b"{" and (member := re.match(rb'\{\s*("(?:[^"\\]|\\.)*")\s*:', body)):
        twice = b"{" + member[1] + b":null," + body[1:]
        yield "with a member of one name twice", replace(good, body=twice)
    page = b"<html><body>Please log in</body></html>"
    yield "with a page that says it is something else", replace(good, body=page)
    yield "with nothing", replace(good, body=b"")


def _failing(good: GivenAnswer, _exam: Examination) -> Iterator[tuple[str, GivenAnswer]]:
    for status in (301, 302, 303, 307, 308, 401, 407, 408, 429, 500, 502, 503, 504):
        headers = {**good.headers, "location": "https://elsewhere.invalid/"} if status < 400 else good.headers
        yield str(status), GivenAnswer(status=status, headers=headers, body=good.body)


async def _failing_portal(exam: Examination, notes: Notes) -> None:
    """Good answers, and the portal's own objections, under a status that says that the portal has failed."""
    await _attack(exam, notes, _failing, " with the body of a success")
    for scene in await exam.objections():
        at = max((at for at, each in enumerate(scene.answers) if each.status >= 400), default=len(scene.answers) - 1)
        said, told = scene.answers[at], dict[str, list[str]]()
        for status in _FAILED if said.status < 500 else ():  # SOAP 1.1 says its faults under 500
            answer = replace(said, status=status)
            played = await play(exam.plugin, scene, exam.secrets, first=scene.answers[:at], after=answer)
            notes.count(played.heard)
            if wrong := played.wrong():
                told.setdefault(wrong, []).append(str(status))
        for wrong, statuses in told.items():
            under = ", ".join(statuses)
            message = f"`{scene.operation}`, answered {under} with the body of an objection: {wrong}"
            notes.error(scene.where, message, _FAILURE)


_FAILED: Final = (500, 502, 503, 504)
_FAILURE: Final = "look at the status first: under 5xx nobody knows what the portal did, whatever the body says"


def _lost(_good: GivenAnswer, _exam: Examination) -> Iterator[tuple[str, GivenAnswer]]:
    yield "by bytes that drip until the deadline", GivenAnswer(error=httpx.ReadTimeout)
    yield "by a connection that breaks off", GivenAnswer(error=httpx.ReadError)
    yield "by nobody, since no connection came about", GivenAnswer(error=httpx.ConnectError)
    yield "by something that is not HTTP", GivenAnswer(error=httpx.RemoteProtocolError)


async def _unknown_status(exam: Examination, notes: Notes) -> None:
    await _other_word(
        exam, notes, UNKNOWN_WORD, _status_problem, "look the word up in a table, and let `progress_by` judge"
    )


async def _blank_status(exam: Examination, notes: Notes) -> None:
    await _other_word(exam, notes, "", _blank_problem, "raise `UnexpectedAnswer` for a status without a word")


async def _other_word(
    exam: Examination, notes: Notes, word: str, problem: Callable[[Played], str], remedy: str
) -> None:
    """The answer's present status replaced by another word wherever it stands."""
    for scene in await exam.scenes(every=True):
        good = await play(exam.plugin, scene, exam.secrets)
        for said in _present(scene, good.result, exam.tables.statuses.keys()):
            answers = tuple(_with_word(each, said, word) for each in scene.answers)
            if answers == scene.answers:
                continue
            notes.count()
            played = await play(exam.plugin, scene, exam.secrets, first=answers)
            if wrong := problem(played):
                notes.error(scene.where, f"`{scene.operation}`, where {said!r} became {word!r}: {wrong}", remedy)
    if not exam.tables.statuses:
        notes.not_applicable("it has no table of status words")
    notes.found_nothing(
        "no answer has a word of the status tables",
        "compare the words of the tables with those that the stand-in says",
    )


def _present(scene: Scene, result: Any, words: Collection[str]) -> list[str]:
    """Which words of the answers say how it stands now."""
    if result is None or isinstance(result, Document):
        return []
    told = list(dict.fromkeys(each.portal_status for each in progresses(result) if each.portal_status))
    if told:
        return told
    text = b"\n".join(each.body for each in scene.answers)
    return sorted(word for word in words if token(word).search(text))


def _forms(word: str) -> list[bytes]:
    """How JSON and XML write it."""
    forms = {word.encode(), msgspec.json.encode(word)[1:-1], json.dumps(word)[1:-1].encode()}
    return sorted(re.escape(each) for each in forms)


def token(word: str) -> re.Pattern[bytes]:
    """The word as a whole JSON string or XML text; a phrase also within one."""
    written = b"(?:" + b"|".join(_forms(word)) + b")"
    return re.compile(written if " " in word else rb'(?<=["\'>])' + written + rb'(?=["\'<])')


def _with_word(answer: GivenAnswer, said: str, word: str) -> GivenAnswer:
    return replace(answer, body=token(said).sub(word.encode(), answer.body))


_OPEN: Final = (MessageState.ACCEPTED, PaymentState.PENDING)
"""States that claim nothing."""


def _status_problem(played: Played) -> str:
    if isinstance(played.error, Refused):
        return f"Refused({played.error.code!r}), which ends a case"
    if played.error is not None:
        return ""
    for progress in progresses(played.result):
        if progress.status in FINAL or progress.status is CaseStatus.ACTION_REQUIRED:
            return f"the case is {progress.status.value}"
        if progress.portal_status == UNKNOWN_WORD and not progress.warnings:
            return "there is no warning"
    if not progresses(played.result) and getattr(played.result, "state", None) not in _OPEN:
        return f"came to the result {msgspec.to_builtins(played.result)!r:.200}"
    return ""


def _blank_problem(played: Played) -> str:
    if isinstance(played.error, Refused):
        return f"Refused({played.error.code!r}), which ends a case"
    if any(not each.portal_status.strip() for each in progresses(played.result)):
        return "the person is told a status without a word"
    return ""


def progresses(result: Any) -> list[Progress]:
    if isinstance(result, Filed):
        return [result.progress]
    if isinstance(result, list):
        return [found for each in result for found in progresses(each)]
    return [result] if isinstance(result, Progress) else []


async def _naive_times(exam: Examination, notes: Notes) -> None:
    for scene in await exam.scenes(every=True):
        notes.count(sum(1 for _ in times_of(scene.result)))
        for at in times_of(scene.result):
            if at.tzinfo is None:
                notes.error(
                    scene.where, f"`{scene.operation}` tells the time {at.isoformat()} without an offset", _TIMES
                )
                break
        answers = tuple(replace(each, body=_OFFSET.sub(rb"\1", each.body)) for each in scene.answers)
        if answers == scene.answers:
            continue
        notes.count()
        played = await play(exam.plugin, scene, exam.secrets, first=answers)
        if any(at.tzinfo is None for at in times_of(played.result)):
            message = f"`{scene.operation}` passes on a time without an offset"
            notes.error(scene.where, message, _TIMES)
    notes.not_applicable("its operations tell no times")


_TIMES: Final = "read times as `Instant`, or put them on the portal's clock by `in_morocco`"


def times_of(value: Any) -> Iterator[datetime]:
    """Every time in a result."""
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from times_of(getattr(value, name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from times_of(each)


async def _references(exam: Examination, notes: Notes) -> None:
    """What a person types as a reference must not choose the address."""
    for scene in await exam.scenes():
        name = scene.operation
        if name not in ("progress", "track", "withdraw", "document", "act", "trace", "cancel", "stamp", "delivery"):
            continue
        chosen = dict[str, str]()  # reference -> address
        usual = {_path(each) for each in (await play(exam.plugin, scene, exam.secrets)).requests}
        for odd, args, words in _odd_calls(scene):
            played = await play(exam.plugin, scene, exam.secrets, first=(), args=args, words=words)
            notes.count()
            for path in [each for each in map(_path, played.requests) if not _held(each, usual, odd)]:
                chosen.setdefault(odd, path)
        if chosen:
            asked = ", of ".join(f"{odd!r} asks for {path}" for odd, path in chosen.items())
            message = f"`{name}` of the reference {asked}"
            notes.error(scene.where, message, "let `in_address` judge what goes into an address")
    notes.not_applicable("no operation takes a reference")


def _path(request: httpx.Request) -> str:
    return request.url.raw_path.decode("ascii", "replace")


def _odd_calls(scene: Scene) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    for odd in ODD:
        yield (odd, *_with_reference(scene, odd))
        if scene.operation == "document" and len(scene.args) == 2:
            yield odd, (scene.args[0], odd), dict(scene.words)


def _with_reference(scene: Scene, odd: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if scene.args:
        return (odd, *scene.args[1:]), dict(scene.words)
    first = next((name for name in ("reference", "number", "booking", "serial") if name in scene.words), None)
    return (), {**scene.words, **({first: odd} if first else {})}


def _held(path: str, usual: set[str], odd: str) -> bool:
    """Whether the reference is not in the address at all, or is one step or value of it, escaped."""
    before, _, query = path.partition("?")
    if path in usual:
        return True
    if any(each in (".", "..") for each in before.split("/")):
        return False
    return quote(odd, safe="") in before or quote_plus(odd) in query or quote(odd, safe="") in query


CHECKS: Final = (
    Check(
        id="strange_answers",
        level="dependable",
        proves="No answer of somebody else on the way ends a demand or counts as a success, whatever the operation.",
        example="sandbox/ `find`: `find`, answered by an empty 404: came to the result None",
        run=partial(_attack, made=_strange),
    ),
    Check(
        id="broken_answers",
        level="dependable",
        proves="No answer that is cut, garbled, empty, in a wrong charset or ambiguous comes to a result or a refusal.",
        example="sandbox/ `file`: `file`, answered with 12 of 80 bytes: came to the result {...}",
        run=partial(_attack, made=_broken),
    ),
    Check(
        id="failing_portal",
        level="dependable",
        proves="An error status or a redirect is never a success, even with the body of one, and never a refusal: "
        "where the portal has failed (5xx), not even with the body of one.",
        example="sandbox/ `progress`: `progress`, answered 500 with the body of a success: came to the result {...}",
        run=_failing_portal,
    ),
    Check(
        id="lost_connections",
        level="dependable",
        proves="An answer that drips, breaks off or never comes is neither a result nor a refusal of any operation.",
        example="sandbox/ `find`: `find`, answered by bytes that drip until the deadline: came to the result None",
        run=partial(_attack, made=_lost),
    ),
    Check(
        id="unknown_status",
        level="dependable",
        proves="A status that the tables do not have is in progress with a warning, or an answer that nobody expected.",
        example="sandbox/ `progress`: `progress`, where 'open' became 'kit-unknown-word': the case is completed",
        run=_unknown_status,
    ),
    Check(
        id="blank_status",
        level="dependable",
        proves="A status without a word is told to nobody.",
        example="sandbox/ `progress`: `progress`, where 'open' became '': the person is told a status without a word",
        run=_blank_status,
    ),
    Check(
        id="naive_times",
        level="dependable",
        proves="Each time that is told has an offset, also where the portal's has none.",
        example="sandbox/ `progress`: `progress` passes on a time without an offset",
        run=_naive_times,
    ),
    Check(
        id="references",
        level="dependable",
        proves="What somebody types as a reference cannot choose the address that is asked for.",
        example="sandbox/ `progress`: `progress` of the reference '../../admin' asks for /admin",
        run=_references,
    ),
)

"""Checks by recorded exchanges: no portal is asked."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from gateway.connectors.contract_checks import implemented
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination
from gateway.testing.exchanges import Replayed, coverage, read_recording, recordings
from gateway.testing.findings import Finding

_MANY: Final = 3
"""So many recordings that are not replayed are no slips: the protocol has changed."""
_TOO: Final = {"requests": "the requests differ, too", "end": "the end differs, too"}
"""The way in which a recording came out otherwise -> what is said of the others that did so too."""


async def _recorded(exam: Examination, notes: Notes) -> None:
    notes.count(len(implemented(exam.plugin.connector_class)))
    notes.findings += coverage(exam.plugin)


async def _replayed(exam: Examination, notes: Notes) -> None:
    done = await exam.replays()
    notes.count(len(done))
    failed = [each for each in done if each.findings]
    if len(failed) < _MANY:
        notes.findings += [found for each in failed for found in each.findings]
    else:
        here = Path.cwd()
        folder = exam.folder.relative_to(here) if exam.folder.is_relative_to(here) else exam.folder
        again = f"mre-gateway connector record {folder} --force --remove-outdated"
        remedy = f"correct the connector, or the recording; if the protocol has changed: `{again}`"
        notes.findings += [found for each in failed if not each.way for found in each.findings]
        for way, said in _TOO.items():
            found = _summed([each for each in failed if each.way == way], said)
            notes.findings += [msgspec.structs.replace(each, remedy=remedy) for each in found]
    notes.found_nothing("there is no file in exchanges/", "let `mre-gateway connector record` write them")


def _summed(alike: list[Replayed], said: str) -> list[Finding]:
    """Of many one finding: the first in full, the names of the others."""
    if len(alike) < _MANY:
        return [found for each in alike for found in each.findings]
    first, *others = alike
    names = ", ".join(each.path.name for each in others)
    details = [f"{found.where}: {found.message}" for each in alike for found in each.findings]
    message = f"{first.findings[0].message}; in {len(others)} more {said} (`--json` has each in full): {names}"
    return [msgspec.structs.replace(first.findings[0], message=message, details=details)]


async def _status_words(exam: Examination, notes: Notes) -> None:
    await _words(exam, notes, exam.tables.statuses, "the status table")


async def _refusal_words(exam: Examination, notes: Notes) -> None:
    await _words(exam, notes, exam.tables.refusals, "the table of refusals")


async def _words(exam: Examination, notes: Notes, words: Iterable[str], table: str) -> None:
    """Each word was answered by the stand-in, or in a recording."""
    said = folded(b"\n".join(await _answers(exam)).decode(errors="replace"))
    for word in words:
        notes.count()
        if folded(re.sub("<[^>]*>", "", word)) not in said:
            remedy = "add an exchange in which the portal says it, or take it out of the table"
            notes.error(exam.tables.where[word], f"{word!r} of {table} was never answered", remedy)
    notes.not_applicable(f"it has no {table.removeprefix('the ')}")


async def _answers(exam: Examination) -> list[bytes]:
    done = await exam.rehearsal()
    found = [turn.response.content for call in done.calls for turn in call.turns] if done is not None else []
    for path in recordings(exam.folder):
        try:
            recorded = read_recording(path, exam.secrets)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue  # `exchanges` says so
        found += [each.response.built().content for each in recorded.wire]
    return found


def folded(text: str) -> str:
    """Without escapes of JSON and HTML, capitals, accents and the kind of apostrophe."""
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), html.unescape(text))
    letters = unicodedata.normalize("NFKD", plain.replace("\u2019", "'")).casefold()
    return "".join(each for each in letters if not unicodedata.combining(each))


CHECKS: Final = (
    Check(
        id="recorded",
        level="connected",
        proves="Every operation that the connector has code for was recorded at least once.",
        example="exchanges/: nothing recorded for `find`",
        run=_recorded,
    ),
    Check(
        id="exchanges",
        level="connected",
        proves="Each recorded exchange comes out as recorded, and no secret is in what comes out.",
        example='exchanges/file-accepted.json: result.reference is "D-1", not "D-2"',
        run=_replayed,
    ),
    Check(
        id="status_words",
        level="exemplary",
        proves="Every word of the status tables was answered, by the stand-in or in a recorded exchange.",
        example="mapping.py STATUSES: 'expiree' of the status table was never answered",
        run=_status_words,
    ),
    Check(
        id="refusal_words",
        level="exemplary",
        proves="Every word of the tables of refusals was answered, by the stand-in or in a recorded exchange.",
        example="mapping.py REFUSALS: 'trop_tard' of the table of refusals was never answered",
        run=_refusal_words,
    ),
)

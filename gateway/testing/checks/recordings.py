"""Checks by recorded exchanges: no portal is asked."""

from __future__ import annotations

from typing import Final

from gateway.connectors.contract_checks import implemented
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination
from gateway.testing.exchanges import coverage, recordings, replay
from gateway.testing.strange_answers import attacked, strange_answers


async def _recorded(exam: Examination, notes: Notes) -> None:
    notes.count(len(implemented(exam.plugin.connector_class)))
    notes.findings += coverage(exam.plugin)


async def _replayed(exam: Examination, notes: Notes) -> None:
    for path in recordings(exam.folder):
        notes.count()
        notes.findings += await replay(exam.plugin, path)
    notes.nothing = "there is no file in exchanges/"


async def _strange(exam: Examination, notes: Notes) -> None:
    for path in attacked(exam.folder):
        notes.count()
        notes.findings += await strange_answers(exam.plugin, path)
    notes.nothing = "no recorded exchange comes to a good end"


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
        id="strange_answers",
        level="dependable",
        proves="No answer of somebody else on the way ends a demand or counts as a success, whatever the operation.",
        example="exchanges/find-nothing.json: `find`, answered 'an empty 404': came to the result None",
        run=_strange,
    ),
)

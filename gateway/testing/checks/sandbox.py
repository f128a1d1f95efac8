"""Checks against the plugin's own stand-in, over TCP."""

from __future__ import annotations

from typing import Final

from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination
from gateway.testing.sandbox_check import check_in_sandbox


async def _sandbox(exam: Examination, notes: Notes) -> None:
    notes.count()
    notes.findings += await check_in_sandbox(exam.plugin)


CHECKS: Final = (
    Check(
        id="sandbox",
        level="connected",
        proves="What creates does it once at the stand-in, and is found by its key, also when the answer was lost.",
        example="sandbox/: `find` does not find what a `file` with a lost answer made",
        run=_sandbox,
    ),
)

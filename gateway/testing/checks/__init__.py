"""The checks of the conformance kit, in the order in which they run and are reported."""

from __future__ import annotations

from typing import Final

from gateway.testing.checks import (
    answers,
    catalogue,
    code,
    files,
    marked_members,
    others,
    recordings,
    repeats,
    sandbox,
    secrecy,
    texts,
)
from gateway.testing.checks.base import Check

CHECKS: Final[tuple[Check, ...]] = (
    *files.CHECKS,
    *code.CHECKS,
    *texts.CHECKS,
    *marked_members.CHECKS,
    *catalogue.CHECKS,
    *recordings.CHECKS,
    *sandbox.CHECKS,
    *repeats.CHECKS,
    *answers.CHECKS,
    *others.CHECKS,
    *secrecy.CHECKS,
)

"""What the conformance kit says: one finding, one thing to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Literal

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    rule: str
    """Stable name of the rule: `files`, `imports`, `exchange`, ..."""
    severity: Literal["error", "warning"]
    where: str
    """File, and what in it."""
    message: str
    remedy: str
    trace: str = ""
    """The traceback, where the plugin's own code failed."""
    details: list[str] = []
    """Each of what it sums up, where it does."""


def error(rule: str, where: str, message: str, remedy: str, trace: str = "") -> Finding:
    return Finding(rule=rule, severity="error", where=where, message=message, remedy=remedy, trace=trace)


def warning(rule: str, where: str, message: str, remedy: str) -> Finding:
    return Finding(rule=rule, severity="warning", where=where, message=message, remedy=remedy)


def told(findings: Iterable[Finding]) -> Iterator[str]:
    """Lines for a person. What is to be done about several in a row is said once, after the last of them."""
    for (_, remedy, _), alike in groupby(findings, key=lambda each: (each.rule, each.remedy, each.trace)):
        for each in (several := list(alike)):
            yield f"{each.severity}: {each.where}: {each.message}"
        yield f"    {remedy}"
        yield from (f"    | {line}" for line in several[0].trace.rstrip().splitlines())

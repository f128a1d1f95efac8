"""What the conformance kit says: one finding, one thing to do."""

from __future__ import annotations

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


def error(rule: str, where: str, message: str, remedy: str, trace: str = "") -> Finding:
    return Finding(rule=rule, severity="error", where=where, message=message, remedy=remedy, trace=trace)


def warning(rule: str, where: str, message: str, remedy: str) -> Finding:
    return Finding(rule=rule, severity="warning", where=where, message=message, remedy=remedy)

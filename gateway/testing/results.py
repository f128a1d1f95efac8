"""What the conformance kit says of one plugin, check by check, and the level that follows from it.

`Report.results` has one `CheckResult` for every check there is, in a fixed order, whatever happened. A check that
examined nothing has not passed: it is `empty`, which counts like `failed`, unless the contract makes it
`not_applicable` to this plugin.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

import msgspec

from gateway.connectors.levels import LEVELS as LEVELS
from gateway.connectors.levels import Level as Level
from gateway.connectors.levels import earned as earned
from gateway.connectors.levels import holds
from gateway.testing.findings import Finding

Status = Literal["passed", "failed", "empty", "not_applicable", "exempt"]


NOT_LOADED: Final = "the plugin does not load"
NO_STAND_IN: Final = "the stand-in does not start"


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found."""

    id: str
    level: Level
    """The lowest level that needs it."""
    status: Status
    examined: int
    """How many things it looked at: recordings, calls, words, files."""
    findings: list[Finding] = []
    reason: str = ""
    """Why it is `empty`, `not_applicable` or `exempt`."""
    remedy: str = ""
    """What to do about one that is `empty`."""
    until: date | None = None
    """Last day of its exemption."""

    @property
    def holds(self) -> bool:
        """Nothing in it stands in the way of its level."""
        return holds(self.status)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All results for one plugin."""

    plugin: str
    seed: int
    results: list[CheckResult]
    digest: str = ""
    """Of the plugin's files before they were checked; empty if they have none."""

    @property
    def level(self) -> Level | None:
        return earned(self.results)

    @property
    def findings(self) -> list[Finding]:
        """Of all checks. Those of a check with an exemption, or of the highest level, are warnings."""
        return [
            msgspec.structs.replace(each, severity="warning") if _tolerated(result) else each
            for result in self.results
            for each in result.findings
        ]

    def silent(self, level: Level) -> list[CheckResult]:
        """What stands in the way of this level without a finding: checks that examined nothing, and exemptions. Not
        those that could not run, because the plugin does not load or its stand-in does not start: that is a finding."""
        needed = LEVELS[: LEVELS.index(level) + 1]
        return [
            each
            for each in self.results
            if each.level in needed
            and (each.status == "exempt" or (each.status == "empty" and each.reason not in (NOT_LOADED, NO_STAND_IN)))
        ]

    def reaches(self, level: Level) -> bool:
        """Whether the plugin has earned this level or a higher one."""
        return self.level is not None and LEVELS.index(self.level) >= LEVELS.index(level)


def _tolerated(result: CheckResult) -> bool:
    return result.status == "exempt" or result.level == LEVELS[-1]

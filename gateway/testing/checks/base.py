"""What a check of the kit is, and where it writes what it finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.testing.findings import Finding, error, warning
from gateway.testing.results import CheckResult, Level

if TYPE_CHECKING:
    from gateway.testing.examination import Examination


_NOTHING: Final = "there was nothing to examine"
_THEN: Final = "give the kit something: an example in services.toml that the stand-in takes, or a recorded exchange"


@dataclass(slots=True)
class Notes:
    """What one check has seen of one plugin so far."""

    check: str
    examined: int = 0
    findings: list[Finding] = field(default_factory=list)
    spared: str = ""
    """Why the contract makes the check not applicable."""
    nothing: str = ""
    """Why there was nothing to examine."""
    then: str = ""
    """What to do about that."""

    def count(self, number: int = 1) -> None:
        """So many things more were examined."""
        self.examined += number

    def error(self, where: str, message: str, remedy: str, trace: str = "") -> None:
        self.findings.append(error(self.check, where, message, remedy, trace))

    def warning(self, where: str, message: str, remedy: str) -> None:
        self.findings.append(warning(self.check, where, message, remedy))

    def found_nothing(self, reason: str, remedy: str) -> None:
        """There was nothing to examine, if nothing was: the check is `empty`, which counts like a failure."""
        self.nothing, self.then = reason, remedy

    def not_applicable(self, reason: str) -> None:
        """The contract asks nothing of this plugin here."""
        self.spared = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that the kit proves. `run` examines the plugin and writes into the notes; it raises nothing."""

    id: str
    """Stable: exemptions and reports name it."""
    level: Level
    proves: str
    """One sentence."""
    example: str
    """A finding, as an author would read it."""
    run: Callable[[Examination, Notes], Awaitable[None]]
    unloaded: bool = False
    """It reads files alone, and runs also where the plugin does not load."""

    def result(self, notes: Notes) -> CheckResult:
        """The verdict without exemptions."""
        failed = any(each.severity == "error" for each in notes.findings)
        if failed:
            status, reason = "failed", ""
        elif notes.examined:
            status, reason = "passed", ""
        elif notes.spared:
            status, reason = "not_applicable", notes.spared
        else:
            status, reason = "empty", notes.nothing or _NOTHING
        return CheckResult(
            id=self.id,
            level=self.level,
            status=status,  # type: ignore[arg-type] # one of the words
            examined=notes.examined,
            findings=notes.findings,
            reason=reason,
            remedy=(notes.then or _THEN) if status == "empty" else "",
        )

"""All checks of the kit on one plugin: `run_checks(path)`, and the same as pytest tests: `conformance`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

import gateway
from gateway.connectors import sources
from gateway.connectors.levels import Checked, Results, UnfitFiles, digest_of, file_digests, write_results
from gateway.connectors.sources import Source
from gateway.testing.checks import CHECKS
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination
from gateway.testing.findings import Finding, told
from gateway.testing.results import LEVELS, NO_STAND_IN, NOT_LOADED, CheckResult, Level, Report

SEED: Final = 1
"""Of a run that names none."""


def run_checks(plugin: Path | str | Source, *, seed: int = SEED, checks: Sequence[Check] = CHECKS) -> Report:
    """Everything the kit knows about the plugin in this folder, which may be a distribution's (or behind this source),
    check by check. Raises `NoPlugin` for a distribution without one.

    The plugin's code runs, and so does its sandbox; nothing but loopback is contacted.
    """
    source = plugin if isinstance(plugin, Source) else sources.at(Path(plugin))
    return asyncio.run(_run(Examination(source, seed), checks))


def write_report(report: Report, source: Source, state_dir: Path) -> Path:
    """Write the results down where a gateway with this state folder looks for the plugin's level.

    Raises `UnfitFiles` if the files have no digest, or another one than before they were checked.
    """
    if report.digest != digest_of(source.folder):
        raise UnfitFiles("its files have changed while it was checked", "let nobody write there, and check it again")
    found = Results(
        plugin=report.plugin,
        digest=report.digest,
        gateway=gateway.__version__,
        results=[
            Checked(
                id=each.id,
                level=each.level,
                status=each.status,
                examined=each.examined,
                until=each.until,
                reason=each.reason if each.status == "exempt" else "",
            )
            for each in report.results
        ],
        files=file_digests(source.folder),
    )
    return write_results(found, source, state_dir)


def check_plugin(plugin: Path | str | Source, *, seed: int = SEED) -> list[Finding]:
    """The findings of `run_checks`. An empty list: it conforms."""
    return run_checks(plugin, seed=seed).findings


def conformance(test_file: str, level: Level = "dependable") -> Callable[..., None]:
    """The kit as one parametrised pytest test, for the file `test_conformance.py` of a plugin or of a
    distribution: each check up to `level`.

    from gateway.testing import conformance

    test_plugin = conformance(__file__)
    """
    import pytest  # only where tests run

    report = cache(lambda: run_checks(Path(test_file).parent.parent))  # once for all of its tests

    needed = LEVELS[: LEVELS.index(level) + 1]

    @pytest.mark.parametrize("check", [each.id for each in CHECKS if each.level in needed])
    def test_plugin(check: str) -> None:
        (result,) = (each for each in report().results if each.id == check)
        said = "\n".join(told(result.findings)) or f"{result.reason} ({result.remedy})"
        assert result.holds or result.status == "exempt", said

    decorated: Callable[..., None] = test_plugin
    return decorated


async def _run(exam: Examination, checks: Sequence[Check]) -> Report:
    try:
        digest = digest_of(exam.folder)
    except UnfitFiles:  # the check `files` says why
        digest = ""
    loaded = exam.load() is not None
    try:
        results = [await _result(exam, check, loaded) for check in checks]
    finally:
        await exam.close()
    return Report(plugin=exam.source.id, seed=exam.seed, results=results, digest=digest)


async def _result(exam: Examination, check: Check, loaded: bool) -> CheckResult:
    notes = Notes(check.id)
    if loaded or check.unloaded:
        await check.run(exam, notes)
        if exam.no_sandbox and not notes.nothing:
            notes.found_nothing(NO_STAND_IN, "mend what `sandbox` says")
    elif exam.failure is not None:
        notes.found_nothing(NOT_LOADED, "mend what `loads` says")
    else:
        notes.not_applicable("it registers no connector")
    return _exempted(exam, check.result(notes))


def _exempted(exam: Examination, result: CheckResult) -> CheckResult:
    """What does not hold, and the manifest says why and until when. It counts for no level, but is no error either."""
    plugin = exam.load()
    given = plugin.manifest.exemptions if plugin is not None else ()
    found = next((each for each in given if each.check == result.id and each.until >= date.today()), None)
    if found is None or result.holds:
        return result
    return msgspec.structs.replace(result, status="exempt", reason=found.reason, until=found.until)

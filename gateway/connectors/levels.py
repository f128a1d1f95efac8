"""The level that a plugin has earned: read from the results of the conformance kit, never from what it says of itself.

`mre-gateway connector check --write` runs the kit and writes its results, with a digest of the plugin's files. Here the
level is computed anew from those results, and they count only for the files that were checked. Whose results are
believed: those in a bundled plugin's own folder, which come with the gateway's release, and for any other plugin those
that this gateway's operator wrote, in the state folder. An author can put what he likes into his own folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, Protocol

import msgspec

from gateway.connectors.sources import Source
from gateway.settings import LevelException, Plugins, Settings, bundled

Level = Literal["connected", "dependable", "exemplary"]
LEVELS: Final[tuple[Level, ...]] = ("connected", "dependable", "exemplary")
"""Lowest first. `connected`: it speaks with its stand-in. `dependable`: it stays right when portal, network or person
do not. `exemplary`: every word of its portal is written down, told in every language, and proved."""
PRODUCTION: Final[Level] = "dependable"
"""What production asks for."""

BUNDLED_NAME: Final = "check_results.json"
_HOLDS: Final = ("passed", "not_applicable", "exempt")
_NOT_SERVED: Final = ("tests", "sandbox", "exchanges", "__pycache__")
"""Folders whose files a gateway in production does not run."""
_MAX_BYTES: Final = 1_048_576


class Judged(Protocol):
    """A result of a check, as far as a level depends on it."""

    @property
    def level(self) -> Level: ...
    @property
    def status(self) -> str: ...


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """One check, as it is written down."""

    id: str
    level: Level
    status: Literal["passed", "failed", "empty", "not_applicable", "exempt"]
    examined: int


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """The file."""

    plugin: str
    digest: str
    """Of the plugin's files as they were checked: `digest_of`."""
    gateway: str
    """Version of the gateway whose kit checked it."""
    results: list[Checked]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a plugin's level."""

    level: Level | None
    reason: str = ""
    """Why there is none, or no higher one."""


def earned(results: Sequence[Judged]) -> Level | None:
    """The highest level of which, and of all levels below, every check holds. None: not even `connected`.

    With an exemption a plugin can be `dependable`, never `exemplary`.
    """
    level: Level | None = None
    for candidate in LEVELS:
        needed = [each for each in results if each.level == candidate]
        if not needed or not all(each.status in _HOLDS for each in needed):
            break
        if candidate == "exemplary" and any(each.status == "exempt" for each in results):
            break
        level = candidate
    return level


def reaches(level: Level | None, wanted: Level) -> bool:
    return level is not None and LEVELS.index(level) >= LEVELS.index(wanted)


def digest_of(folder: Path) -> str:
    """SHA-256 over the paths and contents of all files that a gateway serves the plugin with."""
    whole = hashlib.sha256()
    for path in sorted(_served(folder)):
        name = path.relative_to(folder).as_posix().encode()
        whole.update(b"%d:%s%s" % (len(name), name, hashlib.sha256(path.read_bytes()).digest()))
    return whole.hexdigest()


def _served(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        aside = path.suffix in (".md", ".pyc") or set(inside.parts[:-1]) & set(_NOT_SERVED)
        if path.is_file() and not aside and inside.as_posix() != BUNDLED_NAME:
            yield path


def results_path(source: Source, state_dir: Path) -> Path:
    """Where the results of this plugin are, or would be."""
    if source.folder.resolve().is_relative_to(bundled("plugins").resolve()):
        return source.folder / BUNDLED_NAME
    return state_dir / "connector-results" / f"{source.id}.json"


def standing(source: Source, state_dir: Path) -> Standing:
    """The level of the plugin as it is now on this machine."""
    again = f"run `mre-gateway connector check {source.id} --write`"
    path = results_path(source, state_dir)
    try:
        if path.stat().st_size > _MAX_BYTES:
            return Standing(level=None, reason=f"{path} is too large: {again}")
        found = msgspec.json.decode(path.read_bytes(), type=Results)
    except OSError:
        return Standing(level=None, reason=f"there are no results of its checks: {again}")
    except msgspec.MsgspecError:
        return Standing(level=None, reason=f"{path} cannot be read: {again}")
    if (found.plugin, found.digest) != (source.id, digest_of(source.folder)):
        return Standing(level=None, reason=f"its files have changed since it was checked: {again}")
    level = earned(found.results)
    failed = [each for each in found.results if each.status not in _HOLDS]
    lowest = min(failed, key=lambda each: LEVELS.index(each.level), default=None)
    reason = f"{lowest.id} is {lowest.status}" if lowest is not None else ""
    return Standing(level=level, reason=reason)


def write_results(results: Results, source: Source, state_dir: Path) -> Path:
    path = results_path(source, state_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    return path


def exception_of(plugin: str, plugins: Plugins, today: date) -> tuple[LevelException | None, LevelException | None]:
    """The operator's exception for this plugin that holds today, and the last one that has ended."""
    own = [each for each in plugins.exceptions if each.plugin == plugin]
    holds = next((each for each in own if each.until >= today), None)
    return holds, max(own, key=lambda each: each.until, default=None) if holds is None else None


def objection(source: Source, settings: Settings, today: date) -> tuple[str, str] | None:
    """Why production does not load this plugin, and what to do; None if it does."""
    found = standing(source, settings.state_dir)
    if reaches(found.level, PRODUCTION):
        return None
    holds, ended = exception_of(source.id, settings.plugins, today)
    if holds is not None:
        return None
    reason = f"its level is {found.level or 'none'}, and production asks for {PRODUCTION}"
    reason += f": {found.reason}" if found.reason else ""
    if ended is not None:
        reason += f"; the exception of {ended.signed_by} ended on {ended.until}"
    return reason, f"run `mre-gateway connector check {source.id} --write`, or sign an exception in plugins.exceptions"

"""The level that a plugin has earned: read from the results of the conformance kit, never from what it says of itself.

`mre-gateway connector check --write` runs the kit and writes its results, with a digest of the plugin's files. Here the
level is computed anew from those results, and they count only for the files that were checked. Whose results are
believed: those in a bundled plugin's own folder, which come with the gateway's release, and for any other plugin those
that this gateway's operator wrote, in the state folder. An author can put what he likes into his own folder.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Final, Literal, Protocol

import msgspec

from gateway.connectors.sources import Source
from gateway.settings import LevelException, Plugins, bundled

Level = Literal["connected", "dependable", "exemplary"]
LEVELS: Final[tuple[Level, ...]] = ("connected", "dependable", "exemplary")
"""Lowest first. `connected`: it speaks with its stand-in. `dependable`: it stays right when portal, network or person
do not. `exemplary`: every word of its portal is written down, told in every language, and proved."""
PRODUCTION: Final[Level] = "dependable"
"""What production asks for."""

BUNDLED_NAME: Final = "check_results.json"
_BUNDLED_ASIDE: Final = (BUNDLED_NAME, "tests")
_TOOLS: Final = frozenset(
    {".DS_Store", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".vscode", ".idea"}
)
_NAMED: Final = 3
_MOST_FILES: Final = 2_000
_HOLDS: Final = ("passed", "not_applicable")
_MAX_BYTES: Final = 1_048_576


class Judged(Protocol):
    """A result of a check, as far as a level depends on it."""

    @property
    def level(self) -> Level: ...
    @property
    def status(self) -> str: ...


class Checked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One check, as it is written down."""

    id: str
    level: Level
    status: Literal["passed", "failed", "empty", "not_applicable", "exempt"]
    examined: int
    until: date | None = None
    """Last day of its exemption."""
    reason: str = ""
    """Why its author exempts it."""


class UnfitFiles(Exception):
    """A plugin's files have no digest. `reason` says which file it is and why, `remedy` what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}: {remedy}")
        self.reason = reason
        self.remedy = remedy


class Results(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The file."""

    plugin: str
    digest: str
    """Of the plugin's files as they were checked: `digest_of`."""
    gateway: str
    """Version of the gateway whose kit checked it."""
    results: list[Checked]
    files: dict[str, str] = {}
    """Each with the beginning of its digest, to tell which has changed. Decides nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a plugin's level."""

    level: Level | None
    reason: str = ""
    """Why there is none, or no higher one."""
    remedy: str = ""
    """What to do where there is none, if that is more than to write better code."""


def holds(status: str) -> bool:
    """Whether a check with this status counts for a level. One that its author exempts does not: only the operator may
    load a plugin without it, by an exception that he signs."""
    return status in _HOLDS


def earned(results: Sequence[Judged]) -> Level | None:
    """The highest level of which, and of all levels below, every check holds. None: not even `connected`."""
    level: Level | None = None
    for candidate in LEVELS:
        needed = [each for each in results if each.level == candidate]
        if not needed or not all(holds(each.status) for each in needed):
            break
        level = candidate
    return level


def reaches(level: Level | None, wanted: Level) -> bool:
    return level is not None and LEVELS.index(level) >= LEVELS.index(wanted)


def digest_of(folder: Path) -> str:
    """SHA-256 over the paths and contents of all files in the folder: any of them can be imported or read.

    What Python caches in `__pycache__` does not count, because it is never run (`source_imports`). Of a bundled plugin
    its results do not, which are in its folder, nor its tests, which are in no wheel of the gateway. Raises
    `UnfitFiles` for links, pipes and the like, and for what cannot be read.
    """
    whole = hashlib.sha256()
    for name, digest in _digests(folder):
        whole.update(b"%d:%s%s" % (len(name), name, digest))
    return whole.hexdigest()


def file_digests(folder: Path) -> dict[str, str]:
    """What `Results` keeps of each file that `digest_of` is over. Nothing of a bundled plugin's: its history
    tells. Raises as `digest_of`."""
    if is_bundled(folder):
        return {}
    found = {name.decode("utf-8", "backslashreplace"): digest.hex()[:16] for name, digest in _digests(folder)}
    return found if len(found) <= _MOST_FILES else {}


def _digests(folder: Path) -> Iterator[tuple[bytes, bytes]]:
    aside = _BUNDLED_ASIDE if is_bundled(folder) else ()
    for parts, entry in sorted(_files(folder, folder, ()), key=itemgetter(0)):
        if parts[0] not in aside:
            yield os.fsencode("/".join(parts)), _digest_of_file(Path(entry), folder)


def is_bundled(folder: Path) -> bool:
    """The plugin comes with the gateway."""
    return folder.resolve().is_relative_to(_resolved(bundled("plugins")))


@cache
def _resolved(folder: Path) -> Path:
    return folder.resolve()


def _files(inside: Path, folder: Path, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], os.DirEntry[str]]]:
    """Each with the names of the folders it is in, from `folder` on, and its own. `Path` would be twice as slow, and
    every start of a gateway looks at some five hundred files."""
    try:
        entries = list(os.scandir(inside))
    except OSError as error:
        raise _unreadable(inside, folder, error) from error
    for entry in entries:
        if entry.is_symlink():
            raise _strange(Path(entry), folder, "a symbolic link")
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry), folder, (*above, entry.name))
        elif not entry.is_file(follow_symlinks=False):
            raise _strange(Path(entry), folder, "neither a file nor a folder")
        elif above[-1:] != ("__pycache__",) or not is_cache(Path(entry)):
            yield (*above, entry.name), entry


def is_cache(path: Path) -> bool:
    """Written by Python, as `mapping.cpython-311.pyc`. A name without such a tag could be imported from there."""
    return path.parent.name == "__pycache__" and path.suffix == ".pyc" and "." in path.stem


def _digest_of_file(path: Path, folder: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise _unreadable(path, folder, error) from error


def _unreadable(path: Path, folder: Path, error: OSError) -> UnfitFiles:
    return UnfitFiles(f"{_name(path, folder)} cannot be read: {error.strerror}", "let the gateway's user read it")


def _strange(path: Path, folder: Path, what: str) -> UnfitFiles:
    return UnfitFiles(f"{_name(path, folder)} is {what}", f"put the file or folder itself into {folder}")


def _name(path: Path, folder: Path) -> str:
    """Of a file or folder, as it can be shown."""
    inside = os.fsencode(path.relative_to(folder).as_posix() if path != folder else path)
    return inside.decode("utf-8", "backslashreplace")


def results_path(source: Source, state_dir: Path) -> Path:
    """Where the results of this plugin are, or would be."""
    if is_bundled(source.folder):
        return source.folder / BUNDLED_NAME
    return state_dir / "connector-results" / f"{source.id}.json"


def standing(source: Source, state_dir: Path, today: date | None = None) -> Standing:
    """The level of the plugin as it is now on this machine. `today` is for the exemptions that it shows."""
    again = f"run `mre-gateway connector check {source.id} --write`"
    path = results_path(source, state_dir)
    try:
        if path.stat().st_size > _MAX_BYTES:
            return Standing(level=None, reason=f"{path} is too large: {again}")
        found = msgspec.json.decode(path.read_bytes(), type=Results)
        digest = digest_of(source.folder)
    except OSError:
        return Standing(level=None, reason=f"there are no results of its checks: {again}")
    except msgspec.MsgspecError:
        return Standing(level=None, reason=f"{path} cannot be read: {again}")
    except UnfitFiles as problem:
        return Standing(level=None, reason=problem.reason, remedy=f"{problem.remedy}, then {again}")
    if (found.plugin, found.digest) != (source.id, digest):
        return _changed(found, source, again)
    lacking = [each for each in found.results if not holds(each.status)]
    lowest = min(lacking, key=lambda each: LEVELS.index(each.level), default=None)
    reason = _lack(lowest, today or datetime.now(UTC).date()) if lowest is not None else ""
    return Standing(level=earned(found.results), reason=reason)


def _changed(found: Results, source: Source, again: str) -> Standing:
    """Names the files, and what to do where only a tool has left some."""
    reason = "its files have changed since it was checked"
    if not found.files:
        return Standing(level=None, reason=f"{reason}: {again}")
    now = file_digests(source.folder)
    changed = sorted(name for name in {*found.files, *now} if found.files.get(name) != now.get(name))
    told = [
        f"{_shown(name)} is {'new' if name not in found.files else 'gone' if name not in now else 'changed'}"
        for name in changed
    ]
    if told:
        more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        reason += f" ({', '.join(told[:_NAMED])}{more})"
    litter = {_litter(name) for name in changed if name not in found.files}
    if litter and "" not in litter and not found.files.keys() & set(changed):
        names = ", ".join(_shown(each) for each in sorted(litter)[:_NAMED])
        return Standing(level=None, reason=reason, remedy=f"remove {names}, which a tool has left there, or {again}")
    return Standing(level=None, reason=f"{reason}: {again}")


def _litter(name: str) -> str:
    """What a tool has written beside the code that it looks at: its folder or file; empty if it is none. It counts for
    the digest all the same, because the code of a plugin can read any file of its folder."""
    parts = name.split("/")
    found = next((place for place, part in enumerate(parts) if part in _TOOLS), None)
    return "/".join(parts[: found + 1]) if found is not None else ""


def _shown(name: str) -> str:
    return name[:80] if name.isprintable() else ascii(name[:80])


def _lack(check: Checked, today: date) -> str:
    if check.status != "exempt" or check.until is None:
        return f"{check.id} is {check.status}"
    if check.until < today:
        return f"{check.id} is failed: its exemption ended on {check.until}"
    return f"{check.id} is exempt until {check.until}, by its author alone"


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


def objection(source: Source, found: Standing, plugins: Plugins, today: date) -> tuple[str, str] | None:
    """Why production does not load this plugin of that standing, and what to do; None if it does."""
    if reaches(found.level, PRODUCTION):
        return None
    signed, ended = exception_of(source.id, plugins, today)
    if signed is not None:
        return None
    reason = f"its level is {found.level or 'none'}, and production asks for {PRODUCTION}"
    reason += f": {found.reason}" if found.reason else ""
    if ended is not None:
        reason += f"; the exception of {ended.signed_by} ended on {ended.until}"
    remedy = found.remedy or f"run `mre-gateway connector check {source.id} --write`"
    return reason, f"{remedy}, or sign an exception in plugins.exceptions"

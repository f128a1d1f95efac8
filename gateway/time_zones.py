"""Which time zone data this process believes: those of the locked `tzdata` package, never the machine's.

`zoneinfo` takes the system's data first, and those are as old as the machine. A country changes its clock with weeks
of notice, Morocco on 2026-09-20, and two processes on two machines must not disagree about an appointment.
`gateway/__init__.py` calls `believe_locked_data` before anything can ask for a zone, so it holds for every process
that imports any part of the gateway, plugins and libraries included: all of them go through `zoneinfo`.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]

_SYSTEM: Final = tuple(Path(each) for each in zoneinfo.TZPATH)
"""Where the machine, or PYTHONTZPATH, has its own."""


def believe_locked_data() -> None:
    """From here on `ZoneInfo(...)` knows only the package, in this whole process."""
    zoneinfo.reset_tzpath(to=())
    ZoneInfo.clear_cache()


believe_locked_data()

MOROCCO: Final = ZoneInfo("Africa/Casablanca")
"""The legal time of Morocco: terms, quarters, and what people there read."""

_STEP: Final = timedelta(days=14)
_PAST: Final = timedelta(days=365)
_AHEAD: Final = timedelta(days=2 * 365)


def version() -> str:
    """The release of the IANA database, such as `2026f`."""
    return str(tzdata.IANA_VERSION)


def known(name: str) -> bool:
    """Whether it is a zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True


def fresh_until() -> date:
    """When the release calls itself out of date: its list of leap seconds, which is renewed every half year, expires
    then. A release says nothing else about its age."""
    text = resources.files("tzdata").joinpath("zoneinfo", "leapseconds").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("#expires"))
    return datetime.fromtimestamp(int(line.split()[1]), UTC).date()


@dataclass(frozen=True, slots=True)
class System:
    """The machine's own time zone data, which the gateway does not use."""

    folder: Path
    version: str
    """Empty if the machine does not say."""

    def differing(self, now: datetime) -> list[str]:
        """Zones whose clock differs from ours between a year ago and two years ahead. A fortnight may be missed."""
        steps = [now - _PAST + n * _STEP for n in range((_PAST + _AHEAD) // _STEP)]
        found = []
        for name in sorted(zoneinfo.available_timezones()):
            theirs = self._zone(name)
            if theirs is None:
                continue
            ours = ZoneInfo(name)
            if any(at.astimezone(ours).utcoffset() != at.astimezone(theirs).utcoffset() for at in steps):
                found.append(name)
        return found

    def clock(self, name: str, at: datetime) -> datetime | None:
        """What the machine's clock shows in a zone; None if it has no such zone."""
        zone = self._zone(name)
        return None if zone is None else at.astimezone(zone)

    def _zone(self, name: str) -> ZoneInfo | None:
        try:
            with self.folder.joinpath(*name.split("/")).open("rb") as file:
                return ZoneInfo.from_file(file, key=name)
        except (OSError, ValueError):
            return None


def system() -> System | None:
    """The machine's own data; None if it has none."""
    for folder in _SYSTEM:
        if folder.joinpath("Africa", "Casablanca").is_file():
            return System(folder, _version(folder))
    return None


def _version(folder: Path) -> str:
    for name in ("tzdata.zi", "+VERSION"):
        try:
            with folder.joinpath(name).open(encoding="utf-8") as file:
                return file.readline().removeprefix("# version").strip()
        except (OSError, UnicodeDecodeError):
            continue
    return ""

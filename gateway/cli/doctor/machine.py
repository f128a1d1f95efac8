"""The machine under the gateway: environment, state folder, disk, clock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from gateway.cli.doctor.findings import Finding, note, ok, wrong
from gateway.settings import PREFIX, Settings
from gateway.storage.private_files import exposed

FREE_BYTES: Final = 512 * 1024 * 1024
"""A store that cannot grow stops the audit log, and with it every call."""

_NOT_BEFORE: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""A clock that shows less was never set."""


def environment(names: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """A misspelt section is no setting, so that nobody else would notice it."""
    for name in sorted(names):
        section = name.removeprefix(PREFIX).partition("__")[0].lower()
        if name.startswith(PREFIX) and section not in Settings.model_fields:
            known = ", ".join(sorted(Settings.model_fields))
            yield wrong("settings", f"the environment variable {name} sets nothing", f"name one of {known}")


def state(settings: Settings) -> Iterator[Finding]:
    folder = settings.state_dir
    if folder.exists():
        if not folder.is_dir():
            yield wrong("state", f"{folder} is not a folder", "name a folder: --state or `state_dir`")
        elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            yield wrong("state", f"{folder} cannot be written by this user", f"give this user the folder {folder}")
        else:
            yield ok("state", f"{folder} can be written")
        for path in exposed(folder, settings.store_url):
            said = f"{path} is open to other users of this machine"
            if settings.profile == "production":
                yield wrong("state", said, f"chmod go= {path}")
            else:
                yield note("state", f"{said}; the next start closes it")
        nearest = folder
    else:
        nearest = next(each for each in folder.parents if each.exists())
        if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
            yield note("state", f"{folder} is not there; the first start makes it")
        else:
            yield wrong("state", f"{folder} cannot be made in {nearest}", f"make {folder} for this user")
    yield _disk(nearest)


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    said = f"{free / 1024**3:.1f} GiB free at {folder}"
    if free < FREE_BYTES:
        return wrong("disk", said, f"make room: below {FREE_BYTES // 1024**2} MiB the audit log may stop all calls")
    return ok("disk", said)


def clock(others: Mapping[str, datetime], *, leeway: float, now: datetime | None = None) -> Iterator[Finding]:
    """`others`: what else tells the time, by name. Tokens are refused when clocks differ by more than `leeway` s. Which
    clock is wrong is said only where a third one tells."""
    now = now or datetime.now(UTC)
    if now < _NOT_BEFORE:
        yield wrong("clock", f"this machine believes that it is {now:%Y-%m-%d}", "set its clock, by NTP")
        return
    limit = timedelta(seconds=max(leeway, 1.0))
    apart = {name: moment - now for name, moment in others.items() if abs(moment - now) > limit}
    agreed = [name for name in others if name not in apart]
    if not apart:
        yield ok("clock", "agrees with " + ", ".join(others) if others else f"{now:%Y-%m-%d %H:%M} UTC")
    elif agreed:
        for name, ahead in apart.items():
            message = f"{name} is {_ahead(ahead)} this machine, with which {', '.join(agreed)} agrees"
            yield wrong("clock", message, f"set the clock of {name} by NTP: tokens are refused while clocks differ")
    elif len(apart) > 1 and max(apart.values()) - min(apart.values()) <= limit:
        message = f"this machine is {_ahead(-min(apart.values()))} {' and '.join(apart)}, which agree"
        yield wrong("clock", message, "set the clock of this machine by NTP: tokens are refused while clocks differ")
    else:
        for name, ahead in apart.items():
            message = f"this machine and {name} are {abs(ahead).total_seconds():.0f} seconds apart"
            remedy = (
                "compare both with a third clock, and set the wrong one by NTP: tokens are refused while they differ"
            )
            yield wrong("clock", message, remedy)


def _ahead(much: timedelta) -> str:
    return f"{abs(much).total_seconds():.0f} seconds {'ahead of' if much > timedelta(0) else 'behind'}"


def not_ahead(
    newest: datetime | None, *, leeway: float, now: datetime | None = None, database: bool = False
) -> Iterator[Finding]:
    """The newest record of the log cannot be from the future. `database`: that `now` is the database's, which the
    machines of several processes share; a record ahead of it was written by another machine, perhaps."""
    ahead = timedelta(0) if newest is None else newest - (now or datetime.now(UTC))
    if ahead > timedelta(seconds=max(leeway, 1.0)):
        than = "the database" if database else "this machine"
        message = f"the newest audit record is {ahead.total_seconds():.0f} seconds ahead of {than}"
        if database:
            yield wrong("clock", message, "set the clock of the machine that wrote it by NTP: it is, or was, fast")
        else:
            yield wrong("clock", message, "the clock was set back, or was ahead before: set it by NTP")

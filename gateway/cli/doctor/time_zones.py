"""Which clock people are told: the release of the time zone data, and whether the programs around it have another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from functools import cache
from typing import Final

from gateway import time_zones
from gateway.cli.doctor.findings import Finding, note, ok, wrong
from gateway.time_zones import System

_MOROCCO: Final = "Africa/Casablanca"
_NAMED: Final = 3
_RENEW: Final = "install the newest `tzdata` package where the gateway is installed, and restart every process"


def examine(now: datetime | None = None) -> Iterator[Finding]:
    now = now or datetime.now(UTC)
    ours, machine = time_zones.version(), time_zones.system()
    if now.date() > time_zones.fresh_until():
        message = f"{ours} wants to be replaced since {time_zones.fresh_until()}: a country may have changed its clock"
        yield note("time zones", message, _RENEW)
    if machine is None:
        yield ok("time zones", f"{ours}, of the locked package; this machine has none of its own")
        return
    theirs = machine.version or "of an unknown release"
    found = _differing(machine, datetime.combine(now.date(), time(12), UTC))
    if not found:
        yield ok("time zones", f"{ours}, of the locked package; those of this machine ({theirs}) say the same")
    elif machine.version > ours:
        message = f"{ours} is older than {theirs} of this machine: {_told(machine, found, now)}"
        yield wrong("time zones", message, _RENEW)
    else:
        remedy = "the gateway is right without it; renew the machine's tzdata for its log viewers, cron and `date`"
        yield note("time zones", f"{ours}; the machine's {theirs} differ: {_told(machine, found, now)}", remedy)


@cache
def _differing(machine: System, day: datetime) -> tuple[str, ...]:
    return tuple(machine.differing(day))


def _told(machine: System, found: tuple[str, ...], now: datetime) -> str:
    names = sorted(found, key=lambda name: name != _MOROCCO)
    said = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    there = machine.clock(_MOROCCO, now)
    here = now.astimezone(time_zones.MOROCCO)
    if there is not None and there.utcoffset() != here.utcoffset():
        said += f"; in Morocco it is {here:%H:%M}, the machine believes {there:%H:%M}"
    return said

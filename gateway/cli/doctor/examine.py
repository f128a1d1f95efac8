"""All checks in the order in which a start would meet them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.doctor import anchors, machine, time_zones, trust
from gateway.cli.doctor.findings import Finding, note, ok, wrong
from gateway.cli.doctor.messages import messages
from gateway.cli.doctor.port import port
from gateway.cli.doctor.portals import portals
from gateway.cli.doctor.store import Seen, store
from gateway.settings import Settings, SettingsError


async def examine(settings: Settings, source: Path | None) -> list[Finding]:
    """Look at everything, change nothing. `source` is the operator's file, if there is one."""
    found = list(machine.environment())
    found.append(ok("settings", f"{source or 'the bundled defaults'}, profile {settings.profile}"))
    found += [
        note("settings", f"{name} means nothing any more and is left out; remove it") for name in settings.retired
    ]
    found += machine.state(settings)
    ring, said = trust.keys(settings)
    found += said
    clients, said = trust.clients(settings)
    found += said
    found += trust.entitlements(settings, clients)
    found += trust.production(settings, ring, clients)
    found += trust.authorities(settings)
    found += await anchors.usable(settings)
    found += await _guarded("portals", lambda: portals(settings))
    found += await _guarded("messages", lambda: messages(settings))
    running, said = await port(settings, ring)
    found += said
    ahead, said = await trust.issuers(settings, running=running)
    found += said
    seen = Seen()
    found += await _guarded("store", lambda: store(settings, ring, seen))
    leeway = settings.auth.leeway_seconds
    now = datetime.now(UTC)
    if seen.ahead is not None:
        ahead["the database"] = seen.ahead
    found += machine.clock({name: now + each for name, each in ahead.items()}, leeway=leeway, now=now)
    found += machine.not_ahead(seen.newest, leeway=leeway, now=seen.now(), database=seen.ahead is not None)
    found += time_zones.examine()
    return found


async def _guarded(check: str, examine: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    """A check that fails is itself a finding. Of the error only the kind is told: its text may quote anything. What
    the settings lack is told in our own words."""
    try:
        return await examine()
    except SettingsError as error:
        return [wrong(check, str(error), "correct this key in the settings")]
    except Exception as error:
        message = f"this cannot be examined: {type(error).__name__}"
        return [wrong(check, message, "start the gateway and read its log; if it starts, report this as a fault")]

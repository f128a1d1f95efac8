"""Who keeps what is signed, outside: witnesses and timestamp authorities. None of them is contacted."""

from __future__ import annotations

import httpx

from gateway.audit.anchor_calls import calls
from gateway.audit.anchors import Anchors
from gateway.audit.checkpointer import REFUSED
from gateway.cli.doctor.findings import Finding, note, ok, wrong
from gateway.settings import Settings, SettingsError
from gateway.storage import Storage


async def usable(settings: Settings) -> list[Finding]:
    """Can the keys and certificates be used, has a witness contradicted, and is the log named after its address?"""
    found = _named(settings)
    async with httpx.AsyncClient(trust_env=False) as unused:
        try:
            named = [each.name for each in calls(settings.audit, unused)]
        except SettingsError as error:
            found.append(wrong("anchors", str(error), "correct this key, or give the file that it names"))
        else:
            found.append(ok("anchors", ", ".join(named)) if named else _none(settings))
    refused = settings.state_dir / REFUSED
    if refused.exists():
        remedy = f"find out why, put the newest database back, and remove {refused}: docs/guides/anchor-the-log.md"
        found.append(wrong("anchors", "a witness has contradicted this database: nothing is signed", remedy))
    return found


async def gaps(settings: Settings, storage: Storage) -> list[Finding]:
    """What none of them has seen for long."""
    try:
        anchors = Anchors(storage, settings.audit, list, refused=settings.state_dir / REFUSED)
    except SettingsError:
        return []  # told above
    try:
        found = await anchors.gaps()
    finally:
        await anchors.stop()
    return [
        wrong(
            "anchors",
            f"{gap.name} has not seen the last {gap.records} records, signed since {gap.seconds / 60:.0f} minutes",
            "start the gateway; if it runs, /health/ready says why",
        )
        for gap in found
        if gap.state == "late"
    ]


def _named(settings: Settings) -> list[Finding]:
    """C2SP tlog-tiles: the origin SHOULD be the log's URL prefix without the scheme."""
    address = f"{settings.public_url}/audit/log".partition("://")[2]
    if settings.profile != "production" or settings.audit.origin == address:
        return []
    remedy = f'for a new log, set audit.origin = "{address}"; a log that has begun keeps its name'
    return [note("anchors", f"the log is called {settings.audit.origin}, which is not its address", remedy)]


def _none(settings: Settings) -> Finding:
    said = "no witness and no timestamp authority: nobody outside knows what was signed"
    if settings.profile != "production":
        return ok("anchors", said)
    return note("anchors", said, "docs/guides/anchor-the-log.md says how to have one")

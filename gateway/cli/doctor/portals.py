"""The plugins as a start would load them: who is left out at which stage, what each portal lacks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

from gateway.app import open_portals
from gateway.cli.doctor.findings import Finding, note, ok, wrong
from gateway.connectors import loader, sources
from gateway.connectors.registry import LoadedPlugin, Registry
from gateway.connectors.secrets import resolve
from gateway.outbound.certificate import read_certificate
from gateway.settings import Settings, SettingsError

ENDS_SOON: Final = timedelta(days=21)
"""A portal's office may take weeks to accept a new certificate."""


async def portals(settings: Settings) -> list[Finding]:
    lenient = settings.model_copy(update={"plugins": settings.plugins.model_copy(update={"strict": False})})
    registry = loader.load(lenient)
    found = [_quarantined(out.id, out.stage, out.reason, out.remedy) for out in registry.quarantined]
    lacking = {id: list(_secrets(plugin, settings, registry)) for id, plugin in registry.connectors.items()}
    for id, problems in lacking.items():
        found += problems
        if problems:
            del registry.connectors[id]
    already = len(registry.quarantined)
    opened = open_portals(settings, registry, _unused, None)
    await opened.close()
    found += [_quarantined(out.id, out.stage, out.reason, out.remedy) for out in registry.quarantined[already:]]
    for id, plugin in registry.connectors.items():
        found.append(_ready(id, settings))
        if plugin.manifest.certificate:
            found += _ending(id, settings)
    found += _signer(settings, registry)
    found += _strangers(settings)
    return found or [wrong("portals", "no plugin is enabled", "name some in plugins.enabled or plugins.added")]


def _quarantined(id: str, stage: str, reason: str, remedy: str) -> Finding:
    return wrong(f"portal {id}", f"left out at stage {stage}: {reason}", remedy)


def _secrets(plugin: LoadedPlugin, settings: Settings, registry: Registry) -> Iterator[Finding]:
    """Every secret that is missing; a start stops at the first."""
    id = plugin.manifest.id
    given = settings.portal(id).secrets
    for name in plugin.manifest.secrets:
        key = f"portals.{id}.secrets.{name}"
        if name not in given:
            yield wrong(f"portal {id}", f"{key} is not set", f'{key} = {{ env = "NAME" }} or {{ file = "path" }}')
            continue
        try:
            empty = not resolve(given[name], registry.secret_sources)
        except SettingsError as error:
            yield wrong(f"portal {id}", f"{key}: {error}", "provide it, readable by this user")
            continue
        if empty:
            yield wrong(f"portal {id}", f"{key} is empty", "provide it")


def _ready(id: str, settings: Settings) -> Finding:
    portal = settings.portal(id)
    return ok(f"portal {id}", "live" if portal.mode == "live" else "sandbox")


def _ending(id: str, settings: Settings) -> Iterator[Finding]:
    """One that has ended already keeps the portal from being opened, and is told there."""
    tls = settings.portal(id).tls
    ends = read_certificate(tls).ends
    if ends - datetime.now(UTC) < ENDS_SOON:
        message = f"our certificate {tls.cert} ends on {ends:%Y-%m-%d}"
        yield note(f"portal {id}", message, "get a new one now, and have the portal accept it")


def _signer(settings: Settings, registry: Registry) -> Iterator[Finding]:
    kind = settings.signing.outbound.get("kind", "")
    if settings.signing.outbound and kind not in registry.signers:
        known = ", ".join(sorted(registry.signers)) or "none"
        message = f"signing.outbound.kind: no plugin registers {kind!r}"
        yield wrong("signing", message, f"name a kind that is registered ({known}), or leave [signing.outbound] out")


def _strangers(settings: Settings) -> Iterator[Finding]:
    """Settings of a portal that nothing loads: a misspelt id, perhaps."""
    reachable = {source.id for source in sources.available(settings.plugins)} | set(sources.enabled(settings.plugins))
    for id in sorted(set(settings.portals) - reachable):
        yield note(f"portal {id}", f"[portals.{id}] belongs to no plugin", "correct the id, or remove the section")


def _unused() -> NoReturn:
    raise RuntimeError("nothing is signed here")

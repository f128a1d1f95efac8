"""What the loader leaves behind: the plugins that work, those that do not and why, and what they registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gateway.connectors.connector_settings import defaults
from gateway.connectors.contract import Connector
from gateway.connectors.hookspecs import AuditSink, SecretSource, Signer
from gateway.connectors.levels import Standing
from gateway.connectors.manifest import Manifest
from gateway.connectors.services import Service
from gateway.settings import PortalSettings

if TYPE_CHECKING:
    import click

Stage = Literal[
    "find", "level", "manifest", "api", "import", "hooks", "register", "contract", "services",
    "settings", "collision", "secrets", "build",
]  # fmt: skip
SignerFactory = Callable[[dict[str, Any]], Signer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """A plugin that is left out, and why. Its services answer 503 with `reason`."""

    id: str
    stage: Stage
    reason: str
    remedy: str
    origin: str = ""
    trace: str = ""
    """The traceback, for the operator alone."""
    services: dict[str, Service] = field(default_factory=dict)
    """Those that could still be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlugin:
    manifest: Manifest
    connector_class: type[Connector]
    services: dict[str, Service]
    package: str
    """Import name, `plugins.<portal>`; its sandbox is the module `sandbox` below it."""
    folder: Path
    standing: Standing = field(default_factory=partial(Standing, level=None))
    """The level that it has earned."""

    def options(self, settings: PortalSettings | None = None) -> dict[str, str]:
        """The defaults of the connector's class and of the manifest, under those of `[portals.<id>.options]`."""
        given = settings.options if settings is not None else {}
        return {**defaults(self.connector_class), **self.manifest.options, **given}


@dataclass(slots=True)
class Registrations:
    """What hooks registered. Filled for one plugin, checked, and only then taken over as a whole."""

    connectors: list[type[Connector]] = field(default_factory=list)
    signers: dict[str, SignerFactory] = field(default_factory=dict)
    secret_sources: dict[str, SecretSource] = field(default_factory=dict)
    audit_sinks: dict[str, AuditSink] = field(default_factory=dict)
    commands: dict[str, click.Command] = field(default_factory=dict)


@dataclass(slots=True)
class Registry:
    connectors: dict[str, LoadedPlugin] = field(default_factory=dict)
    quarantined: list[Quarantine] = field(default_factory=list)
    signers: dict[str, SignerFactory] = field(default_factory=dict)
    secret_sources: dict[str, SecretSource] = field(default_factory=dict)
    audit_sinks: dict[str, AuditSink] = field(default_factory=dict)
    commands: dict[str, click.Command] = field(default_factory=dict)

    def quarantine(self, plugin: str, *, stage: Stage, reason: str, remedy: str, trace: str = "") -> Quarantine:
        """Take a loaded plugin out again, for example because a secret of its portal is missing."""
        loaded = self.connectors.pop(plugin)
        found = Quarantine(
            id=plugin,
            stage=stage,
            reason=reason,
            remedy=remedy,
            origin=str(loaded.folder),
            trace=trace,
            services=loaded.services,
        )
        self.quarantined.append(found)
        return found

    def why_out(self, plugin: str) -> Quarantine | None:
        """Why this plugin is not loaded, if it was tried and failed."""
        if plugin in self.connectors:
            return None
        return next((each for each in self.quarantined if each.id == plugin), None)

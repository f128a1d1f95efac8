"""A client and a connector for each plugin that is in use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import structlog

from gateway.cases.portals import ConnectedPortal, Portals
from gateway.connectors.contract import Connector, Portal
from gateway.connectors.hookspecs import Signer
from gateway.connectors.levels import PRODUCTION, UnfitFiles, digest_of, reaches
from gateway.connectors.loader import PluginError, plugin_code
from gateway.connectors.registry import LoadedPlugin, Registry
from gateway.connectors.secrets import portal_secrets
from gateway.interrupts import noticed_interrupts
from gateway.outbound.answer_words import words_in
from gateway.outbound.certificate import read_certificate
from gateway.outbound.isolation.frames import Start
from gateway.outbound.isolation.process import IsolatedProcess
from gateway.outbound.isolation.remote import remote_class
from gateway.outbound.page_address import page_origins
from gateway.outbound.pipeline import PortalClient, open_portal_client
from gateway.outbound.portal_counts import PortalCounts
from gateway.outbound.portal_states import PortalStates
from gateway.secret import Secret
from gateway.settings import PortalSettings, Settings, SettingsError
from gateway.storage import Storage

log = structlog.get_logger()


def open_portals(
    settings: Settings, registry: Registry, signer: Callable[[], Signer], storage: Storage | None
) -> Portals:
    """A client and a connector for each plugin. One that lacks a secret or has no usable address is quarantined, and so
    is one whose class cannot be made, whatever it raises."""
    connected_portals: dict[str, ConnectedPortal] = {}
    for id, plugin in list(registry.connectors.items()):
        try:
            connected_portals[id] = _open(id, plugin, settings, registry, signer)
        except PluginError as error:
            registry.quarantine(id, stage=error.stage, reason=error.reason, remedy=error.remedy, trace=error.trace)
        except (SettingsError, ValueError, OSError) as error:
            registry.quarantine(
                id, stage="secrets", reason=str(error), remedy=f"correct [portals.{id}] in the settings"
            )
    for out in registry.quarantined:
        log.warning("plugin_quarantined", portal=out.id, stage=out.stage)
    circuits = {id: connected.portal_client.circuit for id, connected in connected_portals.items()}
    states = PortalStates(storage, circuits, settings.portal_states) if storage is not None else None
    folders = {id: plugin.folder for id, plugin in registry.connectors.items()}
    counts = None
    if storage is not None:
        counts = PortalCounts(storage, settings.portal_counts, words=lambda portal: words_in(folders[portal]))
    return Portals(connected_portals, {out.id: out.reason for out in registry.quarantined}, states, counts)


def _open(
    id: str, plugin: LoadedPlugin, settings: Settings, registry: Registry, signer: Callable[[], Signer]
) -> ConnectedPortal:
    portal = settings.portal(id)
    secrets = _secrets(id, plugin, portal, registry)
    if plugin.manifest.certificate:
        read_certificate(portal.tls)
    options = plugin.options(portal)
    base_url, allowed = _address(id, plugin, portal, settings)
    portal_client: PortalClient = open_portal_client(
        id,
        base_url=base_url,
        allowed=allowed,
        settings=portal,
        auth=plugin.manifest.auth,
        secrets=secrets,
        options=options,
        signer=signer,
        sign=plugin.manifest.sign,
    )
    portal_of_plugin = Portal(
        id=id,
        http=portal_client.client,
        secrets=secrets,
        options=options,
        callback_url=f"{settings.public_url}/callbacks/{id}",
        public_base_url=portal.public_base_url or base_url,
    )
    connector, isolated = build_connector(plugin, portal_of_plugin, portal_client.layers, settings)
    pages = page_origins(plugin.manifest.hosts, (base_url, portal_of_plugin.public_base_url))
    return ConnectedPortal(connector, portal_client, isolated, pages)


def build_connector(
    plugin: LoadedPlugin, portal: Portal, layers: httpx.AsyncBaseTransport, settings: Settings
) -> tuple[Connector, IsolatedProcess | None]:
    """Make the connector, in a process of its own where the settings say so: that one is not started yet. Blocks.

    Raises `PluginError`.
    """
    id = portal.id
    if id in settings.plugins.isolate:
        isolated = IsolatedProcess(_order(plugin, portal, settings), layers, settings.plugins)
        isolated.spawn()
        return remote_class(plugin.connector_class, isolated)(portal), isolated
    with plugin_code(id, "build", f"correct [portals.{id}] in the settings, or the plugin", plugin.folder):
        return plugin.connector_class(portal), None


def _order(plugin: LoadedPlugin, portal: Portal, settings: Settings) -> Start:
    """Everything that a connector's own process is told."""
    return Start(
        path=[str(Path(each).absolute()) for each in sys.path],
        plugins=settings.plugins.model_dump_json().encode(),
        logging=settings.logging.model_dump_json().encode(),
        id=portal.id,
        package=plugin.package,
        folder=str(plugin.folder),
        origin=str(plugin.folder),
        base_url=str(portal.http.base_url),
        secrets={name: secret.reveal() for name, secret in portal.secrets.items()},
        options=dict(portal.options),
        callback_url=portal.callback_url,
        public_base_url=portal.public_base_url,
        digest=_digest(plugin, settings),
    )


def _digest(plugin: LoadedPlugin, settings: Settings) -> str:
    """Of the files to which the level is bound that production asks for: a process that is started again runs these or
    none. Empty where no level is asked for. Raises `PluginError`."""
    if settings.profile != "production" or not reaches(plugin.standing.level, PRODUCTION):
        return ""
    try:
        return digest_of(plugin.folder)
    except UnfitFiles as problem:
        raise PluginError(plugin.manifest.id, "level", problem.reason, problem.remedy) from problem


def _secrets(id: str, plugin: LoadedPlugin, portal: PortalSettings, registry: Registry) -> dict[str, Secret]:
    with noticed_interrupts() as interrupted:
        try:
            return portal_secrets(plugin.manifest, portal, registry.secret_sources)
        except (SettingsError, ValueError, OSError):
            raise
        except BaseException as error:  # a source of secrets may be a plugin's
            if interrupted():
                raise
            raise SettingsError(f"portals.{id}.secrets: a source of secrets failed: {type(error).__name__}") from error


def _address(id: str, plugin: LoadedPlugin, portal: PortalSettings, settings: Settings) -> tuple[str, tuple[str, ...]]:
    """Where the portal is, and the origins that its requests may go to."""
    if portal.mode == "sandbox":
        base_url = portal.base_url or f"{settings.sandbox.url}/{id}"
        if plugin.manifest.certificate == "mutual_tls" and not base_url.startswith("https://"):
            raise SettingsError(f"portals.{id}.base_url: a portal with mutual TLS needs an https address")
        return base_url, ("/".join(base_url.split("/")[:3]),)
    if not portal.base_url.startswith("https://"):
        raise SettingsError(f"portals.{id}.base_url: a live portal needs an https address")
    return portal.base_url, tuple(f"https://{host}" for host in plugin.manifest.hosts)

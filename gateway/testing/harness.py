"""A plugin at work: its sandbox on a real socket, its connector behind the real outbound layers, nothing else."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from gateway.audit.entry import Hop
from gateway.auth.keys import KeyRing
from gateway.connectors.contract import Connector, Operation, P, Portal, R
from gateway.connectors.loader import registry_of
from gateway.connectors.registry import LoadedPlugin
from gateway.connectors.secrets import portal_secrets
from gateway.outbound.invoke import Callee, invoke
from gateway.outbound.pipeline import PortalClient, open_portal_client
from gateway.outbound.schemes import SchemeError
from gateway.sandbox.certificates import provide
from gateway.sandbox.context import Effects
from gateway.sandbox.faults import Fault
from gateway.sandbox.host import Host, build
from gateway.sandbox.serve import listen, running, url_of
from gateway.secret import Secret
from gateway.settings import PortalSettings, Settings, read_file


class NoSandbox(Exception):
    """The sandbox did not start, or cannot be called; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    plugin: LoadedPlugin
    connector: Connector
    host: Host
    url: str
    """Address of the host, without the portal."""
    settings: Settings
    """With which both sides were made: secrets, certificates."""
    budget: float | None = None
    """Seconds for each call; None: as long as the portal's settings allow."""
    reached: str = ""
    """Address under which the portal is reached: that of the host, or of its TLS port."""
    hops: list[Hop] | None = None
    """Where each attempt of each call is recorded, if it is wanted."""

    async def call(self, operation: Operation[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the connector as the gateway does, `call(Filing.file, submission)`; raises `Refused`, `Unavailable` or
        `Unknown`."""
        callee = Callee(self.plugin.manifest.id, self.connector, self.budget, hops=self.hops)
        return await invoke(callee, operation, *args, **kwargs)

    def within(self, budget: float) -> Harness:
        """The same, where each call gets so many seconds."""
        return replace(self, budget=budget)

    def fault(self, mode: str, rate: float = 1.0) -> None:
        self.host.faults.set(self.plugin.manifest.id, Fault(mode=mode, rate=rate))  # type: ignore[arg-type] # a word

    @asynccontextmanager
    async def impostor(self) -> AsyncIterator[Harness]:
        """The same connector with other secrets, other keys and another authority's certificate."""
        with TemporaryDirectory(prefix="impostor-") as folder:
            ring = KeyRing.create(Path(folder) / "keys", demo=True)
            about = self.plugin.manifest
            given = {name: Secret(secrets.token_urlsafe(32)) for name in about.secrets}
            own = self.settings.portal(about.id)
            foreign = provide(Path(folder), [about.id] if about.certificate else []).get(about.id, {})
            tls = own.tls.model_copy(update={name: foreign[name] for name in ("cert", "key") if name in foreign})
            portal_client = _client(self.plugin, self.reached, own.model_copy(update={"tls": tls}), given, ring)
            hops: list[Hop] = []
            connector = self.plugin.connector_class(
                _portal(self.plugin, portal_client.client, own, given, self.reached)
            )
            try:
                yield replace(self, connector=connector, hops=hops)
            finally:
                await portal_client.close()

    def effects(self) -> list[dict[str, Any]]:
        return Effects(self.host.store, self.plugin.manifest.id, self.host.clock).all()


@asynccontextmanager
async def harness(plugin: LoadedPlugin) -> AsyncIterator[Harness]:
    """Everything is made in a temporary folder and gone afterwards. Raises `NoSandbox`."""
    about = plugin.manifest
    with TemporaryDirectory(prefix="bench-") as folder:
        listening, sealed = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
        url, tls_url = url_of(listening), url_of(sealed, "https")
        settings = _settings(plugin, Path(folder), url)
        ring = KeyRing.create(settings.state_dir / "keys", demo=True)
        host = build(settings, url=url, tls_url=tls_url, registry=registry_of(plugin))
        reached = tls_url if about.id in host.secured else url
        async with running(host, listening, host.on_second_port(sealed)):
            if about.id not in host.apps:
                raise NoSandbox(host.broken.get(about.id, "it was not loaded"))
            own = settings.portal(about.id)
            given = portal_secrets(about, own, {"file": read_file})
            portal_client = _client(plugin, reached, own, given, ring)
            try:
                connector = plugin.connector_class(_portal(plugin, portal_client.client, own, given, reached))
                yield Harness(
                    plugin=plugin, connector=connector, host=host, url=url, settings=settings, reached=reached
                )
            finally:
                await portal_client.close()
        host.store.close()


def _client(
    plugin: LoadedPlugin, reached: str, own: PortalSettings, given: Mapping[str, Secret], ring: KeyRing
) -> PortalClient:
    about = plugin.manifest
    try:
        return open_portal_client(
            about.id,
            base_url=f"{reached}/{about.id}",
            allowed=[reached],
            settings=own,
            auth=about.auth,
            secrets=given,
            options=plugin.options(own),
            signer=lambda: ring.signer("outbound"),
            sign=about.sign,
        )
    except SchemeError as problem:
        raise NoSandbox(f"the scheme of [auth] in plugin.toml cannot be used: {problem}") from problem


def _portal(
    plugin: LoadedPlugin, http: httpx.AsyncClient, own: PortalSettings, given: Mapping[str, Secret], reached: str
) -> Portal:
    return Portal(
        id=plugin.manifest.id,
        http=http,
        secrets=given,
        options=plugin.options(own),
        callback_url=f"http://gateway.invalid/callbacks/{plugin.manifest.id}",
        public_base_url=f"{reached}/{plugin.manifest.id}",
    )


def _settings(plugin: LoadedPlugin, state: Path, url: str) -> Settings:
    about = plugin.manifest
    references = {}
    for name in about.secrets:
        path = state / name
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        references[name] = {"file": str(path)}
    certificates = provide(state, [about.id] if about.certificate else [])
    return Settings.model_validate(
        {
            "state_dir": state,
            "plugins": {"folders": (str(plugin.folder.parent),), "enabled": (about.id,)},
            "portals": {about.id: {"secrets": references, "tls": certificates.get(about.id, {})}},
            "sandbox": {"url": url},
        }
    )

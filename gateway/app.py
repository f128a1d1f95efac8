"""The composition root: settings in, ASGI application out. The only place that knows every room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from litestar.types import ASGIApp

from gateway.api.backend import Backend
from gateway.api.caller_turns import CallerTurns
from gateway.api.case_watcher import CaseWatcher
from gateway.api.catalogue_cache import CatalogueCache
from gateway.api.edge import Edge
from gateway.api.lookups import Lookups
from gateway.api.routes import build_routes
from gateway.audit.anchors import Anchors
from gateway.audit.checkpointer import KEPT, REFUSED, Checkpointer
from gateway.audit.log import AuditLog
from gateway.audit.note import VerifierKey
from gateway.audit.retention import Retention
from gateway.audit.sums import CallSums
from gateway.auth.clients import Clients
from gateway.auth.dpop import Proofs
from gateway.auth.guard import refuse_demo
from gateway.auth.keys import KeyRing, jwk
from gateway.auth.mandates import Mandates
from gateway.auth.quotas import Quotas
from gateway.auth.tokens import Verifier
from gateway.cards.issuer import CardIssuer
from gateway.cards.store import CardOffice
from gateway.cases.appointments import Appointments
from gateway.cases.attachments import Attachments
from gateway.cases.dispatch import CallShares
from gateway.cases.housekeeping import Housekeeping
from gateway.cases.idempotency import Idempotency
from gateway.cases.indicators import Indicators
from gateway.cases.inspection import Inspection
from gateway.cases.intake import Intake
from gateway.cases.journey import Journey
from gateway.cases.payments import Payments
from gateway.cases.places import Places
from gateway.cases.portals import Desk, Portals
from gateway.cases.receipt import Receipts
from gateway.cases.store import Cases
from gateway.cases.tally import Tally
from gateway.cases.trip import Office
from gateway.cases.worker import DUE, Worker
from gateway.connectors import loader
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import Portal
from gateway.connectors.hookspecs import Signer
from gateway.connectors.registry import LoadedPlugin, Registry
from gateway.connectors.secrets import portal_secrets
from gateway.i18n.messages import Messages
from gateway.outbound.certificate import read_certificate
from gateway.outbound.pipeline import Gate, open_gate
from gateway.outbound.portal_states import PortalStates
from gateway.settings import PortalSettings, Settings, SettingsError
from gateway.storage import Storage
from gateway.storage.migrate import migrate
from gateway.storage.notices import Notices
from gateway.storage.private_files import make_private
from gateway.storage.vault import Vault
from gateway.struct_types import look_up_all
from gateway.telemetry.logging import configure
from gateway.telemetry.metrics import Page

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Gateway:
    """A gateway that is put together but not started."""

    settings: Settings
    backend: Backend
    worker: Worker | None
    due: Notices
    housekeeping: Housekeeping

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Migrate, start the audit log and the journeys; on the way out stop them in reverse order."""
        backend, settings = self.backend, self.settings
        make_private(settings.state_dir, settings.store_url)  # and not when only put together
        async with AsyncExitStack() as stack:
            stack.push_async_callback(backend.storage.close)
            await migrate(backend.storage)
            stack.push_async_callback(self.due.close)
            stack.push_async_callback(backend.idempotency.stop)
            await backend.idempotency.start()
            stack.push_async_callback(backend.office.portals.close)
            await backend.office.portals.start()
            stack.push_async_callback(backend.verifier.close)
            stack.push_async_callback(backend.inspection.close)
            await backend.audit.start()
            stack.push_async_callback(backend.audit.stop)
            await backend.sums.start()
            stack.push_async_callback(backend.sums.stop)
            stack.push_async_callback(backend.anchors.stop)
            await backend.anchors.ask()  # before anything more is signed
            await backend.checkpointer.start()
            stack.push_async_callback(backend.checkpointer.stop)
            await backend.anchors.start()
            await self.housekeeping.start()
            stack.push_async_callback(self.housekeeping.stop)
            if self.worker is not None:
                await self.worker.start()
                stack.push_async_callback(self._stop_worker, self.worker)
            log.info("gateway_started")
            yield
            backend.drain()
            backend.send_away()
            log.info("gateway_stopping")

    async def _stop_worker(self, worker: Worker) -> None:
        await worker.stop(self.backend.grace_left())

    def application(self) -> ASGIApp:
        """The ASGI application; its lifespan is `running`."""
        return Edge(build_routes(self.backend, self.running), self.backend)


def assemble(settings: Settings, *, journeys: bool | None = None) -> Gateway:
    """Put the rooms together. `journeys` overrides whether this process runs them.

    Raises `SettingsError` for anything a production profile refuses, and for unusable keys or clients.
    """
    configure(settings.logging.level)
    for name in settings.retired:
        log.warning("setting_retired", code=name)
    ring = _keys(settings)
    clients = Clients.load(settings)
    if problems := refuse_demo(settings, ring, clients):
        raise SettingsError("this is not fit for production:\n" + "\n".join(f"- {each}" for each in problems))
    registry = loader.load(settings)
    storage = Storage(
        settings.store_url,
        pool_size=settings.store.pool_size,
        busy_timeout=settings.store.busy_timeout_seconds,
        stall_seconds=settings.store.stall_seconds,
        read_seconds=settings.store.read_seconds,
    )
    vault = Vault(ring.data_key)
    kept = settings.state_dir / KEPT
    checkpointer = Checkpointer(storage, settings.audit, lambda: ring.signer("audit"), kept=kept)
    audit = AuditLog(
        storage,
        settings.audit,
        sinks=registry.audit_sinks,
        pseudonym=ring.ledger.pseudonym,
        vault=vault,
        placed=checkpointer.placed,
    )
    anchors = Anchors(
        storage,
        settings.audit,
        partial(_log_keys, settings, ring),
        refused=kept.with_name(REFUSED),
        ca_bundle=settings.ca_bundle,
    )
    signer = _outbound_signer(settings, registry, ring)
    proofs = Proofs(storage, ring, settings.auth)
    portals = open_portals(settings, registry, signer, storage)
    cases, attachments = Cases(storage, vault), Attachments(storage, vault)
    office = Office(
        cases=cases,
        portals=portals,
        catalogue=Catalogue(registry, portals.state, portals.retry_after),
        payments=Payments(cases, portals, audit, settings.journeys.poll_seconds),
        attachments=attachments,
        receipts=Receipts(ring, settings.public_url),
        appointments=Appointments(cases, portals, settings.journeys),
        audit=audit,
        pace=settings.journeys,
        speeds={id: settings.sandbox.speed for id in registry.connectors if settings.portal(id).mode == "sandbox"},
        calls=CallShares(settings.journeys.concurrent, per_portal=settings.journeys.concurrent_per_portal),
    )
    idempotency = Idempotency(storage, vault, settings.idempotency)
    runs = settings.journeys_embedded if journeys is None else journeys
    due = Notices(storage, DUE)
    worker = Worker(Journey(office), cases, settings.journeys, due) if runs else None
    messages = Messages.load(settings.languages, settings.default_language)
    for id, plugin in registry.connectors.items():
        messages.add(id, plugin.manifest.errors)
    mandates = Mandates(storage, vault, ring, settings.mandates)
    backend = Backend(
        settings=settings,
        storage=storage,
        vault=vault,
        ring=ring,
        jwks=lambda: _with(ring.jwks(), signer()),
        clients=clients,
        verifier=Verifier(
            settings.auth,
            ring=ring,
            clients=clients,
            resource=settings.public_url,
            proofs=proofs,
            ca_bundle=settings.ca_bundle,
        ),
        mandates=mandates,
        messages=messages,
        office=office,
        intake=Intake(
            cases,
            attachments,
            office.receipts,
            Places(office.portals, office.appointments, settings.forms),
            settings.journeys,
            settings.forms,
        ),
        inspection=Inspection(settings.inspection, max_bytes=settings.server.max_attachment_bytes),
        lookups=Lookups(settings.search),
        caller_turns=CallerTurns(
            settings.server.calls_per_caller,
            waiting=settings.server.waiting_calls_per_caller,
            seconds=settings.server.caller_turn_seconds,
        ),
        watcher=CaseWatcher(cases, mandates),
        catalogue_cache=CatalogueCache(office.catalogue),
        idempotency=idempotency,
        cards=CardOffice(storage, vault, CardIssuer(ring, settings.public_url, settings.cards), settings.cards),
        quotas=Quotas(settings.quotas),
        indicators=Indicators(Tally(storage), settings.indicators),
        audit=audit,
        sums=CallSums(audit, settings.quotas),
        checkpointer=checkpointer,
        anchors=anchors,
        nudge=due.send,
        metrics_page=Page(settings.metrics.seconds),
        journeys_alive=(lambda: worker.alive) if worker else lambda: True,
    )
    cases.on_change(backend.watcher.changed)
    look_up_all()  # the plugins' too
    return Gateway(
        settings=settings,
        backend=backend,
        worker=worker,
        due=due,
        housekeeping=Housekeeping(
            storage, idempotency, attachments, Retention(storage, audit, checkpointer, settings.audit), settings, proofs
        ),
    )


def open_portals(
    settings: Settings, registry: Registry, signer: Callable[[], Signer], storage: Storage | None
) -> Portals:
    """A client and a connector for each plugin; one that lacks a secret or has no usable address is quarantined."""
    desks: dict[str, Desk] = {}
    for id, plugin in list(registry.connectors.items()):
        try:
            desks[id] = _open(id, plugin, settings, registry, signer)
        except (SettingsError, ValueError, OSError) as error:
            registry.quarantine(
                id, stage="secrets", reason=str(error), remedy=f"correct [portals.{id}] in the settings"
            )
    for out in registry.quarantined:
        log.warning("plugin_quarantined", portal=out.id, stage=out.stage)
    circuits = {id: desk.gate.circuit for id, desk in desks.items()}
    states = PortalStates(storage, circuits, settings.portal_states) if storage is not None else None
    return Portals(desks, {out.id: out.reason for out in registry.quarantined}, states)


def _open(id: str, plugin: LoadedPlugin, settings: Settings, registry: Registry, signer: Callable[[], Signer]) -> Desk:
    portal = settings.portal(id)
    secrets = portal_secrets(plugin.manifest, portal, registry.secret_sources)
    if plugin.manifest.certificate:
        read_certificate(portal.tls)
    options = plugin.options(portal)
    base_url, allowed = _address(id, plugin, portal, settings)
    gate: Gate = open_gate(
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
    connector = plugin.connector_class(
        Portal(
            id=id,
            http=gate.client,
            secrets=secrets,
            options=options,
            callback_url=f"{settings.public_url}/callbacks/{id}",
            public_base_url=portal.public_base_url or base_url,
        )
    )
    return Desk(connector, gate)


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


def _outbound_signer(settings: Settings, registry: Registry, ring: KeyRing) -> Callable[[], Signer]:
    """The ring's own key, looked up for each signature because it rotates; or a plugin's signer."""
    options = dict(settings.signing.outbound)
    if not options:
        return lambda: ring.signer("outbound")
    kind = options.pop("kind", "")
    if kind not in registry.signers:
        raise SettingsError(f"signing.outbound.kind: no plugin registers signers of the kind {kind!r}")
    made = registry.signers[kind](options)
    return lambda: made


def _with(jwks: dict[str, Any], signer: Signer) -> dict[str, Any]:
    """The key set, with the key of a signer that is not of the ring."""
    keys: list[dict[str, str]] = jwks["keys"]
    if all(key["kid"] != signer.key_id for key in keys):
        keys.append(jwk(signer.key_id, signer.public))
    return jwks


def _log_keys(settings: Settings, ring: KeyRing) -> list[VerifierKey]:
    """The log's keys, the one that signs now first."""
    return [VerifierKey(name=settings.audit.origin, public=each) for each in ring.public("audit").values()]


def _keys(settings: Settings) -> KeyRing:
    """The key folder; made on first use, except in production, where keys are made on purpose."""
    folder = settings.state_dir / "keys"
    if settings.profile == "production":
        return KeyRing.open(folder)
    return KeyRing.create(folder, demo=settings.profile == "demo")

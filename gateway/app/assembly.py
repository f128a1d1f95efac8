"""Put the rooms together: settings in, a gateway out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog

from gateway.api.catalogue.cache import CatalogueCache
from gateway.api.catalogue.lookups import Lookups
from gateway.api.events.case_change_notifier import CaseChangeNotifier
from gateway.api.http.caller_turns import CallerTurns
from gateway.api.http.published_keys import PublishedKeys
from gateway.api.http.server_state import ServerState
from gateway.app.gateway import Gateway
from gateway.app.late_modules import import_late_modules
from gateway.app.messaging import open_messaging
from gateway.app.portals import open_portals
from gateway.app.probes import Probes
from gateway.app.reloads import Reloads
from gateway.audit.anchors import Anchors
from gateway.audit.checkpointer import KEPT, REFUSED, Checkpointer
from gateway.audit.log import AuditLog
from gateway.audit.note import VerifierKey
from gateway.audit.retention import Retention
from gateway.audit.sums import CallSums
from gateway.auth.clients import Clients
from gateway.auth.dpop import Proofs
from gateway.auth.keys import KeyRing
from gateway.auth.mandates import Mandates
from gateway.auth.preferences import PreferenceStore
from gateway.auth.production_checks import refuse_demo
from gateway.auth.quotas import Quotas
from gateway.auth.rates import RateLimits
from gateway.auth.shared_rates import SharedRates
from gateway.auth.tickets import Tickets
from gateway.auth.tokens import Verifier
from gateway.cards.issuer import CardIssuer
from gateway.cards.store import CardStore
from gateway.cases.appointments import Appointments
from gateway.cases.attachments import Attachments
from gateway.cases.batches import Batches
from gateway.cases.dispatch import CallShares
from gateway.cases.drafts import Drafts
from gateway.cases.examination import Examiner
from gateway.cases.feed import Feeds
from gateway.cases.housekeeping import Housekeeping
from gateway.cases.idempotency import Idempotency
from gateway.cases.indicator_store import IndicatorStore
from gateway.cases.indicators import Indicators
from gateway.cases.inspection import Inspection
from gateway.cases.intake import Intake
from gateway.cases.journey import Journey
from gateway.cases.payments import Payments
from gateway.cases.places import Places
from gateway.cases.portal_check import PortalCheck
from gateway.cases.receipt import Receipts
from gateway.cases.stages.order import Stages
from gateway.cases.store import Cases
from gateway.cases.worker import DUE, Worker
from gateway.connectors import loader
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.hookspecs import Signer
from gateway.connectors.registry import Registry
from gateway.connectors.text_folding import fold
from gateway.i18n.messages import Messages
from gateway.notifications.messages import store as message_store
from gateway.notifications.relay import Relay
from gateway.notifications.webhooks.deliveries import Deliveries
from gateway.notifications.webhooks.dispatcher import Dispatcher
from gateway.notifications.webhooks.endpoints import Endpoints
from gateway.notifications.webhooks.reply import WebhookSender
from gateway.outbound.blocked_loop import BlockedLoopWatcher
from gateway.settings import Settings, SettingsError
from gateway.storage import Storage
from gateway.storage.notices import Notices
from gateway.storage.vault import Vault
from gateway.struct_types import look_up_all
from gateway.telemetry.logging import configure, limit_plugins
from gateway.telemetry.metrics import Page

log = structlog.get_logger()


def assemble(settings: Settings, *, journeys: bool | None = None) -> Gateway:
    """Put the rooms together. `journeys` overrides whether this process runs them.

    Raises `SettingsError` for anything a production profile refuses, and for unusable keys or clients.
    """
    configure(settings.logging.level)
    limit_plugins(per_second=settings.logging.plugin_lines_per_second, burst=settings.logging.plugin_lines_at_once)
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
    catalogue = Catalogue(registry, portals.state, portals.retry_after)
    payments = Payments(cases, portals, audit, settings.journeys.poll_seconds, settings.public_url)
    appointments = Appointments(cases, portals, settings.journeys)
    receipts = Receipts(ring, settings.public_url)
    idempotency = Idempotency(storage, vault, settings.idempotency)
    runs = settings.journeys_embedded if journeys is None else journeys
    due = Notices(storage, DUE)
    stages = Stages.using(payments, attachments, receipts)
    shares = CallShares(settings.journeys.concurrent, per_portal=settings.journeys.concurrent_per_portal)
    journey = Journey(
        cases=cases,
        portals=portals,
        catalogue=catalogue,
        audit=audit,
        settings=settings.journeys,
        speeds={id: settings.sandbox.speed for id in registry.connectors if settings.portal(id).mode == "sandbox"},
        shares=shares,
        stages=stages,
        batches=Batches(
            cases=cases,
            portals=portals,
            catalogue=catalogue,
            audit=audit,
            settings=settings.journeys,
            shares=shares,
            follows=stages.only_queries,
        ),
    )
    messages = Messages.load(settings.languages, settings.default_language)
    for id, plugin in registry.connectors.items():
        messages.add(id, plugin.manifest.errors)
        messages.add_choices(id, plugin.manifest.choices)
        messages.add_documents(id, {fold(said): texts for said, texts in plugin.manifest.documents.items()})
    mandates, quotas = Mandates(storage, vault, ring, settings.mandates), Quotas(settings.quotas)
    feeds = Feeds(storage)
    watcher = CaseChangeNotifier(cases, feeds, mandates)
    cases.on_change(watcher.changed)
    preferences = PreferenceStore(storage, vault)
    message_intake, message_sender = open_messaging(
        settings, cases=cases, preferences=preferences, catalogue=catalogue, portals=portals, audit=audit, ring=ring
    )
    endpoints = Endpoints(storage, vault, settings.webhooks)
    sender = _webhook_sender(settings)
    deliveries = Deliveries(storage, clients.may_have_webhooks)
    dispatcher = Dispatcher(
        endpoints=endpoints,
        deliveries=deliveries,
        sender=sender,
        audit=audit,
        settings=settings.webhooks,
        executor=settings.journeys.executor_id,
        notices=due,
        tick_seconds=settings.journeys.tick_seconds,
        may_have=clients.may_have_webhooks,
    )
    deliveries.on_waiting(dispatcher.wake)
    relay = Relay(storage, due, [deliveries, message_intake], seconds=settings.journeys.tick_seconds)
    cases.on_change(lambda _: relay.wake())
    rates = RateLimits(settings.rates, clients)
    import_late_modules()
    look_up_all()  # the plugins' too
    return Gateway(
        settings=settings,
        storage=storage,
        vault=vault,
        ring=ring,
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
        preferences=preferences,
        quotas=quotas,
        audit=audit,
        sums=CallSums(audit, settings.quotas),
        checkpointer=checkpointer,
        anchors=anchors,
        messages=messages,
        catalogue=catalogue,
        portals=portals,
        cases=cases,
        attachments=attachments,
        drafts=Drafts(storage, vault, settings.drafts),
        payments=payments,
        appointments=appointments,
        examiner=Examiner(
            cases,
            attachments,
            Places(portals, appointments, settings.forms),
            PortalCheck(portals=portals, storage=storage, quotas=quotas, limits=settings.forms),
            settings.forms,
        ),
        intake=Intake(cases, attachments, receipts, settings.journeys),
        inspection=Inspection(settings.inspection, max_bytes=settings.server.max_attachment_bytes),
        idempotency=idempotency,
        indicators=Indicators(IndicatorStore(storage), settings.indicators),
        cards=CardStore(storage, vault, CardIssuer(ring, settings.public_url, settings.cards), settings.cards),
        due=due,
        worker=Worker(journey, cases, settings.journeys, due) if runs else None,
        relay=relay if runs else None,
        message_sender=message_sender if runs else None,
        endpoints=endpoints,
        deliveries=deliveries,
        webhook_sender=sender,
        dispatcher=dispatcher if runs else None,
        housekeeping=Housekeeping(
            storage,
            idempotency,
            attachments,
            Retention(storage, audit, checkpointer, settings.audit),
            settings,
            proofs,
            also=[
                partial(message_store.drop_old, days=settings.messages.keep_days),
                partial(deliveries.drop_old, days=settings.webhooks.keep_days),
            ],
        ),
        lookups=Lookups(settings.search),
        rates=rates,
        shared_rates=SharedRates(rates, storage, settings.rates.share_seconds),
        caller_turns=CallerTurns(
            settings.server.calls_per_caller,
            waiting=settings.server.waiting_calls_per_caller,
            seconds=settings.server.caller_turn_seconds,
        ),
        feeds=feeds,
        tickets=Tickets(storage, vault, settings.events.ticket_seconds),
        watcher=watcher,
        catalogue_cache=CatalogueCache(catalogue),
        metrics_page=Page(settings.metrics.seconds),
        published_keys=PublishedKeys(ring=ring, signer=signer),
        state=ServerState(settings.server.shutdown_grace_seconds),
        blocked_loop=BlockedLoopWatcher(settings.server.blocked_loop_seconds),
        reloads=Reloads(settings, registry, portals),
        probes=Probes(settings, registry, portals, storage, audit),
    )


def _webhook_sender(settings: Settings) -> WebhookSender:
    from gateway.notifications.webhooks.sender import Sender  # here, because it brings aiohttp

    if settings.webhooks.loopback and settings.profile != "demo":
        raise SettingsError('webhooks.loopback: only with profile = "demo"; set it to false')
    try:
        return Sender(settings.webhooks, ca_bundle=settings.ca_bundle)
    except OSError as error:
        raise SettingsError(f"webhooks.ca: the file cannot be used: {error.strerror or error}") from error


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


def _log_keys(settings: Settings, ring: KeyRing) -> list[VerifierKey]:
    """The log's keys, the one that signs now first."""
    return [VerifierKey(name=settings.audit.origin, public=each) for each in ring.public("audit").values()]


def _keys(settings: Settings) -> KeyRing:
    """The key folder; made on first use, except in production, where keys are made on purpose."""
    folder = settings.state_dir / "keys"
    if settings.profile == "production":
        return KeyRing.open(folder)
    return KeyRing.create(folder, demo=settings.profile == "demo")

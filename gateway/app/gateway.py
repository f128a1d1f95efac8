"""A gateway that is put together: its services, how they start and stop, its ASGI application."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from litestar import Litestar
from litestar.types import ASGIApp

from gateway.api.catalogue.all_services import AllServices
from gateway.api.catalogue.cache import CatalogueCache
from gateway.api.catalogue.lookups import Lookups
from gateway.api.catalogue.pages import CataloguePages
from gateway.api.events.case_change_notifier import CaseChangeNotifier
from gateway.api.http.access import Admission
from gateway.api.http.caller_turns import CallerTurns
from gateway.api.http.cors import Cors
from gateway.api.http.edge import Edge, EdgeServices
from gateway.api.http.methods import methods_of
from gateway.api.http.published_keys import PublishedKeys
from gateway.api.http.rate_limiting import RateLimiting
from gateway.api.http.ready_answers import ReadyAnswers
from gateway.api.http.server_state import ServerState
from gateway.api.routes import build_routes
from gateway.app.probes import Probes
from gateway.app.provided import provided_services
from gateway.app.reloads import Reloads
from gateway.app.startup_and_shutdown import running, running_until_signal
from gateway.audit.anchors import Anchors
from gateway.audit.checkpointer import Checkpointer
from gateway.audit.log import AuditLog
from gateway.audit.sums import CallSums
from gateway.auth.clients import Clients
from gateway.auth.keys import KeyRing
from gateway.auth.mandates import Mandates
from gateway.auth.preferences import PreferenceStore
from gateway.auth.quotas import Quotas
from gateway.auth.rates import RateLimits
from gateway.auth.shared_rates import SharedRates
from gateway.auth.tickets import Tickets
from gateway.auth.tokens import Verifier
from gateway.cards.store import CardStore
from gateway.cases.appointments import Appointments
from gateway.cases.attachments import Attachments
from gateway.cases.drafts import Drafts
from gateway.cases.examination import Examiner
from gateway.cases.feed import Feeds
from gateway.cases.housekeeping import Housekeeping
from gateway.cases.idempotency import Idempotency
from gateway.cases.indicators import Indicators
from gateway.cases.inspection import Inspection
from gateway.cases.intake import Intake
from gateway.cases.payments import Payments
from gateway.cases.portals import Portals
from gateway.cases.store import Cases
from gateway.cases.worker import Worker
from gateway.connectors.catalogue import Catalogue
from gateway.i18n.messages import Messages
from gateway.notifications.messages.sender import MessageSender
from gateway.notifications.relay import Relay
from gateway.notifications.webhooks.deliveries import Deliveries
from gateway.notifications.webhooks.dispatcher import Dispatcher
from gateway.notifications.webhooks.endpoints import Endpoints
from gateway.notifications.webhooks.reply import WebhookSender
from gateway.outbound.blocked_loop import BlockedLoopWatcher
from gateway.settings import Settings
from gateway.storage import Storage
from gateway.storage.notices import Notices
from gateway.storage.vault import Vault
from gateway.telemetry.metrics import Page


@dataclass(slots=True, kw_only=True)
class Gateway:
    """A gateway that is put together but not started: its services, by room."""

    settings: Settings
    storage: Storage
    vault: Vault
    ring: KeyRing
    clients: Clients
    verifier: Verifier
    mandates: Mandates
    preferences: PreferenceStore
    quotas: Quotas
    audit: AuditLog
    sums: CallSums
    checkpointer: Checkpointer
    anchors: Anchors
    messages: Messages
    catalogue: Catalogue
    portals: Portals
    cases: Cases
    attachments: Attachments
    drafts: Drafts
    payments: Payments
    appointments: Appointments
    examiner: Examiner
    intake: Intake
    inspection: Inspection
    idempotency: Idempotency
    indicators: Indicators
    cards: CardStore
    due: Notices
    worker: Worker | None
    relay: Relay | None
    message_sender: MessageSender | None
    endpoints: Endpoints
    deliveries: Deliveries
    webhook_sender: WebhookSender
    dispatcher: Dispatcher | None
    housekeeping: Housekeeping
    lookups: Lookups
    rates: RateLimits
    shared_rates: SharedRates
    caller_turns: CallerTurns
    feeds: Feeds
    tickets: Tickets
    watcher: CaseChangeNotifier
    catalogue_cache: CatalogueCache
    metrics_page: Page
    published_keys: PublishedKeys
    state: ServerState
    blocked_loop: BlockedLoopWatcher
    reloads: Reloads
    probes: Probes

    def running(self) -> AbstractAsyncContextManager[None]:
        """Started while inside, stopped in order on the way out: `startup_and_shutdown.py`."""
        return running(self)

    def journeys_alive(self) -> bool:
        """True also where another process runs them."""
        running = (self.worker, self.relay, self.message_sender, self.dispatcher)
        return all(each is None or each.alive for each in running)

    def wake_messages(self) -> None:
        """There are new messages to people: this process looks now, if it sends any; others find them by themselves."""
        if self.message_sender is not None:
            self.message_sender.wake()

    def send_away(self) -> None:
        """On the event loop, after `state.drain`: whoever waits for a turn is refused now, and what would go on for
        long ends. The grace is for calls that are under way, not for those that have not begun."""
        self.inspection.stop()
        self.lookups.stop()
        self.watcher.wake_all()

    def routes(self) -> Litestar:
        """The routes; their lifespan is `running`, and a signal to end is heard in it."""

        return self._routes(self._admission(), provided_services(self))

    def _routes(self, admission: Admission, provided: Mapping[str, object]) -> Litestar:
        return build_routes(
            settings=self.settings,
            messages=self.messages,
            catalogue=self.catalogue,
            admission=admission,
            provided=provided,
            lifespan=lambda _: running_until_signal(self),
        )

    def _admission(self) -> Admission:
        return Admission(
            settings=self.settings,
            verifier=self.verifier,
            mandates=self.mandates,
            tickets=self.tickets,
            rate_limiting=RateLimiting(self.rates),
        )

    def application(self) -> ASGIApp:
        """The ASGI application: the routes behind the edge, and before them what is ready to be sent."""
        admission, provided = self._admission(), provided_services(self)
        routes = self._routes(admission, provided)
        pages = provided["catalogue_pages"]
        assert isinstance(pages, CataloguePages)
        services = EdgeServices(
            settings=self.settings,
            messages=self.messages,
            audit=self.audit,
            sums=self.sums,
            verifier=self.verifier,
            caller_turns=self.caller_turns,
            rate_limiting=RateLimiting(self.rates),
            state=self.state,
            cors=Cors(self.clients, self.settings.server.preflight_seconds),
            methods=methods_of(routes),
        )
        return Edge(ReadyAnswers(routes, admission, {"/v1/services": AllServices(pages)}), services)

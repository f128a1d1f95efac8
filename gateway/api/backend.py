"""What the routes work with: one object, made by the composition root."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.api.caller_turns import CallerTurns
from gateway.api.case_watcher import CaseWatcher
from gateway.api.catalogue_cache import CatalogueCache
from gateway.api.lookups import Lookups
from gateway.audit.anchors import Anchors
from gateway.audit.checkpointer import Checkpointer
from gateway.audit.log import AuditLog
from gateway.audit.sums import CallSums
from gateway.auth.clients import Clients
from gateway.auth.keys import KeyRing
from gateway.auth.mandates import Mandates
from gateway.auth.quotas import Quotas
from gateway.auth.tokens import Verifier
from gateway.cards.store import CardOffice
from gateway.cases.idempotency import Idempotency
from gateway.cases.indicators import Indicators
from gateway.cases.inspection import Inspection
from gateway.cases.intake import Intake
from gateway.cases.trip import Office
from gateway.i18n.messages import Messages
from gateway.settings import Settings
from gateway.storage import Storage
from gateway.storage.vault import Vault
from gateway.telemetry.metrics import Page


@dataclass(slots=True, kw_only=True)
class Backend:
    settings: Settings
    storage: Storage
    vault: Vault
    ring: KeyRing
    jwks: Callable[[], dict[str, Any]]
    """The public keys as they are now."""
    clients: Clients
    verifier: Verifier
    mandates: Mandates
    messages: Messages
    office: Office
    intake: Intake
    inspection: Inspection
    lookups: Lookups
    caller_turns: CallerTurns
    watcher: CaseWatcher
    catalogue_cache: CatalogueCache
    idempotency: Idempotency
    cards: CardOffice
    indicators: Indicators
    quotas: Quotas
    audit: AuditLog
    sums: CallSums
    checkpointer: Checkpointer
    anchors: Anchors
    nudge: Callable[[], None]
    """Tell this process's journey engine, if it has one, that a case has become due."""
    journeys_alive: Callable[[], bool]
    metrics_page: Page = field(default_factory=lambda: Page(1.0))
    draining: bool = False
    """Shutting down: what runs is finished, what is new is refused."""
    drained_at: float | None = None
    """When that began, by the monotonic clock."""
    in_flight: int = 0
    """Calls under way whose request has arrived whole."""
    arriving: int = 0
    """...and those whose body is still to come."""
    streams: int = 0
    exports: int = 0

    def drain(self) -> None:
        """Take nothing new from now on."""
        self.draining = True
        if self.drained_at is None:
            self.drained_at = time.monotonic()

    def send_away(self) -> None:
        """On the event loop, after `drain`: whoever waits for a turn is refused now, and what would go on for long
        ends. The grace is for calls that are under way, not for those that have not begun."""
        self.inspection.stop()
        self.lookups.stop()
        self.watcher.wake_all()

    def grace_left(self) -> float:
        """Seconds of `server.shutdown_grace_seconds` that the calls under way have not used up; at least one."""
        used = 0.0 if self.drained_at is None else time.monotonic() - self.drained_at
        return max(1.0, self.settings.server.shutdown_grace_seconds - used)

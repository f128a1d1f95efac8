"""What the routes work with: one object, made by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.api.bell import Bell
from gateway.audit.anchors import Anchors
from gateway.audit.checkpointer import Checkpointer
from gateway.audit.log import AuditLog
from gateway.auth.clients import Clients
from gateway.auth.keys import KeyRing
from gateway.auth.mandates import Mandates
from gateway.auth.tokens import Verifier
from gateway.cards.store import CardOffice
from gateway.cases.idempotency import Idempotency
from gateway.cases.indicators import Indicators
from gateway.cases.intake import Intake
from gateway.cases.trip import Office
from gateway.i18n.messages import Messages
from gateway.settings import Settings
from gateway.storage import Storage
from gateway.storage.vault import Vault


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
    idempotency: Idempotency
    cards: CardOffice
    indicators: Indicators
    audit: AuditLog
    checkpointer: Checkpointer
    anchors: Anchors
    nudge: Callable[[], None]
    """Tell this process's journey engine, if it has one, that a case has become due."""
    journeys_alive: Callable[[], bool]
    bell: Bell = field(default_factory=Bell)
    draining: bool = False
    """Shutting down: what runs is finished, what is new is refused."""
    in_flight: int = 0
    streams: int = 0
    exports: int = 0

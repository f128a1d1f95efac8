"""Messages to people, put together: what consumes the outbox, and what sends."""

from __future__ import annotations

from gateway.audit.log import AuditLog
from gateway.auth.keys import KeyRing
from gateway.auth.preferences import PreferenceStore
from gateway.cases.portals import Portals
from gateway.cases.store import Cases
from gateway.connectors.catalogue import Catalogue
from gateway.notifications.messages.carriers import open_carriers
from gateway.notifications.messages.decision import Decision
from gateway.notifications.messages.intake import MessageIntake
from gateway.notifications.messages.sender import MessageSender
from gateway.notifications.messages.wording import Wording
from gateway.settings import Settings


def open_messaging(
    settings: Settings,
    *,
    cases: Cases,
    preferences: PreferenceStore,
    catalogue: Catalogue,
    portals: Portals,
    audit: AuditLog,
    ring: KeyRing,
) -> tuple[MessageIntake, MessageSender | None]:
    """No sender where `[messages]` names no carrier. Raises `SettingsError` for one that cannot be used."""
    own = settings.messages
    carriers = open_carriers(settings, catalogue.registry, portals)
    decision = Decision(
        cases=cases,
        preferences=preferences,
        catalogue=catalogue,
        wording=Wording(case_url=own.case_url, preferences_url=own.preferences_url),
        settings=own,
        ring=ring,
        languages=(*settings.languages, *settings.catalogue_languages),
        default_language=settings.default_language,
    )
    sender = MessageSender(cases.storage, audit, decision, carriers, own, settings.journeys.executor_id)
    intake = MessageIntake(cases.storage, preferences, carriers, own, sender.wake)
    return intake, sender if carriers else None

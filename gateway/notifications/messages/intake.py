"""From what happens to a case to messages: consumes the outbox.

Told is the person whose case it is: who filed it for herself or for somebody of hers, or in whose name an agent filed
it by her mandate. Never the agent, nor anybody else whom a form names: they have agreed to nothing. A case of an
application that acts for itself belongs to no person; it has webhooks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import get_args

import structlog
from sqlalchemy import Connection

from gateway.auth.preferences import Preferences, PreferenceStore
from gateway.connectors.contract import Channel
from gateway.notifications.case_change import CaseChange
from gateway.notifications.messages import store
from gateway.notifications.messages.facts import Fact, FactKind, fact_of
from gateway.settings import Messages
from gateway.storage import Storage
from gateway.storage.vault import VaultError

log = structlog.get_logger()


class MessageIntake:
    """A consumer of the outbox (`gateway.notifications.relay`). `wake` is called when there are new messages."""

    def __init__(
        self,
        storage: Storage,
        preferences: PreferenceStore,
        channels: Collection[Channel],
        settings: Messages,
        wake: Callable[[], None],
    ) -> None:
        self._storage, self._preferences = storage, preferences
        self._channels = frozenset(channels)
        self._settings, self._wake = settings, wake

    def take(self, tx: Connection, changes: Sequence[CaseChange]) -> None:
        known: dict[str, Preferences] = {}
        added = False
        for change in changes if self._channels else ():
            fact = fact_of(change) if change.subject else None
            if fact is None:
                continue
            if change.subject not in known:
                known[change.subject] = self._wanted(tx, change.subject)
            for channel in agreed(known[change.subject]) & self._channels:
                added |= store.add(
                    tx,
                    subject=change.subject,
                    client=change.client,
                    case_id=change.case_id,
                    fact=fact,
                    channel=channel,
                    seconds=self._wait(fact),
                )
        if added:
            self._storage.after_commit(tx, self._wake)

    def _wanted(self, tx: Connection, subject: str) -> Preferences:
        """What cannot be opened is no consent; and it must not keep others, who are told by webhooks, waiting."""
        try:
            return self._preferences.read(tx, subject).preferences
        except VaultError:
            log.exception("preferences_unreadable")
            return Preferences()

    def _wait(self, fact: Fact) -> float:
        """Seconds until she is told."""
        if fact.kind is FactKind.ACTION:
            return self._settings.action_delay_seconds
        if fact.start is not None:
            left = (fact.start - datetime.now(UTC)).total_seconds()
            return max(0.0, left - self._settings.reminder_seconds)
        return 0.0


def agreed(preferences: Preferences) -> frozenset[Channel]:
    """The channels by which she agreed to be told."""
    channels: tuple[Channel, ...] = get_args(Channel)
    return frozenset(each for each in channels if getattr(preferences, each).consent)

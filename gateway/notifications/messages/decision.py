"""Whether a message is sent now, later or not at all: decided when it is due, from what holds then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from gateway.auth.address_codes import code_for
from gateway.auth.keys import KeyRing
from gateway.auth.preferences import Channel, Preferences, PreferenceStore
from gateway.cases.store import Cases
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import Message
from gateway.notifications.messages import store
from gateway.notifications.messages.facts import FactKind, still_holds
from gateway.notifications.messages.store import StoredMessage
from gateway.notifications.messages.wording import Wording
from gateway.settings import Messages

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Send:
    message: Message
    service: str
    """The service of the case; empty for a code."""
    secret: bool = False
    """Whether the text must not be on record, not even as a commitment."""


@dataclass(frozen=True, slots=True)
class Later:
    seconds: float
    reason: str
    """`quiet_hours`, or `failed` within the gateway."""


@dataclass(frozen=True, slots=True)
class Never:
    reason: str
    """`no_consent`, `no_longer_true`, `address_unverified`, `address_fails`, `too_many`, `case_gone`, and of a code
    `code_replaced` or `code_expired`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    cases: Cases
    preferences: PreferenceStore
    catalogue: Catalogue
    wording: Wording
    settings: Messages
    ring: KeyRing
    languages: tuple[str, ...]
    default_language: str

    def make(self, connection: Connection, due: StoredMessage) -> Send | Later | Never:
        """Her consent, her address, her quiet hours and the case are those of this moment."""
        kept = self.preferences.read(connection, due.subject)
        wanted, now, limits = kept.preferences, due.read_at, self.settings
        channel = wanted.channel(due.channel)
        if due.fact.kind is FactKind.CODE:
            return self._code(due, wanted, channel)
        if not channel.consent:
            return Never("no_consent")
        case = self.cases.read(connection, due.case_id)
        if case is None:
            return Never("case_gone")
        if not still_holds(due.fact, case):
            return Never("no_longer_true")
        if wanted.quiet_hours is not None and (until := wanted.quiet_hours.over_at(now)) > now:
            return Later((until - now).total_seconds(), "quiet_hours")
        address = channel.verified_address
        if not address:
            return Never("address_unverified")
        if not due.attempts:
            changed = kept.updated_at or case.created_at
            if store.fails_in_row(connection, due.subject, due.channel, changed, limits.refusals_in_row):
                return Never("address_fails")
            if store.sent_since(connection, due.subject, due.channel, now - DAY) >= limits.per_person_day:
                return Never("too_many")
        message = self.wording.write(
            due.fact,
            case,
            self.catalogue.service(case.service),
            channel=due.channel,
            key=due.id,
            to=address,
            language=self._language(wanted, case.language),
            details=wanted.details,
        )
        return Send(message, case.service)

    def _code(self, due: StoredMessage, wanted: Preferences, channel: Channel) -> Send | Never:
        """The one thing that is sent to an address which is not verified. She waits for it, so no quiet hours are."""
        awaited = channel.code
        if awaited is None or awaited.message != due.id:
            return Never("code_replaced")
        if due.read_at >= awaited.expires_at:
            return Never("code_expired")
        message = self.wording.write_code(
            code_for(self.ring, due.id),
            minutes=max(1, round(self.settings.code_seconds / 60)),
            channel=due.channel,
            key=due.id,
            to=channel.address,
            language=self._language(wanted, awaited.language),
        )
        return Send(message, "", secret=True)

    def _language(self, wanted: Preferences, otherwise: str) -> str:
        return next((each for each in (wanted.language, otherwise) if each in self.languages), self.default_language)

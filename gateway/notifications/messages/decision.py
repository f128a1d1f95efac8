"""Whether a message is sent now, later or not at all: decided when it is due, from what holds then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from gateway.auth.preferences import Preferences, PreferenceStore
from gateway.cases.model import Case
from gateway.cases.store import Cases
from gateway.connectors.catalogue import Catalogue
from gateway.connectors.contract import Message
from gateway.notifications.messages import store
from gateway.notifications.messages.facts import still_holds
from gateway.notifications.messages.store import StoredMessage
from gateway.notifications.messages.wording import Wording
from gateway.settings import Messages
from gateway.storage.vault import Erased

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Send:
    message: Message
    service: str
    """The service of the case."""


@dataclass(frozen=True, slots=True)
class Later:
    seconds: float
    reason: str
    """`quiet_hours`, or `failed` within the gateway."""


@dataclass(frozen=True, slots=True)
class Never:
    reason: str
    """`no_consent`, `no_longer_true`, `no_address`, `address_fails`, `too_many`, `case_gone`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    cases: Cases
    preferences: PreferenceStore
    catalogue: Catalogue
    wording: Wording
    settings: Messages
    languages: tuple[str, ...]
    default_language: str

    def make(self, connection: Connection, due: StoredMessage) -> Send | Later | Never:
        """Her consent, her address, her quiet hours and the case are those of this moment."""
        kept = self.preferences.read(connection, due.subject)
        wanted, now, limits = kept.preferences, due.read_at, self.settings
        channel = wanted.email if due.channel == "email" else wanted.sms
        if not channel.consent:
            return Never("no_consent")
        case = self.cases.read(connection, due.case_id)
        if case is None:
            return Never("case_gone")
        if not still_holds(due.fact, case):
            return Never("no_longer_true")
        if wanted.quiet_hours is not None and (until := wanted.quiet_hours.over_at(now)) > now:
            return Later((until - now).total_seconds(), "quiet_hours")
        address = channel.address or self._contact(connection, case, due)
        if not address:
            return Never("no_address")
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
            language=self._language(wanted, case),
            details=wanted.details,
        )
        return Send(message, case.service)

    def _contact(self, connection: Connection, case: Case, due: StoredMessage) -> str:
        """The contact that she gave with the case."""
        try:
            contact = self.cases.read_personal(connection, case).contact
        except Erased:
            return ""
        return contact.email if due.channel == "email" else contact.phone

    def _language(self, wanted: Preferences, case: Case) -> str:
        return next(
            (each for each in (wanted.language, case.language) if each in self.languages), self.default_language
        )

"""What a person has decided about how the gateway tells her things: language, channels, quiet hours.

One row a person, sealed under her key; it is gone when she is erased. Nobody who has said nothing has consented to
anything: her preferences are `Preferences()`.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.storage import Storage
from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.tables import preferences as table
from gateway.storage.vault import Erased, Vault

_CONTEXT: Final = "preferences"
_OF_PERSON: Final = CompiledStatement(select(table).where(table.c.subject == bindparam("person")))


class SentCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was sent to an address to learn whether it is hers."""

    message: str
    """Id of the message that carries it."""
    hash: str
    """`gateway.auth.address_codes.code_hash` of the code."""
    expires_at: datetime
    tries_left: int
    language: str

    def good_at(self, moment: datetime) -> bool:
        """Whether it can still be given back."""
        return self.tries_left > 0 and moment < self.expires_at


class Channel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A way to reach a person: e-mail or SMS."""

    consent: bool = False
    """Whether messages about her cases may go this way."""
    address: str = ""
    """E-mail address, or phone number in E.164. Empty: the one that her identity provider states as verified."""
    consented_at: datetime | None = None
    """When she agreed; None without consent."""
    verified_at: datetime | None = None
    """Since when `address` is known to be hers; None: it is not known."""
    stated: str = ""
    """The address that her identity provider stated as verified when she last said what she wants; empty if none."""
    code: SentCode | None = None
    """The code that is awaited from `address`."""

    @property
    def verified_address(self) -> str:
        """Where she can be told something; empty if no address of hers is verified."""
        if not self.address:
            return self.stated
        return self.address if self.verified_at is not None else ""


class QuietHours(msgspec.Struct, frozen=True, kw_only=True):
    """The part of each day in which she wants no messages. `start` later than `end` is over midnight."""

    start: str
    """`HH:MM` by the clock of `timezone`."""
    end: str
    timezone: str
    """IANA name."""

    def over_at(self, moment: datetime) -> datetime:
        """When a message that is ready at `moment` may go out: `moment` itself, or the end of the quiet hours, in UTC.

        Where the clock is put forward over the end, it is the same time by the clock before the change."""
        zone = ZoneInfo(self.timezone)
        local = moment.astimezone(zone)
        start, end, clock = time.fromisoformat(self.start), time.fromisoformat(self.end), local.time()
        inside = start <= clock < end if start < end else clock >= start or clock < end
        if not inside:
            return moment
        day = local.date() + timedelta(days=1 if start > end and clock >= start else 0)
        return max(moment, datetime.combine(day, end, zone).astimezone(UTC))


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    language: str = ""
    """In which she is written to. Empty: the language of the case."""
    email: Channel = Channel()
    sms: Channel = Channel()
    details: bool = False
    """Whether a message may say what it is about: the service, the post, the time of an appointment. Without it, the
    reference alone."""
    quiet_hours: QuietHours | None = None

    def channel(self, name: Literal["email", "sms"]) -> Channel:
        return self.email if name == "email" else self.sms

    def with_channel(self, name: Literal["email", "sms"], changed: Channel) -> Preferences:
        return msgspec.structs.replace(self, **{name: changed})


class KeptPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """Preferences as they are stored. Version 0: nothing is stored, and these are the defaults."""

    preferences: Preferences = Preferences()
    version: int = 0
    updated_at: datetime | None = None


class PreferenceStore:
    """`subject` is the person's pseudonym."""

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault

    async def get(self, subject: str) -> KeptPreferences:
        return await self._storage.run_read(lambda connection: self.read(connection, subject))

    def read(self, connection: Connection, subject: str) -> KeptPreferences:
        row = _OF_PERSON.one_or_none(connection, {"person": subject})
        if row is None or not row.version:
            return KeptPreferences()
        try:
            plain = self._vault.open(connection, subject, row.sealed, context=_CONTEXT)
        except Erased:
            return KeptPreferences()
        kept = msgspec.json.decode(plain, type=Preferences)
        return KeptPreferences(preferences=kept, version=row.version, updated_at=row.updated_at)

    def lock(self, tx: Connection, subject: str) -> KeptPreferences:
        """As they are; nobody else changes them before `tx` ends. Call `keep` in the same transaction."""
        insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
        none_yet = {"subject": subject, "version": 0, "updated_at": datetime.now(UTC), "sealed": b""}
        tx.execute(insert(table).values(none_yet).on_conflict_do_nothing())
        tx.execute(select(table.c.version).where(table.c.subject == subject).with_for_update())
        return self.read(tx, subject)

    def keep(self, tx: Connection, subject: str, preferences: Preferences) -> KeptPreferences:
        """Store them as the next version, after `lock`."""
        sealed = self._vault.seal(tx, subject, msgspec.json.encode(preferences), context=_CONTEXT)
        changed = (
            update(table)
            .where(table.c.subject == subject)
            .values(version=table.c.version + 1, updated_at=datetime.now(UTC), sealed=sealed)
        )
        tx.execute(changed)
        return self.read(tx, subject)


def forget(tx: Connection, subject: str) -> int:
    """Delete what a person has decided; for her erasure."""
    return int(tx.execute(delete(table).where(table.c.subject == subject)).rowcount)

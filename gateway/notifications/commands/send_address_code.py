"""Send a code to an address of a person's preferences, so that she can show that it is hers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from gateway.auth import address_codes
from gateway.auth.keys import KeyRing
from gateway.auth.preferences import KeptPreferences, PreferenceStore, SentCode
from gateway.auth.quotas import take
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, WriteRequest, Written
from gateway.cases.commands.update_preferences import require_person
from gateway.connectors.contract import Channel
from gateway.notifications.messages import store
from gateway.settings import Messages
from gateway.storage import Storage
from gateway.storage.allowances import Allowance
from gateway.storage.clock import database_in

_DAY: Final = 86_400.0


class ChannelNotOffered(Exception):
    """This gateway sends nothing by this channel."""


class AddressNotUnverified(Exception):
    """There is no address, or it is verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAddressCode:
    writes: IdempotentWrites
    storage: Storage
    preferences: PreferenceStore
    ring: KeyRing
    settings: Messages
    channels: Collection[Channel]
    """Those by which this gateway sends messages."""
    wake: Callable[[], None]
    """Tells the sender that there is a message."""

    async def run(
        self, request: WriteRequest, channel: Channel, language: str, present: Presenter[KeptPreferences]
    ) -> Written:
        """Put a message with a new code on its way; one that was sent before is good no more.

        `language`: of the message, unless she prefers another. Raises `Denied`, `ChannelNotOffered`,
        `AddressNotUnverified`, `QuotaUsed`, and as `IdempotentWrites.run`."""
        subject = require_person(request.caller)
        if channel not in self.channels:
            raise ChannelNotOffered
        work = partial(self._send, request=request, subject=subject, channel=channel, language=language)
        return await self.writes.run(request, lambda unit: unit.commit(work, present))

    def _send(
        self, tx: Connection, *, request: WriteRequest, subject: str, channel: Channel, language: str
    ) -> KeptPreferences:
        held = self.preferences.lock(tx, subject)
        request.check_version(held)
        before = held.preferences.channel(channel)
        if not before.address or before.verified_at is not None:
            raise AddressNotUnverified
        self._count(tx, subject, channel, before.address)
        id = store.add_code(tx, subject=subject, client=request.caller.principal.client_id, channel=channel)
        sent = SentCode(
            message=id,
            hash=address_codes.code_hash(self.ring, id, address_codes.code_for(self.ring, id)),
            expires_at=tx.execute(select(database_in(self.settings.code_seconds))).scalar_one(),
            tries_left=self.settings.code_tries,
            language=language,
        )
        self.storage.after_commit(tx, self.wake)
        changed = held.preferences.with_channel(channel, msgspec.structs.replace(before, code=sent))
        return self.preferences.keep(tx, subject, changed)

    def _count(self, tx: Connection, subject: str, channel: Channel, address: str) -> None:
        """Raises `QuotaUsed`: nobody can have a stranger's mailbox flooded. What is refused counts for neither."""
        limits = self.settings
        for name, most, whose in (
            ("codes_per_person_day", limits.codes_per_person_day, subject),
            (
                "codes_per_address_day",
                limits.codes_per_address_day,
                address_codes.address_key(self.ring, channel, address),
            ),
        ):
            take(tx, Allowance(name, most, _DAY), whose, "address_codes_used")

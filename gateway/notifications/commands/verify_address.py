"""A person gives back the code that was sent to an address of her preferences: it is hers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import msgspec
from sqlalchemy import Connection, select

from gateway.auth import address_codes
from gateway.auth.keys import KeyRing
from gateway.auth.preferences import KeptPreferences, PreferenceStore, SentCode
from gateway.cases.commands.unit_of_work import IdempotentWrites, Presenter, UnitOfWork, WriteRequest, Written
from gateway.cases.commands.update_preferences import require_person
from gateway.cases.idempotency import StoredResponse
from gateway.cases.model import now
from gateway.connectors.contract import Channel
from gateway.storage import Storage
from gateway.storage.clock import database_now
from gateway.typed_text import code as without_spaces


class CodeNotAwaited(Exception):
    """None was sent to this address, it is too old, or it was tried too often."""


class CodeWrong(Exception):
    def __init__(self, tries_left: int) -> None:
        super().__init__(tries_left)
        self.tries_left = tries_left


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAddress:
    writes: IdempotentWrites
    storage: Storage
    preferences: PreferenceStore
    ring: KeyRing

    async def run(
        self, request: WriteRequest, channel: Channel, code: str, present: Presenter[KeptPreferences]
    ) -> Written:
        """`code` as she typed it. Raises `Denied`, `CodeNotAwaited`, `CodeWrong`, and as `IdempotentWrites.run`."""
        subject = require_person(request.caller)

        async def work(unit: UnitOfWork) -> StoredResponse:
            tried = await self.storage.run_write(partial(self._try, subject=subject, channel=channel))
            if not address_codes.same(self.ring, tried.message, without_spaces(code), tried.hash):
                raise CodeWrong(tried.tries_left)
            return await unit.commit(partial(self._verify, subject=subject, channel=channel, tried=tried), present)

        # The key is held beforehand: a try counts, whatever its outcome.
        return await self.writes.run(request, work, holds_key=True)

    def _try(self, tx: Connection, *, subject: str, channel: Channel) -> SentCode:
        """Count a try, before the code is looked at: those at once count too. Raises `CodeNotAwaited`."""
        held = self.preferences.lock(tx, subject).preferences
        before = held.channel(channel)
        awaited, moment = before.code, tx.execute(select(database_now())).scalar_one()
        if awaited is None or not awaited.good_at(moment):
            raise CodeNotAwaited
        tried = msgspec.structs.replace(awaited, tries_left=awaited.tries_left - 1)
        self.preferences.keep(tx, subject, held.with_channel(channel, msgspec.structs.replace(before, code=tried)))
        return tried

    def _verify(self, tx: Connection, *, subject: str, channel: Channel, tried: SentCode) -> KeptPreferences:
        held = self.preferences.lock(tx, subject).preferences
        before = held.channel(channel)
        if before.code is None or before.code.message != tried.message:  # changed meanwhile
            raise CodeNotAwaited
        verified = msgspec.structs.replace(before, verified_at=now(), code=None)
        return self.preferences.keep(tx, subject, held.with_channel(channel, verified))

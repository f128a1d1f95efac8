"""Idempotency keys (draft-ietf-httpapi-idempotency-key-header): the same write sent twice is done once.

A key belongs to one client and one person. The first request holds it while it runs; its answer is kept in the same
transaction as what it did, and given again to every repetition. An answer that reports a failure is not kept, so that
the key can be used again once the reason is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.cases.model import now
from gateway.ids import new_id
from gateway.settings import Idempotency as Limits
from gateway.storage import Storage
from gateway.storage.tables import idempotency as table
from gateway.storage.vault import Vault


class KeyReused(Exception):
    """The key came before with another request."""


class StillRunning(Exception):
    """The first request with this key has not been answered yet."""


class LostHold(Exception):
    """This request ran longer than its lease and another one took the key over; nothing of it is kept."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it can be given again: status, headers, body."""

    status: int
    body: bytes
    headers: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to answer for a key. Complete it inside the transaction of the work."""

    keys: Idempotency
    client: str
    subject: str
    key_hash: str
    token: str

    async def complete(self, tx: AsyncConnection, answer: Answer) -> Answer:
        sealed = await self.keys.vault.seal(
            tx, self.subject or f"client:{self.client}", answer.body, context=f"answer:{self.key_hash}"
        )
        done = await tx.execute(
            update(table).where(self._mine()).values(status=answer.status, headers=answer.headers, sealed=sealed)
        )
        if done.rowcount != 1:
            raise LostHold
        return answer

    async def release(self) -> None:
        async with self.keys.storage.transaction() as tx:
            await tx.execute(delete(table).where(self._mine(), table.c.status.is_(None)))

    def _mine(self) -> ColumnElement[bool]:
        return and_(
            table.c.client == self.client,
            table.c.subject == self.subject,
            table.c.key_hash == self.key_hash,
            table.c.token == self.token,
        )


class Idempotency:
    def __init__(self, storage: Storage, vault: Vault, limits: Limits) -> None:
        self.storage = storage
        self.vault = vault
        self._limits = limits

    async def run(
        self, *, client: str, subject: str, key: str, request: bytes, work: Callable[[Hold], Awaitable[Answer]]
    ) -> tuple[Answer, bool]:
        """Do `work` once for this key; returns its answer, and whether it is a repetition.

        `request` is what makes two requests the same: method, path and body. Raises `KeyReused` or `StillRunning`.
        """
        key_hash = hashlib.sha256(key.encode()).hexdigest()
        request_hash = hashlib.sha256(request).hexdigest()
        kept = await self._take(client, subject, key_hash, request_hash)
        if isinstance(kept, Answer):
            return kept, True
        try:
            return await work(kept), False
        except BaseException:
            await kept.release()
            raise

    async def forget_expired(self) -> int:
        async with self.storage.transaction() as tx:
            done = await tx.execute(delete(table).where(table.c.expires_at < now()))
        return int(done.rowcount)

    async def _take(self, client: str, subject: str, key_hash: str, request_hash: str) -> Answer | Hold:
        hold = Hold(self, client, subject, key_hash, new_id("hold"))
        row = await self._row(hold)
        if row is None:
            if await self._insert(hold, request_hash):
                return hold
            row = await self._row(hold)
            if row is None:
                raise StillRunning
        if row.request_hash != request_hash and row.expires_at > now():
            raise KeyReused
        if row.status is not None and row.expires_at > now():
            return await self._answer(hold, row)
        if row.status is None and row.lease_until > now():
            raise StillRunning
        if not await self._take_over(hold, row.token, request_hash):
            raise StillRunning
        return hold

    async def _row(self, hold: Hold) -> Row[Any] | None:
        async with self.storage.read() as connection:
            query = select(table).where(
                table.c.client == hold.client, table.c.subject == hold.subject, table.c.key_hash == hold.key_hash
            )
            return (await connection.execute(query)).one_or_none()

    async def _insert(self, hold: Hold, request_hash: str) -> bool:
        try:
            async with self.storage.transaction() as tx:
                await tx.execute(
                    insert(table).values(
                        client=hold.client,
                        subject=hold.subject,
                        key_hash=hold.key_hash,
                        request_hash=request_hash,
                        token=hold.token,
                        **self._times(),
                    )
                )
        except IntegrityError:
            return False
        return True

    async def _take_over(self, hold: Hold, former: str, request_hash: str) -> bool:
        """Of a request whose process died, or of an answer that is too old."""
        async with self.storage.transaction() as tx:
            done = await tx.execute(
                update(table)
                .where(
                    table.c.client == hold.client,
                    table.c.subject == hold.subject,
                    table.c.key_hash == hold.key_hash,
                    table.c.token == former,
                )
                .values(
                    token=hold.token, request_hash=request_hash, status=None, headers=None, sealed=None, **self._times()
                )
            )
        return bool(done.rowcount == 1)

    def _times(self) -> dict[str, datetime]:
        moment = now()
        return {
            "lease_until": moment + timedelta(seconds=self._limits.running_seconds),
            "expires_at": moment + timedelta(seconds=self._limits.keep_seconds),
        }

    async def _answer(self, hold: Hold, row: Row[Any]) -> Answer:
        async with self.storage.read() as connection:
            body = await self.vault.open(
                connection, hold.subject or f"client:{hold.client}", row.sealed, context=f"answer:{hold.key_hash}"
            )
        return Answer(status=row.status, headers=row.headers, body=body)

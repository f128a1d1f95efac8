"""Idempotency keys (draft-ietf-httpapi-idempotency-key-header): the same write sent twice is done once.

A key belongs to one client and one person. The first request holds it while it runs; its answer is stored in the
transaction of the work, and returned to every repetition. An answer that reports a failure is not stored, so that the
key can be used again once the cause is gone. A key expires after `idempotency.keep_seconds`; expired
ones are deleted by `forget_expired`, which the housekeeping calls every hour.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, and_, bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from gateway.ids import new_id
from gateway.settings import Idempotency as Limits
from gateway.storage import Storage
from gateway.storage.clock import database_in, database_now
from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.holders import Holder, is_dead
from gateway.storage.tables import idempotency as table
from gateway.storage.vault import Vault

_AT_ONCE_SECONDS: Final = 1.0
"""How long a failed request waits for its key to be released; after that it goes on in the background."""
_PAUSE_SECONDS: Final = (0.1, 2.0)


class KeyReused(Exception):
    """The key was used before with another request."""


class StillRunning(Exception):
    """The first request with this key has not been answered yet. In `retry_after` seconds its hold is over, if it has
    not been answered by then."""

    def __init__(self, retry_after: float = 1.0) -> None:
        super().__init__("the first request runs still")
        self.retry_after = retry_after


class LostHold(Exception):
    """This request ran longer than its lease and another one took the key over; nothing of it is stored."""


class StoredResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A response as it can be given again."""

    status: int
    body: bytes
    headers: dict[str, str] = {}


class Repeated(Exception):
    """Another request has completed the key in the meantime; nothing of this one is stored."""


@dataclass(slots=True)
class Hold:
    """The right to answer for a key: taken before the work starts, or with it in one unit of work."""

    keys: Idempotency
    client: str
    subject: str
    key_hash: str
    request_hash: str
    token: str
    taken: bool = False

    def take(self, tx: Connection) -> None:
        """At the start of a unit of work that also completes it. Raises `Repeated`, `KeyReused` or `StillRunning`."""
        if not self.taken and self.keys.take(tx, self) is not None:
            raise Repeated

    def complete(self, tx: Connection, answer: StoredResponse, *, about: str = "") -> StoredResponse:
        """Called in the unit of work that does the work. `about`: pseudonym of the person whom the answer tells of,
        where an agent asked; it is sealed under her key then, and goes with her."""
        about = "" if about == self.subject else about
        sealed = self.keys.vault.seal(tx, about or self.owner, answer.body, context=self.context)
        values = {"status": answer.status, "headers": answer.headers, "sealed": sealed, "about": about or None}
        completed = _COMPLETE.later(tx, {**self.mine, **values})
        if self.taken and completed.changed() != 1:  # nobody else can hold what this very unit took
            raise LostHold
        return answer

    async def release(self) -> None:
        await self.keys.storage.run_write(lambda tx: tx.execute(_RELEASE, self.mine))

    @property
    def owner(self) -> str:
        """The caller: under this key the answer is sealed, unless it is about another person."""
        return self.subject or f"client:{self.client}"

    @property
    def context(self) -> str:
        return f"answer:{self.key_hash}"

    @property
    def named(self) -> dict[str, Any]:
        """Parameters that name the key's row."""
        return {"of_client": self.client, "of_person": self.subject, "of_key": self.key_hash}

    @property
    def mine(self) -> dict[str, Any]:
        """...as long as this request holds it."""
        return {**self.named, "by_token": self.token}


_NAMED: Final = and_(
    table.c.client == bindparam("of_client"),
    table.c.subject == bindparam("of_person"),
    table.c.key_hash == bindparam("of_key"),
)
_MINE: Final = and_(_NAMED, table.c.token == bindparam("by_token"))
_NAMED_ROW: Final = select(table, database_now().label("read_at")).where(_NAMED)
_ROW: Final = CompiledStatement(_NAMED_ROW)
_ROW_LOCKED: Final = CompiledStatement(_NAMED_ROW.with_for_update())
_TIMES: Final = {"lease_until": database_in("running_seconds"), "expires_at": database_in("keep_seconds")}
_TAKE: Final = {
    name: CompiledStatement(dialect.insert(table).values(_TIMES).on_conflict_do_nothing().returning(table.c.token))
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_TAKE_OVER: Final = update(table).where(_NAMED).values(_TIMES)
_COMPLETE: Final = CompiledStatement(update(table).where(_MINE))
_RELEASE: Final = delete(table).where(_MINE, table.c.status.is_(None))


def forget(tx: Connection, subject: str) -> None:
    """Delete the answers that a person got, and those that others got about her; for her erasure."""
    tx.execute(delete(table).where(or_(table.c.subject == subject, table.c.about == subject)))


class Idempotency:
    def __init__(self, storage: Storage, vault: Vault, limits: Limits) -> None:
        self.storage = storage
        self.vault = vault
        self._limits = limits
        self._holder = Holder(storage)
        self._releasing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Show other processes that this one is alive; keys held by dead processes become free."""
        if await self._holder.start():
            held = delete(table).where(table.c.status.is_(None))
            await self.storage.run_write(lambda tx: tx.execute(held))

    async def stop(self) -> None:
        for task in self._releasing:
            task.cancel()  # its keys become free once it has ended
        await asyncio.gather(*self._releasing, return_exceptions=True)
        await self._holder.stop()

    async def run(
        self,
        *,
        client: str,
        subject: str,
        key: str,
        request: bytes,
        work: Callable[[Hold], Awaitable[StoredResponse]],
        at_once: bool = False,
    ) -> tuple[StoredResponse, bool]:
        """Do `work` once for this key; returns its answer, and whether it is a repetition.

        `request` identifies the request: method, path and body. `at_once`: the work is one unit, which begins with
        `Hold.take`; otherwise the key is held before it begins. Raises `KeyReused` or `StillRunning`.
        """
        hold = Hold(
            self,
            client,
            subject,
            hashlib.sha256(key.encode()).hexdigest(),
            hashlib.sha256(request).hexdigest(),
            new_id("hold"),
        )
        if at_once:
            return await self._run_at_once(hold, work)
        kept = await self.storage.run_write(lambda tx: self.take(tx, hold))
        if kept is not None:
            return kept, True
        hold.taken = True
        try:
            return await work(hold), False
        except BaseException:
            await self._let_go(hold)
            raise

    async def _run_at_once(
        self, hold: Hold, work: Callable[[Hold], Awaitable[StoredResponse]]
    ) -> tuple[StoredResponse, bool]:
        """Most keys are new, so the stored response is looked for only where the work fails: `Hold.take` fails for a
        key that has one."""
        try:
            return await work(hold), False
        except Exception:
            if (kept := await self.storage.run_read(lambda read: self._kept(read, hold))) is not None:
                return kept, True
            raise

    async def _let_go(self, hold: Hold) -> None:
        """Release at once if the database responds. If not, the answer does not wait, and the key is released once the
        database is back."""
        task = asyncio.create_task(self._release(hold), name="idempotency-release")
        self._releasing.add(task)
        task.add_done_callback(self._releasing.discard)
        await asyncio.wait({task}, timeout=_AT_ONCE_SECONDS)

    async def _release(self, hold: Hold) -> None:
        pause, most = _PAUSE_SECONDS
        with contextlib.suppress(TimeoutError):  # by then the hold is over anyway
            async with asyncio.timeout(self._limits.running_seconds):
                while True:
                    try:
                        return await hold.release()
                    except (SQLAlchemyError, OSError):
                        await asyncio.sleep(pause)
                        pause = min(most, pause * 2)

    async def forget_expired(self) -> int:
        expired = delete(table).where(table.c.expires_at < database_now())
        return int(await self.storage.run_write(lambda tx: tx.execute(expired).rowcount))

    def take(self, tx: Connection, hold: Hold) -> StoredResponse | None:
        """The answer that was given before; None: this request now holds the key. Raises `KeyReused`,
        `StillRunning`."""
        values: dict[str, Any] = {
            "client": hold.client,
            "subject": hold.subject,
            "key_hash": hold.key_hash,
            "request_hash": hold.request_hash,
            "token": hold.token,
            "holder": self._holder.number,
            "status": None,
            "headers": None,
            "sealed": None,
            "about": None,
            "running_seconds": self._limits.running_seconds,
            "keep_seconds": self._limits.keep_seconds,
        }
        taken = _TAKE[tx.dialect.name].later(tx, values)
        self.vault.expect(tx, hold.owner)
        if taken.one_or_none() is not None:
            return None
        row = _ROW_LOCKED.one_or_none(tx, hold.named)
        if row is None:
            raise StillRunning  # it was released right now
        if (kept := self._answer(tx, hold, row)) is not None:
            return kept
        left = (row.lease_until - row.read_at).total_seconds()
        if row.status is None and left > 0 and not self._died(tx, row.holder):
            raise StillRunning(left)
        tx.execute(_TAKE_OVER, {**hold.named, **values})  # its process died, or its answer is too old
        return None

    def _kept(self, connection: Connection, hold: Hold) -> StoredResponse | None:
        """As `take`, but without taking the key."""
        row = _ROW.one_or_none(connection, hold.named)
        return None if row is None else self._answer(connection, hold, row)

    def _answer(self, connection: Connection, hold: Hold, row: Row[Any]) -> StoredResponse | None:
        if row.expires_at <= row.read_at:
            return None
        if row.request_hash != hold.request_hash:
            raise KeyReused
        if row.status is None:
            return None
        body = self.vault.open(connection, row.about or hold.owner, row.sealed, context=hold.context)
        return StoredResponse(status=row.status, headers=row.headers, body=body)

    def _died(self, tx: Connection, holder: int) -> bool:
        return holder != self._holder.number and is_dead(tx, holder)

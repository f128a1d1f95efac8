from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, select

from gateway.audit import sequencer
from gateway.audit.checkpointer import Checkpointer
from gateway.audit.entry import Entry
from gateway.audit.export import Exported, export
from gateway.audit.log import AuditLog
from gateway.audit.record import prepare
from gateway.auth.keys import KeyRing
from gateway.ids import new_id
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.tables import audit_pending, audit_records, audit_salts
from tests.database_sessions import read


@pytest.fixture
def settings() -> Audit:
    return Audit()


@pytest.fixture
async def log(storage: Storage, settings: Audit) -> AsyncIterator[AuditLog]:
    log = AuditLog(storage, settings)
    await log.start()
    yield log
    await log.stop()


@pytest.fixture
def entry() -> Callable[..., Entry]:
    def make(**fields: object) -> Entry:
        return Entry(**{"call_id": new_id("call"), "kind": "call", "operation": "tracking.read", **fields})

    return make


class Content:
    """What the tables hold."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def records(self) -> list:
        async with read(self._storage) as connection:
            return (await connection.execute(select(audit_records).order_by(audit_records.c.index))).all()

    async def pending(self) -> list:
        async with read(self._storage) as connection:
            return (await connection.execute(select(audit_pending).order_by(audit_pending.c.id))).all()

    async def salts(self) -> dict[int, bytes]:
        async with read(self._storage) as connection:
            return dict((await connection.execute(select(audit_salts))).all())

    async def calls(self) -> list[str]:
        return [row.call_id for row in await self.records()]


@pytest.fixture
def content(storage: Storage) -> Content:
    return Content(storage)


@pytest.fixture
def commits() -> Iterator[list[int]]:
    """One item for each commit of any connection while the test runs."""
    seen: list[int] = []

    def committed(_connection: object) -> None:
        seen.append(1)

    event.listen(Engine, "commit", committed)
    yield seen
    event.remove(Engine, "commit", committed)


class Ledger:
    """A log that grows without a gateway around it, and whoever signs and exports it."""

    def __init__(self, storage: Storage, settings: Audit, folder: Path) -> None:
        self.storage, self.folder = storage, folder
        self.ring = KeyRing.create(folder / "keys")
        self.checkpointer = Checkpointer(
            storage, settings, lambda: self.ring.signer("audit"), kept=folder / "audit.checkpoint"
        )
        self.origin = settings.origin

    @property
    def vkey(self) -> str:
        return str(self.checkpointer.key)

    async def grow(self, records: int) -> None:
        def work(tx: Connection) -> None:
            first = sequencer.size(tx)
            new = [
                prepare(Entry(call_id=f"call_{index}", kind="call", subject=f"p_{index % 7}"), max_bytes=4096)
                for index in range(first, first + records)
            ]
            sequencer.place(tx, new, limit=1)

        await self.storage.run_write(work)

    async def export(self, name: str = "export") -> Exported:
        return await export(self.storage, await self.checkpointer.advance(), self.folder / name)


@pytest.fixture
def ledger(storage: Storage, settings: Audit, tmp_path: Path) -> Ledger:
    return Ledger(storage, settings, tmp_path)

"""A process that keeps a log, and is killed at a chosen point of what it writes, or stopped and woken by a signal."""

from __future__ import annotations

import asyncio
import os
import signal
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Pool, event

from gateway.audit.checkpointer import Checkpointer
from gateway.audit.entry import Entry
from gateway.audit.export import export
from gateway.audit.log import AuditLog
from gateway.auth.keys import KeyRing
from gateway.settings import Audit
from gateway.storage import Storage
from tests.database_sessions import transaction

Tell = Callable[[str, str], None]


class Fate:
    """Counts the points at which something is written, and kills the process at one of them."""

    def __init__(self, die_at: int) -> None:
        self.die_at, self.points = die_at, 0

    def point(self, *_: Any) -> None:
        self.points += 1
        if self.points == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def spun(self) -> Iterator[None]:
        """Before every change and every commit, after every commit, around every file that is put in place."""

        def changes(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith(("INSERT", "UPDATE", "DELETE")):
                self.point()

        replace, fsync = os.replace, os.fsync

        def replacing(*args: Any, **kwargs: Any) -> None:
            self.point()
            replace(*args, **kwargs)
            self.point()

        def syncing(descriptor: int) -> None:
            self.point()
            fsync(descriptor)

        event.listen(Engine, "before_cursor_execute", changes)
        event.listen(Engine, "commit", self.point)
        event.listen(Pool, "checkin", self.point)
        os.replace, os.fsync = replacing, syncing  # type: ignore[assignment]  # what pathlib and we call
        try:
            yield
        finally:
            os.replace, os.fsync = replace, fsync
            event.remove(Engine, "before_cursor_execute", changes)
            event.remove(Engine, "commit", self.point)
            event.remove(Pool, "checkin", self.point)


def keep(url: str, folder: str, die_at: int, told: str) -> None:
    """Everything that a log does, once. What is acknowledged is told in the file `told`, a line each."""
    fate = Fate(die_at)
    with Path(told).open("a", buffering=1) as file:

        def tell(what: str, value: str) -> None:
            file.write(f"{what} {value}\n")

        asyncio.run(_keep(url, Path(folder), fate, tell))
        tell("points", str(fate.points))


async def _keep(url: str, folder: Path, fate: Fate, tell: Tell) -> None:
    storage, checkpointer = open_log(url, folder)
    log = AuditLog(storage, Audit(), placed=checkpointer.placed)

    async def write(call: str) -> None:
        await log.write(Entry(call_id=call, kind="call", request=b"asked"))
        tell("ack", call)

    async def publish() -> None:
        published = await checkpointer.advance()
        tell("head", b64encode(published.note).decode())
        await export(storage, published, folder / "export")
        tell("exported", str(published.checkpoint.size))

    with fate.spun():
        await log.start()
        await asyncio.gather(*(write(f"call_a{n}") for n in range(5)))
        async with transaction(storage) as tx:
            await tx.run_sync(log.append, Entry(call_id="call_b", kind="step"))
        tell("ack", "call_b")
        await write("call_c")
        await publish()
        await asyncio.gather(*(write(f"call_d{n}") for n in range(40)))
        await publish()
        await log.stop()
    await storage.close()


def work(url: str, folder: str, told: str, until: str) -> None:
    """Write and sign as fast as it goes, until the file `until` is there."""
    with Path(told).open("a", buffering=1) as file:

        def tell(what: str, value: str) -> None:
            file.write(f"{what} {value}\n")

        asyncio.run(_work(url, Path(folder), tell, Path(until)))


async def _work(url: str, folder: Path, tell: Tell, until: Path) -> None:
    folder.mkdir(exist_ok=True)
    storage, checkpointer = open_log(url, folder, stall_seconds=0.3)
    log = AuditLog(storage, Audit())
    await log.start()

    async def write(lane: int) -> None:
        number = 0
        while not until.exists():
            call = f"{folder.name}_{lane}_{number}"
            await log.write(Entry(call_id=call, kind="call"))
            tell("ack", call)
            number += 1

    async def sign() -> None:
        while not until.exists():
            try:
                published = await checkpointer.advance()
            except Exception as error:
                tell("trouble", type(error).__name__)
            else:
                tell("head", b64encode(published.note).decode())

    await asyncio.gather(sign(), *(write(lane) for lane in range(4)))
    await log.stop()
    await storage.close()


def open_log(url: str, folder: Path, *, stall_seconds: float = 10.0) -> tuple[Storage, Checkpointer]:
    """The keys are beside the folders of all processes."""
    ring = KeyRing.open(folder.parent / "keys")
    storage = Storage(url, stall_seconds=stall_seconds)
    kept = folder / "audit.checkpoint"
    return storage, Checkpointer(storage, Audit(), lambda: ring.signer("audit"), kept=kept)

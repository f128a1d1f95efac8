from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from gateway.audit import checkpoint, files, note
from gateway.audit.checkpointer import Checkpointer
from gateway.audit.note import Signer
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.tables import audit_checkpoints, audit_sequencer
from gateway.telemetry.logging import configure
from tests.database_sessions import read, transaction
from tests.waiting import PATIENCE

from .conftest import Ledger


class Slow:
    """A signer that lets something happen between what is promised and what is published."""

    def __init__(self, signer: Signer, meanwhile: Callable[[], None]) -> None:
        self._signer, self._meanwhile = signer, meanwhile
        self.made: list[bytes] = []

    @property
    def public(self) -> bytes:
        return self._signer.public

    def sign(self, message: bytes) -> bytes:
        self.made.append(self._signer.sign(message))
        if len(self.made) == 1:
            thread = threading.Thread(target=self._meanwhile)
            thread.start()
            thread.join()
        return self.made[-1]


async def rows(storage: Storage, table) -> list:
    async with read(storage) as connection:
        return (await connection.execute(select(table))).all()


async def test_a_signer_that_slept_while_another_took_over_throws_its_signature_away(
    ledger: Ledger, tmp_path: Path, settings: Audit
) -> None:
    await ledger.grow(5)

    def another_takes_over() -> None:
        async def take_over() -> None:
            storage = Storage(ledger.storage.url)
            other = Checkpointer(
                storage, settings, lambda: ledger.ring.signer("audit"), kept=tmp_path / "other.checkpoint"
            )
            await Ledger.grow(Ledger(storage, settings, tmp_path), 2)
            assert (await other.advance()).checkpoint.size == 7
            await storage.close()

        asyncio.run(take_over())

    slow = Slow(ledger.ring.signer("audit"), another_takes_over)
    sleeper = Checkpointer(ledger.storage, settings, lambda: slow, kept=tmp_path / "sleeper.checkpoint")
    published = await sleeper.advance()
    assert published.checkpoint.size == 7
    stored = await rows(ledger.storage, audit_checkpoints)
    assert [row.size for row in stored if row.note] == [7]
    assert slow.made[0] not in [each.signature for row in stored for each in note.parse(row.note or b"").signatures]


async def test_each_change_of_who_signs_takes_a_new_epoch(ledger: Ledger, tmp_path: Path, settings: Audit) -> None:
    several = [
        Checkpointer(ledger.storage, settings, lambda: ledger.ring.signer("audit"), kept=tmp_path / f"{n}.checkpoint")
        for n in range(2)
    ]
    seen = []
    for one in (0, 0, 1, 1, 0):
        await ledger.grow(1)
        await several[one].advance()
        (row,) = await rows(ledger.storage, audit_sequencer)
        seen.append(row.epoch)
    assert seen == [1, 1, 2, 2, 3]
    assert [row.epoch for row in await rows(ledger.storage, audit_checkpoints)] == seen


async def test_what_was_promised_before_a_crash_binds_whoever_signs_next(ledger: Ledger, tmp_path: Path) -> None:
    await ledger.grow(3)

    class Crash(Exception):
        pass

    class Crashing:
        public = ledger.ring.signer("audit").public

        def sign(self, message: bytes) -> bytes:
            raise Crash

    dying = Checkpointer(ledger.storage, Audit(), Crashing, kept=tmp_path / "dying.checkpoint")
    with pytest.raises(Crash):
        await dying.advance()
    (promise,) = await rows(ledger.storage, audit_checkpoints)
    assert (promise.size, promise.note) == (3, None)
    assert dying.problem == "Crash"
    published = await ledger.checkpointer.advance()
    assert (published.checkpoint.size, published.checkpoint.root) == (3, promise.root)
    (kept,) = await rows(ledger.storage, audit_checkpoints)
    assert checkpoint.parse(note.parse(kept.note).text) == published.checkpoint


async def test_a_checkpoint_follows_so_many_records_without_waiting_for_its_time(
    ledger: Ledger, tmp_path: Path
) -> None:
    settings = Audit(checkpoint_seconds=3600, checkpoint_records=10)
    eager = Checkpointer(ledger.storage, settings, lambda: ledger.ring.signer("audit"), kept=tmp_path / "kept")
    await eager.start()
    try:
        await ledger.grow(9)
        eager.placed(9)
        await asyncio.sleep(0)
        assert await rows(ledger.storage, audit_checkpoints) == []
        await ledger.grow(1)
        eager.placed(1)
        async with asyncio.timeout(PATIENCE):
            while [row.size for row in await rows(ledger.storage, audit_checkpoints) if row.note] != [10]:
                await asyncio.sleep(0.01)
    finally:
        await eager.stop()


async def test_a_checkpoint_that_fails_says_why_in_the_log(
    ledger: Ledger, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Once, and by the class of the error; also where it is the newest one that cannot be read."""
    configure("error")
    settings = Audit(checkpoint_seconds=0.02)
    failing = Checkpointer(ledger.storage, settings, lambda: ledger.ring.signer("audit"), kept=tmp_path / "kept")
    async with transaction(ledger.storage) as tx:
        await tx.execute(text("ALTER TABLE audit_checkpoints RENAME TO elsewhere"))
    await failing.start()
    lines: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE):
        while not lines:
            await asyncio.sleep(0.02)
            lines += [json.loads(each) for each in capfd.readouterr().err.splitlines()]
    await asyncio.sleep(0.1)
    lines += [json.loads(each) for each in capfd.readouterr().err.splitlines()]
    await failing.stop()
    (line,) = [each for each in lines if each["event"] == "audit_checkpoint_failed"]
    assert line["error"] in ("OperationalError", "ProgrammingError")
    assert line["exception"][0]["at"]
    assert "elsewhere" not in json.dumps(lines)


async def test_after_the_clock_went_back_the_log_is_signed_as_before(ledger: Ledger) -> None:
    await ledger.grow(10)
    await ledger.checkpointer.advance()
    later = datetime.now(UTC) + timedelta(hours=1)
    async with transaction(ledger.storage) as tx:
        await tx.execute(update(audit_checkpoints).values(created_at=later))
    await ledger.grow(10)
    assert (await ledger.checkpointer.newest()).checkpoint.size == 20


async def test_the_kept_file_never_goes_back(ledger: Ledger, tmp_path: Path, settings: Audit) -> None:
    """Of two processes with the same state folder one is slow to write what it has published."""
    kept, signer = tmp_path / "audit.checkpoint", lambda: ledger.ring.signer("audit")
    await ledger.grow(20)
    with files.alone(kept):
        slow = asyncio.create_task(ledger.checkpointer.advance())
        async with asyncio.timeout(PATIENCE):
            while [row.size for row in await rows(ledger.storage, audit_checkpoints) if row.note] != [20]:
                await asyncio.sleep(0.01)
        await ledger.grow(10)
        other = Checkpointer(ledger.storage, settings, signer, kept=tmp_path / "other.checkpoint")
        newer = await other.advance()
        files.replace(kept, newer.note)
    assert (await slow).checkpoint.size == 20
    assert kept.read_bytes() == newer.note

"""Processes that keep a log and are killed or stopped in the middle of it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import signal
from base64 import b64decode
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from gateway.audit import checkpoint, merkle, note, sequencer, verify_audit
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.entry import Entry
from gateway.audit.export import export
from gateway.audit.log import AuditLog
from gateway.audit.record import prepare
from gateway.auth.keys import KeyRing
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.tables import audit_records
from tests.audit import clerk
from tests.database_sessions import read
from tests.waiting import PATIENCE

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.audit.clerk", "psycopg"])

BEFORE = 500  # so that the run fills a tile
PENDING = 3


@dataclass
class Told:
    """What a process said before it ended."""

    acked: list[str] = field(default_factory=list)
    heads: list[Checkpoint] = field(default_factory=list)
    points: int = 0

    @classmethod
    def read(cls, path: Path) -> Told:
        told = cls()
        for line in path.read_text().splitlines() if path.exists() else ():
            what, _, value = line.partition(" ")
            if what == "ack":
                told.acked.append(value)
            elif what == "head":
                told.heads.append(checkpoint.parse(note.parse(b64decode(value)).text))
            elif what == "points":
                told.points = int(value)
        return told


def run(url: str, folder: Path, die_at: int) -> Told:
    told = folder / "told"
    process = processes.Process(target=clerk.keep, args=(url, str(folder), die_at, str(told)))
    process.start()
    process.join(PATIENCE)
    assert process.exitcode == (-signal.SIGKILL if die_at else 0), f"at {die_at}: {process.exitcode}"
    return Told.read(told)


async def begin(url: str) -> None:
    storage = Storage(url)

    def fill(tx: Connection) -> None:
        records = [prepare(Entry(call_id=f"call_{n}", kind="call"), max_bytes=4096) for n in range(BEFORE + PENDING)]
        sequencer.place(tx, records[:BEFORE], limit=BEFORE)
        sequencer.put_pending(tx, records[BEFORE:])

    await storage.run_write(fill)
    await storage.close()


async def examine(url: str, folder: Path, told: Told) -> None:
    """The log as it is found afterwards: whole, in order, with all that was acknowledged, and it goes on."""
    storage, checkpointer = clerk.open_log(url, folder)
    log = AuditLog(storage, Audit())
    await log.start()
    await log.write(Entry(call_id="call_after", kind="call"))
    await log.stop()
    async with read(storage) as connection:
        rows = (await connection.execute(select(audit_records).order_by(audit_records.c.index))).all()
    assert [row.index for row in rows] == list(range(len(rows)))
    assert all(row.leaf_hash == merkle.leaf_hash(row.leaf) for row in rows)
    times = Counter(row.call_id for row in rows)
    before = {f"call_{n}" for n in range(BEFORE + PENDING)}
    assert {*before, *told.acked, "call_after"} <= set(times)
    assert set(times.values()) == {1}
    hashes = [row.leaf_hash for row in rows]
    for head in told.heads:
        assert merkle.root(hashes[: head.size]) == head.root
    published = await checkpointer.advance()
    assert published.checkpoint.size == len(rows)
    for name in ("export", "fresh"):  # the one goes on where it was interrupted
        await export(storage, published, folder / name)
        report = verify_audit.verify(
            verify_audit.Folder(str(folder / name)),
            [verify_audit.parse_vkey(str(checkpointer.key))],
            origin=checkpointer.key.name,
        )
        assert (report.damages, report.records) == ([], len(rows))
    await storage.close()


def lives(tmp_path: Path, url_of: Any, points: list[int]) -> None:
    """One life for each point at which it ends, some side by side."""

    def life(die_at: int) -> None:
        folder = tmp_path / f"life{die_at}"
        folder.mkdir()
        url = url_of(folder)
        told = run(url, folder, die_at)
        asyncio.run(examine(url, folder, told))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(life, points))


@pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.soak)])
def test_a_kill_at_any_point_of_writing_loses_nothing_that_was_acknowledged(
    tmp_path: Path, sqlite_template: Path, step: int
) -> None:
    KeyRing.create(tmp_path / "keys")
    shutil.copy(sqlite_template, tmp_path / "begun.sqlite")
    asyncio.run(begin(f"sqlite:///{tmp_path / 'begun.sqlite'}"))

    def copied(folder: Path) -> str:
        shutil.copy(tmp_path / "begun.sqlite", folder / "gateway.sqlite")
        return f"sqlite:///{folder / 'gateway.sqlite'}"

    whole = tmp_path / "whole"
    whole.mkdir()
    url = copied(whole)
    told = run(url, whole, 0)
    assert len(told.acked) == 47
    assert len(told.heads) == 2
    assert told.points > 60
    asyncio.run(examine(url, whole, told))
    lives(tmp_path, copied, list(range(1, told.points + 1, step)))


def test_the_same_on_postgresql(tmp_path: Path, postgres: Any, postgres_template: str) -> None:
    KeyRing.create(tmp_path / "keys")
    begun = postgres.create(template=postgres_template)
    asyncio.run(begin(begun))
    urls: list[str] = []

    def copied(_: Path) -> str:
        urls.append(postgres.create(template=postgres.name(begun)))
        return urls[-1]

    whole = tmp_path / "whole"
    whole.mkdir()
    told = run(copied(whole), whole, 0)
    asyncio.run(examine(urls[0], whole, told))
    lives(tmp_path, copied, list(range(1, told.points, 30)))
    for url in (begun, *urls):
        postgres.drop(url)


def test_processes_that_are_stopped_and_woken_keep_one_linear_history(
    tmp_path: Path, postgres: Any, postgres_template: str
) -> None:
    KeyRing.create(tmp_path / "keys")
    url, until = postgres.create(template=postgres_template), tmp_path / "until"
    names = ("one", "two")
    workers = [
        processes.Process(
            target=clerk.work, args=(url, str(tmp_path / name), str(tmp_path / f"{name}.told"), str(until))
        )
        for name in names
    ]
    for worker in workers:
        worker.start()

    def told() -> list[Told]:
        return [Told.read(tmp_path / f"{name}.told") for name in names]

    async def grown(which: int, records: int, heads: int) -> None:
        before = told()[which]
        async with asyncio.timeout(PATIENCE):
            while True:
                now = told()[which]
                enough = len(now.acked) >= len(before.acked) + records
                if enough and len(now.heads) >= len(before.heads) + heads:
                    return
                await asyncio.sleep(0.02)

    async def pauses() -> None:
        await asyncio.gather(grown(0, 20, 2), grown(1, 20, 2))
        for turn in range(8):
            sleeper = workers[turn % 2]
            assert sleeper.pid is not None
            os.kill(sleeper.pid, signal.SIGSTOP)
            try:
                await grown(1 - turn % 2, 10, 2)  # the other one goes on, whatever the sleeper held
            finally:
                os.kill(sleeper.pid, signal.SIGCONT)
            await grown(turn % 2, 5, 1)

    try:
        asyncio.run(pauses())
    finally:
        until.touch()
        for worker in workers:
            worker.join(PATIENCE)
    assert [worker.exitcode for worker in workers] == [0, 0]
    asyncio.run(linear(url, told()))
    postgres.drop(url)


async def linear(url: str, told: list[Told]) -> None:
    storage = Storage(url)
    log = AuditLog(storage, Audit())
    await log.start()
    await log.stop()
    async with read(storage) as connection:
        rows = (await connection.execute(select(audit_records).order_by(audit_records.c.index))).all()
    assert [row.index for row in rows] == list(range(len(rows)))
    times = Counter(row.call_id for row in rows)
    assert {call for each in told for call in each.acked} <= set(times)
    assert set(times.values()) == {1}
    heads = sorted({(head.size, head.root) for each in told for head in each.heads})
    assert len({size for size, _ in heads}) == len(heads)
    hashes = [row.leaf_hash for row in rows]
    for size, root in heads:
        assert merkle.root(hashes[:size]) == root
    await storage.close()

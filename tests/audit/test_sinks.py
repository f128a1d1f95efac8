from __future__ import annotations

import asyncio
import threading

from gateway.audit.log import AuditLog
from gateway.audit.sinks import Copies
from gateway.settings import Audit
from gateway.telemetry.metrics import REGISTRY
from tests.database_sessions import transaction
from tests.waiting import PATIENCE


def failures(sink: str, reason: str) -> float:
    labels = {"sink": sink, "reason": reason}
    return REGISTRY.get_sample_value("mre_gateway_audit_sink_failures_total", labels) or 0


async def test_a_sink_gets_every_leaf_with_its_index_in_order(storage, entry, content) -> None:
    copies: list[tuple[int, bytes]] = []
    log = AuditLog(storage, Audit(), sinks={"copy": lambda index, leaf: copies.append((index, leaf))})
    await log.start()
    await asyncio.gather(*(log.write(entry()) for _ in range(20)))
    async with transaction(storage) as tx:
        await tx.run_sync(log.append, entry())
    await log.stop()
    assert copies == [(row.index, row.leaf) for row in await content.records()]
    assert len(copies) == 21


async def test_what_a_crash_left_pending_reaches_the_sink_too(storage, entry, content) -> None:
    before = AuditLog(storage, Audit())
    async with transaction(storage) as tx:
        await tx.run_sync(before.append, entry())
    copies: list[int] = []
    log = AuditLog(storage, Audit(), sinks={"copy": lambda index, leaf: copies.append(index)})
    await log.start()
    await log.stop()
    assert copies == [0]


async def test_a_sink_that_fails_is_counted_and_harms_nobody(storage, entry, content) -> None:
    def fail(index: int, leaf: bytes) -> None:
        raise ConnectionError

    copies: list[int] = []
    before = failures("broken", "error")
    log = AuditLog(storage, Audit(), sinks={"broken": fail, "copy": lambda index, leaf: copies.append(index)})
    await log.start()
    for _ in range(3):
        await log.write(entry())
    await log.stop()
    assert copies == [0, 1, 2]
    assert failures("broken", "error") == before + 3


async def test_a_sink_that_hangs_does_not_hold_the_log_up(storage, entry, content) -> None:
    release = threading.Event()
    log = AuditLog(storage, Audit(), sinks={"slow": lambda index, leaf: release.wait(PATIENCE)})
    await log.start()
    for _ in range(5):
        await log.write(entry())
    assert len(await content.records()) == 5
    release.set()
    await log.stop()


def test_a_sink_that_falls_too_far_behind_misses_some_and_that_is_counted() -> None:
    taken, release, copies = threading.Event(), threading.Event(), []

    def slow(index: int, leaf: bytes) -> None:
        taken.set()
        release.wait(PATIENCE)
        copies.append(index)

    queue = Copies({"behind": slow}, most=2)
    queue.start()
    queue.offer(0, [b"a"])
    assert taken.wait(PATIENCE)
    queue.offer(1, [b"b", b"c", b"d", b"e"])
    release.set()
    queue.stop(seconds=30)
    assert copies == [0, 1, 2]
    assert failures("behind", "full") == 2

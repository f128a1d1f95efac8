from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from gateway.audit import log as log_module
from gateway.audit import sequencer
from gateway.audit.log import AuditLog, AuditUnavailable
from gateway.audit.merkle import leaf_hash
from gateway.audit.record import decode
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.telemetry.metrics import REGISTRY
from tests.database_sessions import read, transaction
from tests.waiting import PATIENCE


async def until(condition) -> None:
    """Wait for something that must come; the test's patience is the only limit."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():
            await asyncio.sleep(0.005)


async def refused(log: AuditLog, entry) -> AuditUnavailable:
    with pytest.raises(AuditUnavailable) as caught:
        await log.write(entry)
    return caught.value


async def test_a_written_record_is_in_the_database_when_write_returns(log, entry, content) -> None:
    one = entry(client="portail", subject="p_1", case_id="case_1", request=b"body")
    await log.write(one)
    (row,) = await content.records()
    assert (row.index, row.call_id, row.client, row.subject, row.case_id) == (
        0,
        one.call_id,
        "portail",
        "p_1",
        "case_1",
    )
    assert row.at == one.at
    assert row.leaf_hash == leaf_hash(row.leaf)
    assert decode(row.leaf).call == one.call_id
    assert set(await content.salts()) == {0}
    assert one.recorded


async def test_an_entry_is_recorded_once_however_often_it_is_written(log, entry, content) -> None:
    one = entry()
    await log.write(one)
    await log.write(one)
    assert await content.calls() == [one.call_id]


async def test_two_records_of_one_call_are_both_kept(log, entry, content) -> None:
    await log.write(entry(call_id="call_1", code="first"))
    await log.write(entry(call_id="call_1", code="second"))
    assert await content.calls() == ["call_1", "call_1"]


async def test_sixty_four_writers_share_few_commits(log, entry, content, commits) -> None:
    for _ in range(5):
        await asyncio.gather(*(log.write(entry()) for _ in range(64)))
    assert len(await content.records()) == 320
    assert len(commits) <= 20


async def test_indexes_have_no_gap_and_follow_the_order_of_time(log, entry, content, storage) -> None:
    chance = random.Random(7)

    async def caller(name: int) -> list[str]:
        made = []
        for number in range(12):
            one = entry(call_id=f"call_{name:02}_{number:02}")
            if chance.random() < 0.3:
                async with transaction(storage) as tx:
                    await tx.run_sync(log.append, one)
            else:
                await log.write(one)
            made.append(one.call_id)
        return made

    made = await asyncio.gather(*(caller(name) for name in range(16)))
    await until(lambda: _no_pending(content))
    records = await content.records()
    calls = [row.call_id for row in records]
    assert [row.index for row in records] == list(range(16 * 12))
    assert sorted(calls) == sorted(call for own in made for call in own)
    place = {call: index for index, call in enumerate(calls)}
    for own in made:  # each waited for one record before it began the next
        assert [place[call] for call in own] == sorted(place[call] for call in own)


async def _no_pending(content) -> bool:
    return not await content.pending()


async def test_what_was_appended_is_durable_with_its_transaction_and_gets_its_place(
    log, entry, content, storage
) -> None:
    one = entry(request=b"body")
    async with transaction(storage) as tx:
        await tx.run_sync(log.append, one)
        assert not one.recorded
    assert one.recorded
    await log.write(one)
    await until(lambda: _no_pending(content))
    assert await content.calls() == [one.call_id]
    assert set(await content.salts()) == {0}


async def test_records_that_nobody_waits_for_are_placed_together(storage, entry, content, monkeypatch) -> None:
    """...with the next one that somebody waits for; and however many they are, they are not waited for again."""
    monkeypatch.setattr(log_module, "_GATHER_SECONDS", 2 * PATIENCE)
    log, rounds = AuditLog(storage, Audit(batch_records=2)), list[int]()
    await log.start()
    place = sequencer.place

    def counted(*given: Any, **more: Any) -> Any:
        placed = place(*given, **more)
        rounds.append(len(placed.leaves))
        return placed

    monkeypatch.setattr(sequencer, "place", counted)
    for number in range(3):
        async with transaction(storage) as tx:
            await tx.run_sync(log.append, entry(call_id=f"call_{number}"))
    assert len(await content.pending()) == 3
    await log.write(entry(call_id="call_3"))
    await until(lambda: _no_pending(content))
    assert await content.calls() == [f"call_{number}" for number in range(4)]
    assert rounds == [2, 2]
    await log.stop()


async def test_a_transaction_that_fails_takes_its_record_with_it(log, entry, content, storage) -> None:
    one = entry()

    async def work() -> None:
        async with transaction(storage) as tx:
            await tx.run_sync(log.append, one)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await work()
    assert not one.recorded
    await log.write(entry(call_id="call_other"))
    assert await content.calls() == ["call_other"]
    await log.write(one)
    assert await content.calls() == ["call_other", one.call_id]


async def test_a_caller_who_hangs_up_still_gets_a_record(log, entry, content, storage) -> None:
    async with transaction(storage):  # SQLite's writer has to wait for this; PostgreSQL's may be faster
        task = asyncio.create_task(log.write(entry(call_id="call_gone")))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await log.write(entry(call_id="call_next"))
    assert await content.calls() == ["call_gone", "call_next"]


async def test_stopping_writes_what_was_accepted_and_takes_no_more(storage, entry, content) -> None:
    log = AuditLog(storage, Audit())
    await log.start()
    calls = [asyncio.create_task(log.write(entry())) for _ in range(10)]
    await asyncio.sleep(0)
    await log.stop()
    await asyncio.gather(*calls)
    assert len(await content.records()) == 10
    assert (await refused(log, entry())).reason == "stopped"
    assert not log.ready


async def test_a_log_that_was_stopped_can_start_again(storage, entry, content) -> None:
    log = AuditLog(storage, Audit())
    for _ in range(2):
        await log.start()
        await log.write(entry())
        await log.stop()
    assert [row.index for row in await content.records()] == [0, 1]


async def test_without_durability_a_call_does_not_wait_but_its_record_comes(storage, entry, content) -> None:
    log = AuditLog(storage, Audit(durable=False))
    await log.start()
    async with transaction(storage):
        await log.write(entry())
    await log.stop()
    assert len(await content.records()) == 1


@pytest.fixture
def broken(storage: Storage, monkeypatch):
    """A switch: while `broken["down"]`, the database fails before or after it has committed."""
    state = {"down": "", "failed": 0}
    run_write = storage.run_write

    async def failing(work):
        if state["down"] == "before":
            state["failed"] += 1
            raise OperationalError("INSERT", {}, Exception("disk full"))
        result = await run_write(work)
        if state["down"] == "after":
            state["failed"] += 1
            raise OperationalError("COMMIT", {}, Exception("connection lost"))
        return result

    monkeypatch.setattr(storage, "run_write", failing)
    return state


async def test_when_the_database_fails_calls_are_refused_in_time_and_all_is_written_afterwards(
    storage, entry, content, broken
) -> None:
    log = AuditLog(storage, Audit(write_timeout_seconds=0.5))
    await log.start()
    await log.write(entry(call_id="call_0"))
    broken["down"] = "before"
    problem = await refused(log, entry(call_id="call_1"))
    assert problem.reason == "timeout"
    assert problem.retry_after > 0
    assert not log.ready
    broken["down"] = ""
    await until(lambda: _is_ready(log))
    await log.write(entry(call_id="call_2"))
    assert await content.calls() == ["call_0", "call_1", "call_2"]
    await log.stop()


async def _is_ready(log: AuditLog) -> bool:
    return log.ready


async def test_a_full_queue_refuses_at_once_and_loses_nothing_it_took(storage, entry, content, broken) -> None:
    log = AuditLog(storage, Audit(queue_records=8))
    await log.start()
    broken["down"] = "before"
    waiting = [asyncio.create_task(log.write(entry(call_id=f"call_{n}"))) for n in range(8)]
    await asyncio.sleep(0)
    assert (await refused(log, entry())).reason == "queue_full"
    broken["down"] = ""
    await asyncio.gather(*waiting)
    await log.write(entry(call_id="call_8"))
    assert await content.calls() == [f"call_{n}" for n in range(9)]
    await log.stop()


async def test_a_commit_whose_answer_was_lost_is_not_repeated(storage, entry, content, broken) -> None:
    log = AuditLog(storage, Audit())
    await log.start()
    broken["down"] = "after"
    waiting = [asyncio.create_task(log.write(entry(call_id=f"call_{n}"))) for n in range(3)]

    async def failed_twice() -> bool:
        return broken["failed"] >= 2

    await until(failed_twice)
    waiting.append(asyncio.create_task(log.write(entry(call_id="call_3"))))
    broken["down"] = ""
    await asyncio.gather(*waiting)
    assert await content.calls() == [f"call_{n}" for n in range(4)]
    await log.stop()


async def test_a_database_that_lost_a_table_is_noticed_and_its_return_too(storage, entry, content) -> None:
    log = AuditLog(storage, Audit(write_timeout_seconds=0.5))
    await log.start()
    await storage.run_write(lambda tx: tx.exec_driver_sql("ALTER TABLE audit_records RENAME TO away"))
    assert (await refused(log, entry(call_id="call_0"))).reason == "timeout"
    await storage.run_write(lambda tx: tx.exec_driver_sql("ALTER TABLE away RENAME TO audit_records"))
    await until(lambda: _is_ready(log))
    await log.write(entry(call_id="call_1"))
    assert await content.calls() == ["call_0", "call_1"]
    await log.stop()


async def test_a_database_that_another_process_holds_refuses_in_time_and_goes_on_when_released(
    storage, store_url, entry, content
) -> None:
    log = AuditLog(storage, Audit(write_timeout_seconds=0.5))
    await log.start()
    other = Storage(store_url)
    async with transaction(other) as tx:
        if not storage.sqlite:
            await tx.exec_driver_sql("LOCK TABLE audit_records IN ACCESS EXCLUSIVE MODE")
        assert (await refused(log, entry(call_id="call_0"))).reason == "timeout"
    await until(lambda: _is_ready(log))
    await log.write(entry(call_id="call_1"))
    assert await content.calls() == ["call_0", "call_1"]
    await log.stop()
    await other.close()


async def test_two_processes_keep_one_history(store_url, entry) -> None:
    several = [Storage(store_url) for _ in range(3)]
    logs = [AuditLog(storage, Audit()) for storage in several]
    for log in logs:
        await log.start()
    calls = [(log, entry()) for _ in range(40) for log in logs]
    failed = REGISTRY.get_sample_value("mre_gateway_audit_commit_failures_total")
    await asyncio.gather(*(log.write(one) for log, one in calls))
    for log in logs:
        await log.stop()
    async with read(several[0]) as connection:
        rows = (await connection.execute(text('SELECT "index", call_id FROM audit_records ORDER BY "index"'))).all()
    assert [index for index, _ in rows] == list(range(120))
    assert {call for _, call in rows} == {one.call_id for _, one in calls}
    assert REGISTRY.get_sample_value("mre_gateway_audit_commit_failures_total") == failed
    for storage in several:
        await storage.close()


KILLED = """
import asyncio, os, signal, sys
from gateway.audit.entry import Entry
from gateway.audit import log as log_module
from gateway.audit import sequencer
from gateway.audit.log import AuditLog
from gateway.settings import Audit
from gateway.storage import Storage

async def main(url):
    storage = Storage(url)
    log = AuditLog(storage, Audit())
    await log.start()
    for n in range(3):
        await log.write(Entry(call_id=f"call_{n}", kind="call"))
    log._task.cancel()  # from here nothing is placed any more
    for n in range(3, 700, 17):
        def several(tx):
            for m in range(n, n + 17):
                log.append(tx, Entry(call_id=f"call_{m}", kind="step", request=b"body"))
        await storage.run_write(several)
    def never(tx):
        log.append(tx, Entry(call_id="call_never", kind="step"))
        os.kill(os.getpid(), signal.SIGKILL)
    await storage.run_write(never)

asyncio.run(main(sys.argv[1]))
"""


async def test_killed_between_durable_and_placed_nothing_is_lost_and_order_holds(storage, entry, content) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, storage.url, cwd=os.getcwd())
    assert await process.wait() == -9
    assert len(await content.pending()) == 697
    log = AuditLog(storage, Audit())
    await log.start()
    assert await content.pending() == []
    await log.write(entry(call_id="call_next"))
    records = await content.records()
    assert [row.call_id for row in records] == [*(f"call_{n}" for n in range(700)), "call_next"]
    assert [row.index for row in records] == list(range(701))
    assert set(await content.salts()) == set(range(3, 700))
    await log.stop()


ACKNOWLEDGED = """
import asyncio, sys
from gateway.audit.entry import Entry
from gateway.audit import log as log_module
from gateway.audit import sequencer
from gateway.audit.log import AuditLog
from gateway.settings import Audit
from gateway.storage import Storage

async def caller(log, name):
    n = 0
    while True:
        call = f"call_{name}_{n}"
        await log.write(Entry(call_id=call, kind="call"))
        print(call, flush=True)
        n += 1

async def main(url):
    log = AuditLog(Storage(url), Audit())
    await log.start()
    await asyncio.gather(*(caller(log, name) for name in range(8)))

asyncio.run(main(sys.argv[1]))
"""


async def test_killed_at_any_moment_every_acknowledged_call_has_its_record(storage, content) -> None:
    acknowledged: list[str] = []
    for lines in (1, 80):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ACKNOWLEDGED, storage.url, stdout=subprocess.PIPE, cwd=os.getcwd()
        )
        acknowledged += [(await process.stdout.readline()).decode().strip() for _ in range(lines)]
        process.kill()
        acknowledged += (await process.stdout.read()).decode().split()
        await process.wait()
        records = await content.records()
        assert [row.index for row in records] == list(range(len(records)))
        assert set(acknowledged) <= {row.call_id for row in records}

"""The log at length: what a page of it costs by each filter, a proof, an export, its verification; and how many durable
records a second it takes, through its own API alone.

python -m benchmarks.audit [--records 1000000] [--folder DIR] [--url postgresql+psycopg://...]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, event

from benchmarks.audit_log import LongLog, filters, opened
from gateway.audit import sequencer, tree, verify_audit
from gateway.audit.entry import Entry, Hop
from gateway.audit.export import export
from gateway.audit.log import AuditLog
from gateway.audit.nodes import StoredHashes
from gateway.audit.receipt import prove
from gateway.audit.record import prepare
from gateway.audit.rows import FORMATS, rows, written
from gateway.audit.search import Filter, search
from gateway.ids import new_id
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.tables import audit_records, audit_salts


def tracking_call() -> Entry:
    """What a tracking read through one portal leaves."""
    hop = Hop(
        attempt=1,
        portal="barid",
        operation="track",
        method="GET",
        key_id="k" * 43,
        status=200,
        outcome="answered",
        duration_ms=12.5,
        request=b"q" * 600,
        response=b"a" * 3000,
    )
    return Entry(
        call_id=new_id("call"),
        kind="call",
        operation="tracking.read",
        client="portail-mre",
        subject="p_" + "a" * 32,
        principal="citizen",
        purpose="parcel-tracking",
        portal="barid",
        status=200,
        decision="allow",
        rule="scope:tracking.read@1",
        response=b"a" * 1500,
        hops=[hop],
    )


def leaf_microseconds(repeat: int = 5000) -> float:
    entries = [tracking_call() for _ in range(repeat)]
    started = time.process_time()
    for entry in entries:
        prepare(entry, max_bytes=16_384)
    return (time.process_time() - started) / repeat * 1e6


async def appends(url: str, *, writers: int, records: int) -> dict[str, float]:
    storage = Storage(url)
    size = await storage.run_read(sequencer.size)
    commits = 0

    @event.listens_for(Engine, "commit")
    def committed(_connection: object) -> None:
        nonlocal commits
        commits += 1

    log = AuditLog(storage, Audit())
    await log.start()
    latencies: list[float] = []

    async def writer(count: int) -> None:
        for _ in range(count):
            entry = tracking_call()
            started = time.perf_counter()
            await log.write(entry)
            latencies.append(time.perf_counter() - started)

    await asyncio.gather(*(writer(20) for _ in range(writers)))
    latencies.clear()
    commits = 0
    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(writer(records // writers) for _ in range(writers)))
    elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu
    await log.stop()

    def remove(tx: Connection) -> None:  # the next run finds the log as it was
        for table in (audit_records, audit_salts):
            tx.execute(delete(table).where(table.c.index >= size))

    await storage.run_write(remove)
    await storage.close()
    latencies.sort()
    return {
        "records_per_second": len(latencies) / elapsed,
        "cpu_microseconds_per_record": cpu / len(latencies) * 1e6,
        "records_per_commit": len(latencies) / commits,
        "p50_ms": statistics.median(latencies) * 1000,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
    }


async def lists(log: LongLog, pages: int) -> None:
    """Each filter, page after page, as the API reads them; the record of the look and HTTP come on top."""
    print(f"\n{'list, one page of 50':<32}{'median ms':>10}{'worst ms':>10}{'worst CPU':>10}{'pages':>7}{'found':>7}")
    for name, where in filters(log.size).items():
        took: list[float] = []
        spent: list[float] = []
        found, after = 0, None
        for _ in range(pages):
            started, cpu = time.perf_counter(), time.process_time()
            page = await log.storage.run_read(partial(search, where=where, after=after))
            took.append((time.perf_counter() - started) * 1000)
            spent.append((time.process_time() - cpu) * 1000)
            found, after = found + len(page.records), page.next
            if after is None:
                break
        figures = statistics.median(took), max(took), max(spent)
        print(f"{name:<32}{''.join(f'{each:>10.1f}' for each in figures)}{len(took):>7}{found:>7}")


async def proofs(log: LongLog, count: int) -> None:
    choose = random.Random(5519)

    async def inclusion() -> None:
        await prove(log.storage, log.checkpointer, choose.randrange(log.size))

    async def consistency() -> None:
        old = choose.randrange(1, log.size)
        await log.storage.run_read(lambda read: tree.consistency(StoredHashes(read, log.size), old, log.size))

    print(f"\n{'proof':<32}{'median ms':>10}{'p99 ms':>10}{'CPU':>10}")
    for name, work in (("inclusion, with its record", inclusion), ("consistency", consistency)):
        took = []
        cpu = time.process_time()
        for _ in range(count):
            started = time.perf_counter()
            await work()
            took.append((time.perf_counter() - started) * 1000)
        took.sort()
        figures = statistics.median(took), took[int(count * 0.99)], (time.process_time() - cpu) / count * 1000
        print(f"{name:<32}{''.join(f'{each:>10.1f}' for each in figures)}")


async def exports(log: LongLog, folder: Path) -> None:
    def tell(name: str, seconds: float) -> None:
        print(f"{name:<32}{seconds:>10.1f}{log.size / seconds:>12,.0f}", flush=True)

    print(f"\n{'whole log':<32}{'seconds':>10}{'records/s':>12}")
    started = time.perf_counter()
    await export(log.storage, log.published, folder)
    tell("export, tiles", time.perf_counter() - started)
    words = [verify_audit.__file__, str(folder), "--vkey", str(log.checkpointer.key), "--json"]
    started = time.perf_counter()
    await asyncio.to_thread(subprocess.run, [sys.executable, "-I", "-S", *words], check=True, stdout=subprocess.DEVNULL)
    tell("verify_audit.py on it", time.perf_counter() - started)
    for name in FORMATS:
        started = time.perf_counter()
        with (folder / f"records.{name}").open("wb") as file:
            async for part in written(rows(name, origin=Audit().origin), log.storage, Filter(), 0, log.size):
                file.write(part)
        tell(f"export, {name}", time.perf_counter() - started)


async def run(url: str, folder: Path, given: argparse.Namespace) -> None:
    started = time.perf_counter()
    log = await opened(url, folder, given.records)
    seconds = time.perf_counter() - started
    print(f"a log of {log.size} records" + (f", built in {seconds:.0f} s" if log.built else ""), flush=True)
    gc.collect()
    gc.freeze()  # as `serve` does
    await lists(log, given.pages)
    await proofs(log, given.proofs)
    if not given.short:
        with tempfile.TemporaryDirectory(dir=folder) as files:
            await exports(log, Path(files))
    await log.storage.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=50_000, help="length of the log that is looked into")
    parser.add_argument("--folder", type=Path, help="keep that log here, and use it again")
    parser.add_argument("--url", default="", help="an empty database; SQLite in a folder if not given")
    parser.add_argument("--short", action="store_true", help="leave out the exports and the verification")
    parser.add_argument("--pages", type=int, default=8, help="most pages read for a filter")
    parser.add_argument("--proofs", type=int, default=300)
    parser.add_argument("--writers", type=int, default=64)
    parser.add_argument("--appends", type=int, default=20_000, help="records written one by one, each waited for")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        url = given.url or f"sqlite:///{folder / 'audit.sqlite'}"
        asyncio.run(run(url, folder, given))
        print(f"\nleaf of a call with one hop: {leaf_microseconds():.1f} µs")
        print(f"durable records, {given.writers} writers, at the end of that log")
        for name, value in asyncio.run(appends(url, writers=given.writers, records=given.appends)).items():
            print(f"{name:28} {value:12,.1f}")


if __name__ == "__main__":
    main()

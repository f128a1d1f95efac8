"""Durable records a second through the API of the log alone, and what one costs the event loop.

python -m benchmarks.audit [--writers 64] [--records 20000] [--url postgresql+psycopg://...]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import Engine, event

from gateway.audit import AuditLog, Entry, Hop
from gateway.audit.record import prepare
from gateway.ids import new_id
from gateway.settings import Audit
from gateway.storage import Storage
from gateway.storage.migrate import migrate


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


async def measure(url: str, *, writers: int, records: int) -> dict[str, float]:
    storage = Storage(url)
    await migrate(storage)
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
    await storage.close()
    latencies.sort()
    return {
        "records_per_second": len(latencies) / elapsed,
        "cpu_microseconds_per_record": cpu / len(latencies) * 1e6,
        "records_per_commit": len(latencies) / commits,
        "p50_ms": statistics.median(latencies) * 1000,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=64)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--url", default="", help="an empty database; SQLite in a temporary folder if not given")
    given = parser.parse_args()
    print(f"leaf of a call with one hop: {leaf_microseconds():.1f} µs")
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite+aiosqlite:///{Path(folder, 'audit.sqlite')}"
        figures = asyncio.run(measure(url, writers=given.writers, records=given.records))
    for name, value in figures.items():
        print(f"{name:28} {value:12,.1f}")


if __name__ == "__main__":
    main()

"""What cases cost that only wait: starting with them, and a process that has nothing to do for any of them.

    python -m benchmarks.waiting --cases 100000

The rows are written straight into the store (SQLite), due in a month. Then `serve` starts with its journeys, and the
processor time of the whole process is read while nobody calls.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from sqlalchemy import Connection, insert, select, text

from benchmarks.journeys import filed
from benchmarks.processes import Processes, free_port
from gateway.app import assemble
from gateway.sandbox.state import prepare
from gateway.settings import load
from gateway.storage.migrate import migrate
from gateway.storage.tables import cases

_TOGETHER = 5_000
_A_MONTH = "datetime('now', '+30 days')"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.waiting", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    for count in (0, given.cases):
        with tempfile.TemporaryDirectory(prefix="mre-bench-") as folder:
            started, share = _measure(Path(folder), count, given.seconds)
        print(f"{count:9} cases: answers after {started:5.2f} s, then takes {share:6.2%} of a core", flush=True)


def _measure(folder: Path, count: int, seconds: float) -> tuple[float, float]:
    state, port = folder / "state", free_port()
    prepare(state, port=port, sandbox_port=free_port(), speed=1.0)
    asyncio.run(_fill(state, count))
    with Processes(folder) as processes:
        began = time.perf_counter()
        live = f"http://127.0.0.1:{port}/health/live"
        serving = processes.python("serve", "gateway", "serve", "--state", str(state), core=None, ready=live)
        started = time.perf_counter() - began
        time.sleep(5.0)  # what is done once at the start is not what waiting costs
        before = serving.cpu_seconds()
        time.sleep(seconds)
        return started, (serving.cpu_seconds() - before) / seconds


async def _fill(state: Path, count: int) -> None:
    gateway = assemble(load(state_dir=state), journeys=False)
    storage = gateway.storage
    try:
        await migrate(storage)
        await filed(gateway, "case", 1)

        def copy(tx: Connection) -> None:
            one = dict(tx.execute(select(cases)).one()._mapping)
            for first in range(1, count, _TOGETHER):
                rows = [one | {"id": f"case_{number}"} for number in range(first, min(count, first + _TOGETHER))]
                tx.execute(insert(cases), rows)
            tx.execute(text(f"UPDATE cases SET due_at = {_A_MONTH}"))
            if not count:
                tx.execute(text("DELETE FROM cases"))

        await storage.run_write(copy)
    finally:
        await gateway.due.close()
        await storage.close()


if __name__ == "__main__":
    main()

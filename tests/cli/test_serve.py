"""`serve` in several processes, on a real PostgreSQL that comes and goes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.sandbox.state import prepare
from tests.database import Database
from tests.ports import free_port
from tests.quick_gateway import QuickGateway
from tests.waiting import PATIENCE


class Command:
    """`mre-gateway serve` or `work`, and its log."""

    def __init__(self, folder: Path, port: int, *arguments: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "gateway.log"
        self.process: subprocess.Popen[bytes] | QuickGateway
        with self.log.open("wb") as log:
            if "--workers" not in arguments:
                self.process = QuickGateway(*arguments, "--state", str(folder), env=dict(os.environ), log=log)
                return
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway", *arguments, "--state", str(folder)],
                stdin=subprocess.DEVNULL,
                stderr=log,
                stdout=log,
                start_new_session=True,
            )

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["event"] == name]

    def status(self, path: str = "/health/live") -> int:
        """0 if nobody answers."""
        try:
            return httpx.get(self.url + path, trust_env=False, timeout=PATIENCE).status_code
        except httpx.TransportError:
            return 0

    def until(self, condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.05)

    def up(self) -> None:
        self.until(lambda: self.status("/health/live") == 200)

    def end_all(self) -> None:
        """Also what its parent left behind."""
        if isinstance(self.process, QuickGateway):
            self.process.kill()
        else:
            self._end_group()
        self.process.wait()

    def _end_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture
def command(tmp_path: Path, database: Database) -> Iterator[Callable[..., Command]]:
    port, sandbox_port = free_port(), free_port()
    prepare(tmp_path, port=port, sandbox_port=sandbox_port, store_url=database.url, speed=1.0)
    started: list[Command] = []

    def start(*arguments: str) -> Command:
        started.append(Command(tmp_path, port, *arguments))
        return started[-1]

    yield start
    for each in started:
        each.end_all()


def running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_workers_outlive_an_absence_of_their_database(command: Callable[..., Command], database: Database) -> None:
    """At the start, and when one of them dies meanwhile."""
    database.away()
    served = command("serve", "--workers", "2")
    served.until(lambda: len(served.events("store_awaited")) >= 2)
    assert served.status() == 0
    database.back()
    served.up()
    served.until(lambda: len(served.events("gateway_started")) == 2)
    first, second = [each["pid"] for each in served.events("worker_started")]
    database.away()
    os.kill(first, signal.SIGKILL)
    served.until(lambda: served.events("worker_died"))
    died = served.events("worker_died")[0]
    assert (died["pid"], died["signal"]) == (first, "sigkill")
    served.until(lambda: len(served.events("store_awaited")) >= 3)
    assert served.process.poll() is None
    assert running(second)
    assert served.status("/health/ready") == 503
    database.back()
    served.until(lambda: len(served.events("gateway_started")) == 3)
    served.process.terminate()
    assert served.process.wait(PATIENCE) == 0
    assert {line["event"] for line in served.lines()} >= {"workers_started", "workers_stopped", "store_reached"}


def test_a_killed_parent_leaves_no_worker(command: Callable[..., Command]) -> None:
    served = command("serve", "--workers", "2")
    served.until(lambda: len(served.events("gateway_started")) == 2)
    workers = [each["pid"] for each in served.events("worker_started")]
    served.process.kill()
    served.process.wait()
    served.until(lambda: not any(running(pid) for pid in workers))
    with socket.socket() as port:
        port.bind(("127.0.0.1", int(served.url.rpartition(":")[2])))
    assert len(served.events("parent_lost")) == 2


@pytest.mark.soak
def test_workers_that_cannot_start_end_with_1(command: Callable[..., Command], tmp_path: Path) -> None:
    (tmp_path / "keys" / "data.key").write_bytes(b"no key")
    served = command("serve", "--workers", "2")
    assert served.process.wait(PATIENCE) == 1
    assert served.status() == 0


def test_one_process_waits_for_its_database_too(command: Callable[..., Command], database: Database) -> None:
    database.read_only(True)
    served = command("serve")
    served.until(lambda: served.events("store_awaited"))
    assert served.events("store_awaited")[0]["error"] == "ReadOnly"
    database.read_only(False)
    served.up()
    served.process.terminate()
    served.process.wait(PATIENCE)
    assert served.events("store_reached")


def test_a_worker_of_journeys_waits_for_its_database(command: Callable[..., Command], database: Database) -> None:
    database.away()
    worker = command("work")
    worker.until(lambda: worker.events("store_awaited"))
    database.back()
    worker.until(lambda: worker.events("gateway_started"))
    worker.process.terminate()
    assert worker.process.wait(PATIENCE) == 0

"""Real processes, each on the core it is given, and none left behind."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

ROOT: Final = Path(__file__).parent.parent
ANY_RATE: Final = {
    f"RATES__{whose}__{kind}": "1000000000"
    for whose in ("PERSON", "APPLICATION", "CLIENT", "ADDRESS")
    for kind in ("READ", "WRITE", "EXPENSIVE")
}
"""Settings of a gateway that counts calls, because that is a part of its work, and refuses none."""
_START_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 8.0


def cores() -> list[int]:
    """The cores that this process may use; empty where a process cannot be pinned."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def pin(pid: int, core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(pid, {core})


def free_port() -> int:
    """Below the range that the system gives away by itself: nobody takes it before our process listens there."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as found:
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass(slots=True)
class Running:
    process: subprocess.Popen[bytes]
    log: Path

    def cpu_seconds(self) -> float:
        """CPU time so far, of all threads; of a worker, not of its parent, where the parent only watches."""
        return sum(_cpu_seconds(pid) for pid in (self.process.pid, *_children(self.process.pid)))


class Processes:
    """Started here, stopped on the way out, whatever happens in between."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[Running] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for each in self._running:
            each.process.terminate()
        for each in self._running:
            try:
                each.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                each.process.kill()
                each.process.wait()

    def python(
        self, name: str, *arguments: str, core: int | None, ready: str, env: Mapping[str, str] | None = None
    ) -> Running:
        return self.start(name, [sys.executable, "-m", *arguments], core=core, ready=ready, env=env)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        core: int | None,
        ready: str,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> Running:
        """Start, pin, and wait until the address `ready` answers. `env`: settings, `{"SERVER__PORT": "8400"}`."""
        log = self._folder / f"{name}.log"
        told = {**os.environ, **{f"MRE_GATEWAY__{name}": value for name, value in (env or {}).items()}}
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=cwd, env=told, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        running = Running(process, log)
        self._running.append(running)
        pin(process.pid, core)
        _wait(running, name, ready)
        return running


def _wait(running: Running, name: str, address: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if running.process.poll() is not None:
            break
        try:
            httpx.get(address, trust_env=False, timeout=2.0)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{name} does not answer at {address}:\n{running.log.read_text(errors='replace')[-2000:]}")


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in path.read_text().split()] if path.exists() else []


def _cpu_seconds(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

"""Worker processes of `serve --workers N`, and the parent that keeps them.

uvicorn's parent starts them and hands them its listening socket. Added here is what happens when something fails: a
worker waits for its database and does not end for want of it; one that ends is started again, ever more slowly while it
keeps failing; a parent that is killed takes its workers with it, so that nothing holds the port afterwards; and an end
that nobody asked for is an exit code other than 0.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from socket import socket
from typing import Final

import structlog
from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from gateway.settings import Settings
from gateway.storage.waiting import reachable, wait_for_store
from gateway.telemetry.logging import configure

FAILED: Final = 1
STORE_AWAY: Final = 75
"""Exit code of a worker whose database went away while it started (EX_TEMPFAIL of sysexits.h)."""

_LOOK_SECONDS: Final = 0.5
_PAUSE_SECONDS: Final = (0.5, 30.0)
"""Before a worker that ended is started again: at first, and at most."""
_STEADY_SECONDS: Final = 60.0
"""A worker that lasted so long had started well: its end does not count with earlier ones."""
_STOP_SECONDS: Final = 10.0
"""What a worker has to end beyond the grace for calls and journeys."""

_log: Final = structlog.get_logger(__name__)


class Worker(Process):
    """One worker. `settings` is called in the new process, which inherits nothing but the environment."""

    def __init__(self, config: Config, sockets: list[socket], settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self.born = time.monotonic()
        super().__init__(config, sockets)

    def target(self, sockets: list[socket] | None = None) -> None:
        """The life of the worker, in its own process."""
        settings = self._settings()
        configure(settings.logging.level)
        grace = settings.server.shutdown_grace_seconds
        threading.Thread(target=_end_with_parent, args=(2 * grace + _STOP_SECONDS,), daemon=True).start()
        threading.Thread(target=self.always_pong, daemon=True).start()
        wait_for_store(settings.store_url)
        try:
            self.server.run(sockets)
        except SystemExit as failed:
            if failed.code == STARTUP_FAILURE and not reachable(settings.store_url):
                sys.exit(STORE_AWAY)
            raise


def _end_with_parent(seconds: float) -> None:
    """End as if told to once the parent is gone, whatever killed it: the pipe that only it held open is closed then."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    _log.error("parent_lost", pid=os.getpid())
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(seconds)
    os._exit(FAILED)  # still here: it hangs


class Workers(Multiprocess):
    """The parent. `run` returns its exit code: 0 if it was told to end."""

    def __init__(self, config: Config, sockets: list[socket], settings: Callable[[], Settings], grace: float) -> None:
        super().__init__(config, sockets)
        self._settings = settings
        self._patience = 2 * grace + _STOP_SECONDS
        self._serving = False  # has any worker come so far that it answers calls?
        self._failures = 0
        self._again_at: dict[int, float] = {}

    def init_processes(self) -> None:
        self.processes = [self._started() for _ in range(self.processes_num)]

    def run(self) -> int:  # type: ignore[override]
        _log.info("workers_started", pid=os.getpid(), workers=self.processes_num)
        self.init_processes()
        failed = False
        while not self.should_exit.wait(_LOOK_SECONDS) and not failed:
            self.handle_signals()
            failed = not self.should_exit.is_set() and not self._keep()
        self.terminate_all()
        self.join_all()
        _log.info("workers_stopped", pid=os.getpid(), outcome="failed" if failed else "asked")
        return FAILED if failed else 0

    def _keep(self) -> bool:
        """Look after every worker. False: none can start, and that will not change by itself."""
        for place, worker in enumerate(self.processes):
            if worker.is_alive(timeout=self.config.timeout_worker_healthcheck):
                self._serving = self._serving or worker.is_ready(timeout=1)
                self._again_at.pop(place, None)
                continue
            if place not in self._again_at:
                worker.kill()  # one that lives does not answer
                worker.process.join()
                if not self._died(place, worker):
                    return False
            if time.monotonic() >= self._again_at[place]:
                self.processes[place] = self._started()
        return True

    def _died(self, place: int, worker: Process) -> bool:
        code = worker.exitcode or 0
        _log.error("worker_died", pid=worker.pid, **({"status": code} if code >= 0 else {"signal": _name(-code)}))
        if code > 0 and code != STORE_AWAY and not self._serving:
            return False  # a fault of the installation: the worker's last lines say which
        lasted = time.monotonic() - worker.born if isinstance(worker, Worker) else 0.0
        self._failures = 1 if lasted > _STEADY_SECONDS else self._failures + 1
        first, most = _PAUSE_SECONDS
        self._again_at[place] = time.monotonic() + min(most, first * 2 ** min(self._failures - 1, 10))
        return True

    def join_all(self) -> None:
        until = time.monotonic() + self._patience
        for worker in self.processes:
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                _log.error("worker_hangs", pid=worker.pid)
                worker.process.kill()
                worker.process.join()

    def handle_hup(self) -> None:
        """Not for us, as the next two: uvicorn would start workers of its own kind."""

    handle_ttin = handle_ttou = handle_hup

    def _started(self) -> Worker:
        worker = Worker(self.config, self.sockets, self._settings)
        worker.start()
        _log.info("worker_started", pid=worker.pid)
        return worker


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name.lower()
    except ValueError:
        return "unknown"

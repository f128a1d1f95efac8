"""Further copies of the log, for plugins that registered a sink. The primary log never waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from queue import Full, Queue
from typing import Final

import structlog

from gateway.audit import metrics

Sink = Callable[[int, bytes], None]
"""Called with a record's index and leaf, in order, from a thread of its own. It may block or raise."""

_log: Final = structlog.get_logger(__name__)


class Copies:
    """Hands each leaf to each sink. A sink that falls `most` records behind misses some, and that is counted."""

    def __init__(self, sinks: Mapping[str, Sink], *, most: int) -> None:
        self._threads = [_Thread(name, sink, most) for name, sink in sinks.items()]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def offer(self, first: int, leaves: Sequence[bytes]) -> None:
        for thread in self._threads:
            for index, leaf in enumerate(leaves, first):
                thread.offer(index, leaf)

    def stop(self, *, seconds: float) -> None:
        """Give each sink this long to take what waits for it."""
        for thread in self._threads:
            thread.end(seconds)


class _Thread:
    def __init__(self, name: str, sink: Sink, most: int) -> None:
        self._name, self._sink = name, sink
        self._queue: Queue[tuple[int, bytes] | None] = Queue(most)
        self._thread = threading.Thread(target=self._run, name=f"audit-sink-{name}", daemon=True)
        self._error = metrics.sink_failures.labels(name, "error")
        self._full = metrics.sink_failures.labels(name, "full")

    def start(self) -> None:
        self._thread.start()

    def offer(self, index: int, leaf: bytes) -> None:
        try:
            self._queue.put_nowait((index, leaf))
        except Full:
            self._full.inc()

    def end(self, seconds: float) -> None:
        try:
            self._queue.put(None, timeout=seconds)
        except Full:
            return
        self._thread.join(seconds)

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            try:
                self._sink(*item)
            except Exception as error:
                self._error.inc()
                _log.warning("audit_sink_failed", sink=self._name, error=type(error).__name__)

"""How many lines a plugin may log: a plugin that logs in a loop must not fill the disk, or hide what others say."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Final

from gateway.telemetry.metrics import PortalMetrics, portal_metrics

_TOLD_EACH: Final = 60.0
"""Seconds between two lines about the same flood."""
_FRAMES: Final = 20


@dataclass(slots=True)
class _Bucket:
    lines: float
    at: float
    metrics: PortalMetrics
    dropped: int = 0
    told: float = float("-inf")


class LogAllowance:
    """`burst` lines at once and `per_second` after that, for each plugin."""

    def __init__(self, *, per_second: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._now = now
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def admit(self, plugin: str) -> tuple[bool, int]:
        """Whether this plugin may log one more line, and how many were dropped if that is to be told now (else 0)."""
        with self._lock:
            now = self._now()
            bucket = self._buckets.get(plugin)
            if bucket is None:
                bucket = self._buckets[plugin] = _Bucket(self._burst, now, portal_metrics(plugin))
            bucket.lines = min(self._burst, bucket.lines + (now - bucket.at) * self._per_second)
            bucket.at = now
            if admitted := bucket.lines >= 1:
                bucket.lines -= 1
            else:
                bucket.dropped += 1
                bucket.metrics.log_lines_dropped(1)
            if bucket.dropped and now - bucket.told >= _TOLD_EACH:
                bucket.told, dropped, bucket.dropped = now, bucket.dropped, 0
                return admitted, dropped
            return admitted, 0

    def drop(self, plugin: str, lines: int) -> None:
        """So many more lines of a plugin that was just refused one."""
        with self._lock:
            bucket = self._buckets[plugin]
            bucket.dropped += lines
            bucket.metrics.log_lines_dropped(lines)


_packages: dict[str, str] = {}
"""Import name of each plugin that is loaded -> its id."""
_of_modules: dict[str, str | None] = {}
"""What `_plugin_of` said of modules: a plugin that floods the log is asked about thousands of times in one turn."""
_MODULES: Final = 10_000


def limit_package(package: str, plugin: str) -> None:
    """From now on what the code of this package logs counts as the plugin's."""
    _packages[package] = plugin
    _of_modules.clear()


def plugin_that_logs() -> str:
    """The plugin whose code is logging at this moment, or an empty string."""
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_FRAMES):
        if frame is None:
            break
        name = str(frame.f_globals.get("__name__", ""))
        try:
            plugin = _of_modules[name]
        except KeyError:
            if len(_of_modules) >= _MODULES:  # modules can be made while the gateway runs, of any name
                _of_modules.clear()
            plugin = _of_modules[name] = _plugin_of(name)
        if plugin is not None:
            return plugin
        frame = frame.f_back
    return ""


def _plugin_of(module: str) -> str | None:
    """The plugin that it is part of, an empty string for other code; None for what only carries lines."""
    if module.startswith(("structlog", "logging", "gateway.telemetry")):
        return None
    while module:
        if (plugin := _packages.get(module)) is not None:
            return plugin
        module = module.rpartition(".")[0]
    return ""

"""Prometheus metrics. Every label comes from a closed set: portals and operations are configured, the rest are words in
code.

Looking a child up costs more than counting, so the outbound layers keep theirs in a `PortalMetrics`.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

REGISTRY: Final = CollectorRegistry(auto_describe=True)
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_operations = Counter(
    "mre_gateway_portal_operations",
    "Calls of a connector's method, by what came of them.",
    ("portal", "operation", "outcome"),
    registry=REGISTRY,
)
_operation_seconds = Histogram(
    "mre_gateway_portal_operation_seconds",
    "Time of a connector's method, retries included.",
    ("portal", "operation"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
_attempts = Counter(
    "mre_gateway_portal_attempts",
    "HTTP requests tried, by outcome: `answered` or what went wrong.",
    ("portal", "outcome"),
    registry=REGISTRY,
)
_attempt_seconds = Histogram(
    "mre_gateway_portal_attempt_seconds",
    "Time of one HTTP request, from connection to the last byte of the answer.",
    ("portal",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
_answers = Counter(
    "mre_gateway_portal_answers",
    "Answers by class of HTTP status.",
    ("portal", "status"),
    registry=REGISTRY,
)
_events = Counter(
    "mre_gateway_outbound_layer_events",
    "What the layers did besides passing the request on: `breaker refused`, `bulkhead queued`, `retry repeated`, ...",
    ("portal", "layer", "event"),
    registry=REGISTRY,
)
_odd_answers = Counter(
    "mre_gateway_portal_odd_answers",
    "Answers that the connector does not know: `portal_answer_unexpected` and `portal_answer_not_authentic` were not "
    "read, of `unknown_word` the rest was.",
    ("portal", "kind"),
    registry=REGISTRY,
)
_blocked = Counter(
    "mre_gateway_event_loop_blocked_seconds",
    "Time in which nothing else could be done, because a connector's code did not yield. `portal` is empty if it was "
    "none.",
    ("portal",),
    registry=REGISTRY,
)
_log_lines_dropped = Counter(
    "mre_gateway_portal_log_lines_dropped",
    "Log lines of a plugin beyond its allowance.",
    ("portal",),
    registry=REGISTRY,
)
_damaged_cases = Counter(
    "mre_gateway_cases_damaged",
    "Times that the stored state of a case could not be read, or not as a whole.",
    registry=REGISTRY,
)
_late_payments = Counter(
    "mre_gateway_payments_too_late",
    "Payments that a portal took by itself when nothing was due any more: somebody has to have them given back.",
    ("portal",),
    registry=REGISTRY,
)
_process_stops = Counter(
    "mre_gateway_portal_process_stops",
    "Times that an isolated connector was stopped, by reason: `blocked`, `memory`, `ended`, `nonsense`, "
    "`does_not_return` (that call alone), `failed` (what watches it did).",
    ("portal", "reason"),
    registry=REGISTRY,
)
_processes_not_started = Counter(
    "mre_gateway_portal_process_start_failures",
    "Times that the process of an isolated connector did not come up again.",
    ("portal",),
    registry=REGISTRY,
)
_process_memory = Gauge(
    "mre_gateway_portal_process_memory_bytes",
    "Memory that the process of an isolated connector holds.",
    ("portal",),
    registry=REGISTRY,
)
_drift = Gauge(
    "mre_gateway_portal_drift",
    "Differences between what the portal answered when it was probed last and the recorded exchanges of its plugin.",
    ("portal", "operation"),
    registry=REGISTRY,
)
_breaker = Gauge(
    "mre_gateway_portal_breaker",
    "State of the circuit breaker: 0 closed, 1 half open, 2 open.",
    ("portal",),
    registry=REGISTRY,
)


class PortalMetrics:
    """The children of one portal, found once."""

    def __init__(self, portal: str) -> None:
        self._portal = portal
        self._attempts: dict[str, Counter] = {}
        self._answers = [_answers.labels(portal, f"{n}xx") for n in range(10)]
        self._attempt_seconds = _attempt_seconds.labels(portal)
        self._events: dict[tuple[str, str], Counter] = {}
        self._operations: dict[tuple[str, str], Counter] = {}
        self._operation_seconds: dict[str, Histogram] = {}
        self._breaker = _breaker.labels(portal)
        self._log_lines_dropped = _log_lines_dropped.labels(portal)

    def attempt(self, outcome: str, status: int, seconds: float) -> None:
        """One HTTP request; `status` is 0 when no answer came."""
        child = self._attempts.get(outcome)
        if child is None:
            child = self._attempts[outcome] = _attempts.labels(self._portal, outcome)
        child.inc()
        if status:
            self._answers[min(status // 100, 9)].inc()
        self._attempt_seconds.observe(seconds)

    def event(self, layer: str, event: str) -> None:
        child = self._events.get((layer, event))
        if child is None:
            child = self._events[layer, event] = _events.labels(self._portal, layer, event)
        child.inc()

    def operation(self, operation: str, outcome: str, seconds: float) -> None:
        child = self._operations.get((operation, outcome))
        if child is None:
            child = self._operations[operation, outcome] = _operations.labels(self._portal, operation, outcome)
        child.inc()
        histogram = self._operation_seconds.get(operation)
        if histogram is None:
            histogram = self._operation_seconds[operation] = _operation_seconds.labels(self._portal, operation)
        histogram.observe(seconds)

    def odd(self, kind: str) -> None:
        _odd_answers.labels(self._portal, kind).inc()

    def drift(self, operation: str, differences: int) -> None:
        _drift.labels(self._portal, operation).set(differences)

    def breaker(self, state: int) -> None:
        self._breaker.set(state)

    def process_stopped(self, reason: str) -> None:
        _process_stops.labels(self._portal, reason).inc()

    def process_not_started(self) -> None:
        _processes_not_started.labels(self._portal).inc()

    def process_memory(self, size: int) -> None:
        _process_memory.labels(self._portal).set(size)

    def log_lines_dropped(self, count: int) -> None:
        self._log_lines_dropped.inc(count)


def event_loop_blocked(portal: str, seconds: float) -> None:
    """`portal` is empty where no connector was running."""
    _blocked.labels(portal).inc(seconds)


_portals: dict[str, PortalMetrics] = {}


def case_damaged() -> None:
    _damaged_cases.inc()


def payment_too_late(portal: str) -> None:
    _late_payments.labels(portal).inc()


def portal_metrics(portal: str) -> PortalMetrics:
    """The one `PortalMetrics` of this portal."""
    found = _portals.get(portal)
    if found is None:
        found = _portals[portal] = PortalMetrics(portal)
    return found


def exposition() -> bytes:
    """The whole registry in Prometheus' text format; its media type is `CONTENT_TYPE`."""
    return generate_latest(REGISTRY)


_WRITING_SHARE: Final = 20.0


class Page:
    """The registry's text, written by a thread, at most once in `seconds` however many ask, and never for more than a
    twentieth of the time: it grows with portals, operations and statuses, and the thread holds up the event loop."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._text = b""
        self._until = 0.0
        self._writing: asyncio.Task[bytes] | None = None

    async def read(self) -> bytes:
        """The text, `seconds` old or, if writing it takes long, 20 times as old as that. Who comes while it is being
        written waits for that one."""
        if time.monotonic() < self._until:
            return self._text
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await asyncio.shield(self._writing)

    async def _write(self) -> bytes:
        try:
            began = time.monotonic()
            self._text = await asyncio.to_thread(exposition)
            ended = time.monotonic()
            self._until = ended + max(self._seconds, _WRITING_SHARE * (ended - began))
            return self._text
        finally:
            self._writing = None

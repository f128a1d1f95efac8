"""Metrics of the API itself: calls by route and status, their time, how many are under way."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from prometheus_client import Gauge, Histogram

from gateway.telemetry.metrics import REGISTRY

calls_in_flight: Final = Gauge("mre_gateway_calls_in_flight", "Calls under way.", registry=REGISTRY)
event_streams: Final = Gauge("mre_gateway_event_streams", "Open event streams.", registry=REGISTRY)
_calls: Final = Histogram(
    "mre_gateway_call_seconds",
    "Time of a call, its audit record included, by route and HTTP status.",
    ("operation", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    registry=REGISTRY,
)


@lru_cache(maxsize=1024)
def calls(operation: str, status: int) -> Histogram:
    """Routes and statuses are closed sets, so the children are kept."""
    return _calls.labels(operation, status)

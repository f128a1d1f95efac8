"""Numbers about webhooks. Labels are words in code: no endpoint and no client."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from gateway.telemetry.metrics import REGISTRY

attempts: Final = Counter(
    "mre_gateway_webhook_attempts",
    "Requests to receivers of webhooks: `delivered`, or what went wrong.",
    ("outcome",),
    registry=REGISTRY,
)
attempt_seconds: Final = Histogram(
    "mre_gateway_webhook_attempt_seconds",
    "Time of one of them.",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0),
    registry=REGISTRY,
)
delay_seconds: Final = Histogram(
    "mre_gateway_webhook_delay_seconds",
    "Time from an event to its delivery.",
    buckets=(0.1, 0.5, 1, 2, 5, 15, 60, 300, 3600, 21_600, 86_400, 259_200),
    registry=REGISTRY,
)
serving: Final = Gauge(
    "mre_gateway_webhook_endpoints_served",
    "Endpoints that are being served now; `slow`: those that failed last time or take long.",
    ("kind",),
    registry=REGISTRY,
)
disabled: Final = Counter(
    "mre_gateway_webhook_endpoints_disabled",
    "Endpoints that were disabled, by the reason: `failing`, `gone`.",
    ("reason",),
    registry=REGISTRY,
)

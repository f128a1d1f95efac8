"""Metrics of messages to people. No label says anything about a person."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

from gateway.telemetry.metrics import REGISTRY

_messages = Counter(
    "mre_gateway_messages",
    "Messages to people by channel and what became of them: `sent`, `delivered`, `refused`, `undeliverable`, "
    "`not_sent`, `given_up`; `waiting` counts attempts that failed and are repeated. `reason` is a code.",
    ("channel", "state", "reason"),
    registry=REGISTRY,
)
_overdue = Gauge(
    "mre_gateway_messages_overdue_seconds",
    "For how long the message that waits longest has been due.",
    registry=REGISTRY,
)


def message(channel: str, state: str, reason: str) -> None:
    _messages.labels(channel, state, reason).inc()


def overdue(seconds: float) -> None:
    _overdue.set(seconds)

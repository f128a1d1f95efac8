"""Numbers about the log. Labels are words in code, or names of configured sinks."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from gateway.telemetry.metrics import REGISTRY

records = Counter("mre_gateway_audit_records", "Records that were given an index.", registry=REGISTRY)
refusals = Counter(
    "mre_gateway_audit_refusals",
    "Calls refused because their record could not be written: `queue_full`, `timeout`, `stopped`.",
    ("reason",),
    registry=REGISTRY,
)
failures = Counter("mre_gateway_audit_commit_failures", "Commits that failed and are tried again.", registry=REGISTRY)
waiting = Gauge("mre_gateway_audit_waiting_records", "Records not yet durable.", registry=REGISTRY)
commit_seconds = Histogram(
    "mre_gateway_audit_commit_seconds",
    "Time of one commit, which many records share.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
    registry=REGISTRY,
)
batch_records = Histogram(
    "mre_gateway_audit_batch_records",
    "Records that shared one commit.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
    registry=REGISTRY,
)
sink_failures = Counter(
    "mre_gateway_audit_sink_failures",
    "Copies a sink did not take: `error`, or `full` when it fell too far behind.",
    ("sink", "reason"),
    registry=REGISTRY,
)
anchor_attempts = Counter(
    "mre_gateway_audit_anchor_attempts",
    "Checkpoints shown to a witness or timestamp authority: `anchored`, `failed`, or `refused` as contradicting.",
    ("anchor", "outcome"),
    registry=REGISTRY,
)
anchor_gap_records = Gauge(
    "mre_gateway_audit_anchor_gap_records",
    "Signed records that it has not vouched for.",
    ("anchor",),
    registry=REGISTRY,
)
anchor_gap_seconds = Gauge(
    "mre_gateway_audit_anchor_gap_seconds",
    "How long the first of them has been signed.",
    ("anchor",),
    registry=REGISTRY,
)

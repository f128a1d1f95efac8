"""The request log that an auditor can check: one record a call, with every hop, durable before the answer leaves."""

from __future__ import annotations

from gateway.audit.entry import Entry, Hop
from gateway.audit.log import AuditLog, AuditUnavailable

__all__ = ["AuditLog", "AuditUnavailable", "Entry", "Hop"]

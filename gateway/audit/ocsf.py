"""A record as an OCSF API Activity (class 6003 of the Open Cybersecurity Schema Framework), for SIEMs.

`docs/reference/audit-export.md` has the table of what becomes what. Values without a place in the schema are in
`unmapped`. There is no personal data, because a leaf has none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from gateway import __version__
from gateway.audit.record import HopRecord, Record

SCHEMA: Final = "1.9.0"
CATEGORY: Final = 6
CLASS: Final = 6003
PRODUCT: Final = {"name": "MRE Gateway", "vendor_name": "MRE Gateway", "version": __version__}

CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99
_CAPTIONS: Final = {CREATE: "Create", READ: "Read", UPDATE: "Update", DELETE: "Delete"}
_ACTIVITIES: Final = {
    "create": CREATE,
    "act": UPDATE,
    "pay": UPDATE,
    "withdraw": UPDATE,
    "receive": UPDATE,
    "journey": UPDATE,
    "erase": DELETE,
    "expire": DELETE,
    **dict.fromkeys(("list", "read", "document", "events", "receipt", "accesses", "search", "show"), READ),
    **dict.fromkeys(("export", "proof", "resolve", "bodies"), READ),
}
"""By the last word of the operation, or the first: `cases.create`, `journey.file`."""

_SUCCESS, _FAILURE, _UNKNOWN = 1, 2, 0
_STATUS: Final = {"ok": _SUCCESS, "unknown": _UNKNOWN}
_STATUS_CAPTIONS: Final = {_SUCCESS: "Success", _FAILURE: "Failure", _UNKNOWN: "Unknown"}
_INFORMATIONAL, _LOW, _MEDIUM = 1, 2, 3
_SEVERITY: Final = {"denied": _LOW, "unavailable": _LOW, "unknown": _MEDIUM, "failed": _MEDIUM}
_ACTION: Final = {"allow": (1, "Allowed", 1, "Allowed"), "deny": (2, "Denied", 2, "Blocked")}
"""`action_id` and `disposition_id` of the profile `security_control`, with their captions."""


def event(record: Record, *, index: int, leaf_hash: str, origin: str) -> dict[str, Any]:
    """`origin` is the log's name; `leaf_hash` is hexadecimal."""
    activity = activity_of(record.operation)
    status = _STATUS.get(record.outcome, _FAILURE)
    made = {
        "activity_id": activity,
        "activity_name": _CAPTIONS.get(activity) or record.operation or record.kind,
        "category_uid": CATEGORY,
        "class_uid": CLASS,
        "type_uid": CLASS * 100 + activity,
        "time": int(datetime.fromisoformat(record.at).timestamp() * 1000),
        "timezone_offset": 0,
        "severity_id": _SEVERITY.get(record.outcome, _INFORMATIONAL),
        "status_id": status,
        "status": _STATUS_CAPTIONS[status],
        "status_code": str(record.status or ""),
        "status_detail": record.code or record.outcome,
        "metadata": {
            "version": SCHEMA,
            "product": PRODUCT,
            "profiles": ["security_control"],
            "uid": leaf_hash,
            "original_event_uid": record.call,
            "correlation_uid": record.case,
            "sequence": index,
            "log_name": origin,
            "log_version": str(record.v),
            "original_time": record.at,
        },
        "actor": _actor(record),
        "api": {
            "operation": record.operation or record.kind,
            "request": {"uid": record.call},
            "response": {"code": record.status, "error": record.code} if record.status else {},
            "service": {"name": record.service} if record.service else {},
        },
        "src_endpoint": {"svc_name": record.client or record.principal or "gateway"},
        "dst_endpoint": {"svc_name": record.portal} if record.portal else {},
        "http_response": {"code": record.status, "latency": record.duration_us // 1000} if record.status else {},
        "resources": _resources(record),
        "unmapped": {
            "kind": record.kind,
            "outcome": record.outcome,
            "principal": record.principal,
            "purpose": record.purpose,
            "search": record.search,
            "batch": record.batch,
            "hops": [_hop(hop) for hop in record.hops],
            "hops_omitted": record.hops_omitted,
        },
    }
    if record.decision in _ACTION:
        names = ("action_id", "action", "disposition_id", "disposition")
        made |= dict(zip(names, _ACTION[record.decision], strict=True))
    cleaned: dict[str, Any] = _without_nothing(made)
    return cleaned


def activity_of(operation: str) -> int:
    first, _, last = operation.partition(".")
    return _ACTIVITIES.get(last.rpartition(".")[2]) or _ACTIVITIES.get(first) or OTHER


def _actor(record: Record) -> dict[str, Any]:
    """Who acted: for an auditor's access, the person concerned is among the resources, not here."""
    client = record.client or record.principal or "gateway"
    return {
        "application": {"uid": client},
        "app_uid": client,  # what the schema called it before 1.9
        "user": {"uid": record.subject, "type_id": 1} if _acted(record) else {},
        "authorizations": [{"decision": record.decision, "policy": _policy(record.rule)}] if record.rule else [],
    }


def _policy(rule: str) -> dict[str, str]:
    name, _, version = rule.partition("@")
    return {"uid": rule, "name": name, "version": version}


def _acted(record: Record) -> bool:
    return bool(record.subject) and record.principal == "citizen"


def _resources(record: Record) -> list[dict[str, Any]]:
    found = [{"uid": each, "type": "case"} for each in (record.case, *record.cases) if each]
    if record.subject and not _acted(record):
        found.append({"uid": record.subject, "type": "person"})
    return found


def _hop(hop: HopRecord) -> dict[str, Any]:
    return {
        "portal": hop.portal,
        "operation": hop.operation,
        "method": hop.method,
        "attempt": hop.attempt,
        "outcome": hop.outcome,
        "status": hop.status,
        "breaker": hop.breaker,
        "duration_us": hop.duration_us,
        "key_id": hop.key_id,
    }


def _without_nothing(value: Any) -> Any:
    """The same without empty members; numbers are never empty."""
    if isinstance(value, dict):
        cleaned = {name: _without_nothing(each) for name, each in value.items()}
        return {name: each for name, each in cleaned.items() if each not in ("", [], {})}
    return [_without_nothing(each) for each in value] if isinstance(value, list) else value

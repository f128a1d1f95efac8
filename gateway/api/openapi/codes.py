"""The stable words of answers as enumerations: codes of problems, reasons, events and actions.

Each has a text in every language, so the texts name them all, those of the portals that are connected too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, get_args

from gateway.api.http.codes import CODES
from gateway.api.openapi.schemas import REF, Schema
from gateway.audit.entry import Kind, Outcome
from gateway.i18n.messages import Messages

_PLACES: Final = {
    ("Problem", "code"): "ProblemCode",
    ("Case", "reason"): "Reason",
    ("CaseEvent", "code"): "EventCode",
    ("FeedEvent", "code"): "EventCode",
    ("EventData", "reason"): "Reason",
    ("CaseAction", "code"): "ActionCode",
    ("Payment", "code"): "ActionCode",
    ("EventData", "why"): "ActionCode",
    ("WebhookCaseEventData", "code"): "EventCode",
    ("FieldError", "code"): "FieldCode",
    ("Finding", "code"): "FieldCode",
    ("AuditLeaf", "kind"): "AuditKind",
    ("AuditLeaf", "outcome"): "AuditOutcome",
    ("AuditSum", "outcome"): "AuditOutcome",
    ("Access", "kind"): "AuditKind",
    ("Access", "outcome"): "AuditOutcome",
}
"""Member -> the enumeration of its values."""


def name_codes(schemas: dict[str, Schema], messages: Messages) -> None:
    """Make the members that are codes refer to enumerations."""
    reasons = messages.codes("reason")
    schemas["ProblemCode"] = _words("What went wrong.", {*CODES, *reasons})
    schemas["Reason"] = _words("Why a case ended, or why a portal refused.", {*CODES, *reasons})
    schemas["EventCode"] = _words("What happened.", messages.codes("event"))
    reasons_of_actions = {*messages.codes("action"), *reasons} - set(CODES)
    schemas["ActionCode"] = _words("Why something is to be done, or to be paid.", reasons_of_actions)
    schemas["FieldCode"] = _words("What is wrong with a member.", {*messages.codes("form"), *CODES, *reasons})
    schemas["AuditKind"] = _words("What the record is about.", get_args(Kind))
    schemas["AuditOutcome"] = _words("How it ended.", get_args(Outcome))
    for (component, member), name in _PLACES.items():
        properties = schemas.get(component, {}).get("properties", {})
        if member in properties:
            properties[member] = _pointing(properties[member], name)


def _words(text: str, words: Iterable[str]) -> Schema:
    return {"description": text, "type": "string", "enum": sorted(words)}


def _pointing(schema: Schema, name: str) -> Schema:
    reference: Schema = {"$ref": REF + name}
    described = {"description": schema["description"]} if "description" in schema else {}
    nullable = "null" in schema["type"]
    return {**described, **({"anyOf": [reference, {"type": "null"}]} if nullable else reference)}

"""Echo's words <-> the gateway's words. Pure: values in, values out; the two tables are what an agency reviews."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import msgspec

from gateway.connectors.contract import (
    CaseStatus,
    Document,
    DocumentRef,
    Filed,
    Milestone,
    Progress,
    Step,
    Submission,
)

STATUSES: Final = {
    # Echo says       what has been reached   how the demand stands
    "accepted": (Milestone.CREATED, CaseStatus.RECEIVED),
    "in_hand": (Milestone.PROCESSING, CaseStatus.IN_PROGRESS),
    "ready": (Milestone.READY, CaseStatus.IN_PROGRESS),
    "done": (Milestone.READY, CaseStatus.COMPLETED),
    "turned_down": (Milestone.REFUSED, CaseStatus.REJECTED),
    "taken_back": (None, CaseStatus.WITHDRAWN),
}

REFUSALS: Final = {
    # Echo says          what the gateway tells the person
    "as_you_asked": "demand_refused",
    "stamp_missing": "stamp_missing",
    "unknown_service": "service_unknown",
    "too_late": "too_late",
    "no_such_action": "action_not_supported",
    "no_such_demand": "not_found_at_portal",
    "no_such_document": "document_not_found",
}

UNKNOWN: Final = (None, CaseStatus.IN_PROGRESS)
REFERENCE: Final = re.compile(r"E[0-9]{8}")


class Entry(msgspec.Struct):
    status: str
    at: datetime


class Demand(msgspec.Struct):
    """Echo's answer about one demand."""

    reference: str
    client_reference: str
    history: list[Entry]
    """Oldest first, never empty; the last one is the present status."""
    documents: list[DocumentRef]
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.history or not REFERENCE.fullmatch(self.reference):
            raise ValueError("a demand without a history or a reference")


class Demands(msgspec.Struct):
    demands: list[Demand]


def demand(filing: Submission) -> dict[str, Any]:
    return {
        "client_reference": filing.key,
        "service": filing.service.removeprefix("echo."),
        "language": filing.language,
        "form": filing.form,
        "stamp": filing.stamp,
        **({"priority": True} if filing.priority else {}),
    }


def filed(answer: bytes) -> Filed:
    return _filed(msgspec.json.decode(answer, type=Demand))


def first_filed(answer: bytes, key: str) -> Filed | None:
    """The oldest demand with this key in the answer to a search, or None. A search that ignored the key must not give
    us another person's demand."""
    found = msgspec.json.decode(answer, type=Demands).demands
    return next((_filed(demand) for demand in found if demand.client_reference == key), None)


def progress(answer: bytes) -> Progress:
    return _progress(msgspec.json.decode(answer, type=Demand))


def document(answer: bytes) -> Document:
    return msgspec.json.decode(answer, type=Document)


def _filed(demand: Demand) -> Filed:
    return Filed(reference=demand.reference, progress=_progress(demand))


def _progress(demand: Demand) -> Progress:
    word = demand.history[-1].status
    milestone, status = STATUSES.get(word, UNKNOWN)
    return Progress(
        reference=demand.reference,
        status=status,
        portal_status=word,
        milestone=milestone,
        steps=[
            Step(at=entry.at, label=entry.status, milestone=STATUSES.get(entry.status, UNKNOWN)[0])
            for entry in demand.history
        ],
        documents=demand.documents,
        reason=demand.reason,
        warnings=[] if word in STATUSES else ["portal_status_unknown"],
    )

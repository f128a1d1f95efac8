"""The portal's words and the gateway's."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gateway.connectors.authoring import (
    CaseStatus,
    Filed,
    Milestone,
    Progress,
    Reference,
    Statuses,
    Submission,
    progress_by,
    with_key,
)

STATUSES: Final[Statuses] = {
    "open": (CaseStatus.RECEIVED, Milestone.CREATED),
    "working": (CaseStatus.IN_PROGRESS, Milestone.PROCESSING),
    "done": (CaseStatus.COMPLETED, Milestone.READY),
    "refused": (CaseStatus.REJECTED, Milestone.REFUSED),
}

REFUSALS: Final = {
    "subject_empty": "form_not_accepted",
    "no_such_demand": "not_found_at_portal",
}


class _Demand(msgspec.Struct):
    number: Reference
    key: str
    status: str


def demand(filing: Submission) -> dict[str, Any]:
    """Who asks goes with it: whether this person may is the portal's to decide too. None for a demand about nobody."""
    who = msgspec.to_builtins(filing.requester) if filing.requester else None
    return {"key": filing.key, "subject": filing.form["subject"], "requester": who}


def filed(body: bytes) -> Filed:
    return _filed(msgspec.json.decode(body, type=_Demand))


def progress(body: bytes) -> Progress:
    return _progress(msgspec.json.decode(body, type=_Demand))


def found(body: bytes, key: str) -> Filed | None:
    """The demand with our key, or None. A portal that ignores the key in the search answers somebody else's."""
    return with_key(msgspec.json.decode(body, type=list[_Demand]), key, _filed, member="key")


def _filed(demand: _Demand) -> Filed:
    return Filed(reference=demand.number, progress=_progress(demand))


def _progress(demand: _Demand) -> Progress:
    return progress_by(STATUSES, demand.number, demand.status, [])

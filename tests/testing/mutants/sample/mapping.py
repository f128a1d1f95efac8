"""The portal's words and the gateway's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from gateway.connectors.authoring import (
    CaseStatus,
    CheckFinding,
    DocumentRef,
    Filed,
    Instant,
    Milestone,
    Money,
    Progress,
    Reference,
    RequiredAction,
    Statuses,
    Submission,
    check_findings,
    decoded,
    progress_by,
    same,
    step,
    with_key,
)

STATUSES: Final[Statuses] = {
    "open": (CaseStatus.RECEIVED, Milestone.CREATED),
    "waiting": (CaseStatus.ACTION_REQUIRED, Milestone.PROCESSING),
    "working": (CaseStatus.IN_PROGRESS, Milestone.PROCESSING),
    "done": (CaseStatus.COMPLETED, Milestone.READY),
    "cancelled": (CaseStatus.WITHDRAWN, None),
}

REFUSALS: Final = {
    "subject_unclear": "subject_not_clear",
    "no_such_demand": "not_found_at_portal",
}


class _Entry(msgspec.Struct):
    status: str
    at: Instant


class _Action(msgspec.Struct):
    type: Literal["pay", "confirm"]
    code: str
    options: list[str] = []
    amount: int | None = None


class _Demand(msgspec.Struct):
    number: Reference
    key: str
    status: str
    history: list[_Entry]
    documents: list[DocumentRef]
    wanted: _Action | None


class _Many(msgspec.Struct):
    demands: list[_Demand]


def demand(filing: Submission) -> dict[str, Any]:
    return {"key": filing.key, "case": filing.case_id, "form": filing.form, "stamp": filing.stamp}


def reply(action: str, answer: dict[str, Any]) -> dict[str, Any]:
    return {"type": action, "choice": answer.get("choice"), "stamp": answer.get("stamp")}


def filed(body: bytes, key: str) -> Filed:
    lodged = decoded(body, _Demand)
    same(lodged.key, key, "key")
    return _filed(lodged)


def progress(body: bytes) -> Progress:
    return _progress(decoded(body, _Demand))


def tracked(body: bytes, number: str) -> Progress:
    found = decoded(body, _Demand)
    same(found.number, number, "number")
    return _progress(found)


def found(body: bytes, key: str) -> Filed | None:
    return with_key(decoded(body, _Many).demands, key, _filed, member="key")


def standing(body: bytes, keys: Mapping[str, str]) -> list[Progress]:
    demands = decoded(body, _Many).demands
    return [_progress(each) for each in demands if keys.get(each.number) == each.key]


def findings(body: bytes) -> list[CheckFinding]:
    return check_findings(body, REFUSALS, {"subject": "/subject"})


def _filed(demand: _Demand) -> Filed:
    return Filed(reference=demand.number, progress=_progress(demand))


def _progress(demand: _Demand) -> Progress:
    return progress_by(
        STATUSES,
        demand.number,
        demand.status,
        [step(STATUSES, each.status, each.at, each.status) for each in demand.history],
        documents=demand.documents,
        ask=_ask(demand.wanted) if demand.wanted else None,
    )


def _ask(wanted: _Action) -> RequiredAction:
    amount = Money(amount=wanted.amount) if wanted.amount is not None else None
    return RequiredAction(type=wanted.type, code=wanted.code, options=wanted.options, amount=amount)

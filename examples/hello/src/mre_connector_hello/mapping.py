"""The portal's words and the gateway's."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gateway.connectors.authoring import (
    CaseStatus,
    DocumentRef,
    Filed,
    Milestone,
    Progress,
    Reference,
    Statuses,
    Submission,
    decoded,
    motive,
    progress_by,
    same,
    with_key,
)

STATUSES: Final[Statuses] = {
    "open": (CaseStatus.RECEIVED, Milestone.CREATED),
    "working": (CaseStatus.IN_PROGRESS, Milestone.PROCESSING),
    "done": (CaseStatus.COMPLETED, Milestone.READY),
    "refused": (CaseStatus.REJECTED, Milestone.REFUSED),
}

MOTIVES: Final = {
    "not_on_record": "record_not_found",
}
"""Why the portal rejects -> what people are told: a code of [errors] in plugin.toml, or one that has a text already
(`docs/reference/connector-codes.md`)."""

REFUSALS: Final = {
    "form_invalid": "form_not_accepted",
    "not_the_holder": "requester_not_entitled",
    "no_such_document": "document_not_found",
    "no_such_demand": "not_found_at_portal",
}

FIELDS: Final = {
    "family_name": "/person/family_name",
}
"""What the portal objects to, as it calls it -> the form's member."""


class _Demand(msgspec.Struct, rename={"reference": "number"}):
    """What the portal says of a demand; `rename`: our name of a member -> the portal's."""

    reference: Reference
    key: str
    status: str
    reason: str | None
    documents: list[str]


def demand(filing: Submission) -> dict[str, Any]:
    """Who asks goes with it: whether this person may is the portal's to decide too. None for a demand about nobody."""
    who = msgspec.to_builtins(filing.requester) if filing.requester else None
    return {**filing.form, "requester": who}


def filed(body: bytes, key: str) -> Filed:
    lodged = decoded(body, _Demand)
    same(lodged.key, key, "key")
    return _filed(lodged)


def progress(body: bytes, reference: str) -> Progress:
    said = decoded(body, _Demand)
    same(said.reference, reference, "demand")
    return _progress(said)


def found(body: bytes, key: str) -> Filed | None:
    """The demand with our key, or None. A portal that ignores the key in the search answers somebody else's."""
    return with_key(decoded(body, list[_Demand]), key, _filed, member="key")


def _filed(demand: _Demand) -> Filed:
    return Filed(reference=demand.reference, progress=_progress(demand))


def _progress(demand: _Demand) -> Progress:
    documents = [DocumentRef(id=id, title="Certificat") for id in demand.documents]
    why = motive(MOTIVES, demand.reason)
    return progress_by(STATUSES, demand.reference, demand.status, [], documents=documents, reason=why)

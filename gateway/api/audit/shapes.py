"""What the log tells auditors, and `/v1/me` the person whom its records are about."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import Request, Shape
from gateway.audit.record import Record


class AccessView(Shape, kw_only=True):
    """One access to the person's data."""

    occurred_at: datetime
    call_id: str
    kind: str
    client: str | None
    operation: str
    purpose: str | None
    portals: list[str]
    outcome: str
    service: Annotated[str | None, Meta(description="The service that was asked for.")] = None
    search: Annotated[
        str | None, Meta(description="What an auditor searched for.", examples=["operation=cases.list"])
    ] = None
    agent: Annotated[str | None, Meta(description="The agent who acted for the person, or tried to; no name.")] = None
    mandate: Annotated[str | None, Meta(description="The mandate it was done under, or that it was about.")] = None
    mandate_purpose: Annotated[str | None, Meta(description="What the person gave that mandate for.")] = None
    reason: Annotated[
        str | None,
        Meta(
            description="Why it was denied; `named_by_another_person` if another person's form names this one, "
            "whether or not it was taken; `tried_by_another_person` if somebody else tried to reach what is this "
            "person's; `shown_to_another_person` if an agent's list told of this one.",
            examples=["revoked"],
        ),
    ] = None
    object: Literal["access"] = "access"


AccessPurpose = Literal["court-order", "subject-request", "incident", "supervision"]
"""Why an auditor wants to know more of a person than the log tells."""


class SubjectRequest(Request, kw_only=True, forbid_unknown_fields=True):
    national_id: Annotated[
        str,
        Meta(
            max_length=20,
            pattern="^([A-Za-z]{1,2}[ .-]?[1-9][0-9]{0,5}|[A-Za-z][ .-]?[1-9][0-9]{6})$",
            description="Of the identity card (CNIE).",
            examples=["AB123456"],
        ),
    ]
    purpose: Annotated[
        AccessPurpose, Meta(description="Why it is asked. It stands in the record, which the person sees.")
    ]


class SubjectView(Shape, kw_only=True):
    """What the log calls a person."""

    subjects: Annotated[list[str], Meta(description="Each can be given to the filter `subject`.")]
    purpose: str
    object: Literal["audit_subject"] = "audit_subject"


class RecordView(Shape, kw_only=True):
    """One record of the audit log."""

    index: int
    leaf_hash: Annotated[str, Meta(description="RFC 6962 leaf hash, hex.")]
    record: Record
    object: Literal["audit_record"] = "audit_record"


class BodyView(Shape, kw_only=True):
    """A request or an answer behind a record."""

    where: Annotated[str, Meta(description="JSON pointer into the record, to the commitment.")]
    opens: Annotated[bool, Meta(description="Whether this is what the log committed to.")]
    text: Annotated[str | None, Meta(description="The content, if it is UTF-8.")] = None
    base64: Annotated[str | None, Meta(description="The content otherwise.")] = None


class BodiesView(Shape, kw_only=True):
    """What is kept beside a record of the audit log."""

    index: int
    bodies: list[BodyView]
    object: Literal["audit_bodies"] = "audit_bodies"


class DensityView(Shape, kw_only=True):
    """How many records there are in each piece of time."""

    since_at: datetime
    until_at: datetime
    seconds: Annotated[int, Meta(description="Length of a piece; the last one may be shorter.")]
    counts: Annotated[list[int | None], Meta(description="From `since_at` on; null for what was not counted.")]
    total: Annotated[int, Meta(description="Of what was counted.")]
    counted_from_at: Annotated[
        datetime | None, Meta(description="Earlier records were not looked at; null if all were.")
    ]
    object: Literal["audit_density"] = "audit_density"


class AnomalyView(Shape, kw_only=True):
    """Records of one kind that an auditor should look at."""

    type: Annotated[
        Literal["look_without_purpose", "denied", "off_hours", "burst", "changed_answer"],
        Meta(
            description="A look of staff at a person's data without a purpose; denied attempts; what staff did outside "
            "`audit.working_hours`; a minute with many times a client's usual calls; a portal's answer with another "
            "shape."
        ),
    ]
    client: str | None = None
    actor: Annotated[str | None, Meta(description="The agent, by pseudonym.")] = None
    principal: str | None = None
    portal: str | None = None
    operation: str | None = None
    reason: Annotated[str | None, Meta(description="Why it was denied.", examples=["not_the_owner"])] = None
    count: Annotated[int, Meta(description="How many records, or calls that one record sums up.")]
    first_at: datetime
    last_at: datetime
    records: Annotated[list[int], Meta(description="Indexes of the newest of them, five at most.")] = []
    records_url: Annotated[str, Meta(description="GET the records around them.")]
    added: Annotated[list[str], Meta(description="Of a changed answer: what is new in it.")] = []
    missing: Annotated[list[str], Meta(description="Of a changed answer: what is not there any more.")] = []


class AnomaliesView(Shape, kw_only=True):
    since_at: datetime
    until_at: datetime
    record_count: Annotated[int, Meta(description="How many records were looked at.")]
    complete: Annotated[bool, Meta(description="Whether these are all of that time, else the newest ones.")]
    looked_from_at: Annotated[datetime | None, Meta(description="Time of the earliest of them.")]
    anomalies: list[AnomalyView]
    object: Literal["audit_anomalies"] = "audit_anomalies"

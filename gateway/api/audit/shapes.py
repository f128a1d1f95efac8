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
            "person's.",
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

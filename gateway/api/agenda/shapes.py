"""Appointments as a post sees them, and notes of its agents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import PortalId, Request, Shape
from gateway.connectors.contract import CaseStatus


class VisitView(Shape, kw_only=True):
    """An appointment at a post. `name` is told once, when the person has come."""

    case: Annotated[str, Meta(description="Id of the case.")]
    service: str
    service_title: str
    status: CaseStatus
    status_text: str
    portal: PortalId
    post: Annotated[str, Meta(description="Id of the post.")]
    reference: Annotated[str, Meta(description="The portal's number of the booking.")]
    starts_at: Annotated[datetime, Meta(description="In the post's own time.")]
    ends_at: datetime
    timezone: Annotated[str, Meta(description="IANA name.", examples=["Europe/Paris"])]
    fast_lane: Annotated[bool, Meta(description="A card with the fast lane was shown.")]
    checked_in_at: datetime | None
    name: Annotated[str | None, Meta(description="Of the person; only in the answer to checking in.")] = None
    object: Literal["visit"] = "visit"


class AgendaView(Shape, kw_only=True):
    """A post's day: who waits there, the fast lane first, then who has not come, by time."""

    post: str
    held_on: Annotated[date, Meta(description="The day, as it is dated at the post.")]
    visits: Annotated[list[VisitView], Meta(description="500 at most.")]
    object: Literal["agenda"] = "agenda"


class CheckInRequest(Request, kw_only=True, forbid_unknown_fields=True):
    post: Annotated[str, Meta(min_length=1, max_length=64, description="Id of the post.")]
    shown: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=16_384,
            description="The card as it was scanned; or the number of the booking, or the id of the case, as it was "
            "typed.",
        ),
    ]


class LateView(Shape, kw_only=True):
    """A case whose legal term is over, without an answer of its portal."""

    case: str
    service: str
    service_title: str
    status: CaseStatus
    status_text: str
    due_on: Annotated[date, Meta(description="The last day of the term.")]
    mandate: Annotated[str | None, Meta(description="The mandate under which the agent may work on it.")]
    post: Annotated[str | None, Meta(description="Or the post where it has an appointment.")]
    object: Literal["late_case"] = "late_case"


class NoteRequest(Request, kw_only=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=2000, description="The person reads it.")]


class NoteView(Shape, kw_only=True):
    """What an agent wrote about a case, for the person too."""

    id: str
    case: str
    agency: Annotated[str, Meta(description="Client id of the agency.")]
    agency_name: str
    agent: Annotated[str, Meta(description="Who wrote it, as in the person's ledger; no name.")]
    text: str
    created_at: datetime
    object: Literal["note"] = "note"

"""What tracking answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import AtPortal, Shape
from gateway.connectors.contract import CaseStatus, Milestone


class StepView(Shape, kw_only=True):
    occurred_at: datetime
    text: Annotated[str, Meta(description="What happened, in the answer's language; else the portal's own text.")]
    label: Annotated[str, Meta(description="The portal's own text.")]
    milestone: Milestone | None = None
    place: str | None = None


class TrackingView(AtPortal, kw_only=True):
    reference: str
    status: CaseStatus
    status_text: str
    portal_status: Annotated[str | None, Meta(description="The portal's own word.")]
    milestone: Milestone | None = None
    history: Annotated[list[StepView], Meta(description="As the portal tells it, the oldest first.")] = []
    object: Literal["tracking"] = "tracking"

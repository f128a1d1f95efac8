"""What tracking answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import Shape


class StepView(Shape, kw_only=True):
    at: datetime
    label: Annotated[str, Meta(description="The portal's own text.")]
    milestone: str | None = None
    place: str = ""


class TrackingView(Shape, kw_only=True):
    portal: str
    reference: str
    status: str
    status_text: str
    portal_status: str
    milestone: str | None = None
    steps: list[StepView] = []
    object: Literal["tracking"] = "tracking"

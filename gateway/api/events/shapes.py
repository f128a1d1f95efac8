"""One line of a case's timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from gateway.api.http.shapes import Shape


class EventView(Shape, kw_only=True):
    id: Annotated[int, Meta(description="Counts up from 1; the `id` of the event stream.")]
    at: datetime
    code: Annotated[str, Meta(examples=["filed"])]
    text: str
    status: str
    portal: str | None = None
    data: dict[str, Any] = {}

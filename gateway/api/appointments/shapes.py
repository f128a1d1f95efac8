"""Posts and slots."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from gateway.api.http.shapes import Shape


class PostView(Shape, kw_only=True):
    id: str
    portal: str
    name: str
    country: str
    city: str
    timezone: Annotated[str, Meta(description="IANA name.", examples=["Europe/Paris"])]
    address: str = ""
    opening_hours: Annotated[list[str], Meta(description="As schema.org writes them, local time.")] = []
    services: list[str] = []
    slots_url: Annotated[str | None, Meta(description="GET its free slots; only in the list of a service's posts.")] = (
        None
    )
    illustrative: Annotated[bool, Meta(description="Not from an official list.")] = False
    object: Literal["post"] = "post"


class SlotView(Shape, kw_only=True):
    id: str
    portal: str
    post: str
    start: Annotated[datetime, Meta(description="In the post's own time, with its offset.")]
    end: datetime
    timezone: str
    object: Literal["slot"] = "slot"
